"""Who is asking: people and groups by password, token, certificate or another directory."""

from gateway.people.book import Book, PeopleFile, load_book
from gateway.people.header import read_authorization, read_host
from gateway.people.person import Certificate, Credential, Directory, Password, Person, Token
from gateway.people.reception import Identified, Reception

__all__ = [
    "Book",
    "Certificate",
    "Credential",
    "Directory",
    "Identified",
    "Password",
    "PeopleFile",
    "Person",
    "Reception",
    "Token",
    "load_book",
    "read_authorization",
    "read_host",
]
