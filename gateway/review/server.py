"""The reviewers' desk in a thread of its own, so that a slow page never holds up an upload."""

import ipaddress
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import uvicorn
from cryptography import x509
from starlette.types import ASGIApp

from gateway.errors import SettingsError
from gateway.review.accounts import FILE, Accounts
from gateway.review.app import LOOPBACK, OpenReader, create_app
from gateway.review.books import Books
from gateway.review.single_sign_on import SingleSignOn
from gateway.review.visit import Admission, Witness


@dataclass(frozen=True, slots=True)
class Front:
    """Where the pages are, and who is vouched for there.

    `address` is `host:port`; `certificate` is a PEM file with a chain and its key. Without one the address must be a
    loopback address: nobody's password crosses a network in the clear.
    """

    address: str
    certificate: Path | None = None
    single: SingleSignOn | None = None


class ReviewServer:
    """Serves the pages while it is entered."""

    def __init__(
        self,
        front: Front,
        books: Books,
        open_reader: OpenReader,
        witness: Witness,
        people: ASGIApp | None = None,
    ) -> None:
        address, certificate = front.address, front.certificate
        hosts = (*LOOPBACK, *_names(certificate)) if certificate else LOOPBACK
        host, _, port = address.rpartition(":")
        try:
            loopback = ipaddress.ip_address(host.strip("[]")).is_loopback
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self._socket = socket.socket(family)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((host.strip("[]"), int(port)))
        except (ValueError, OSError) as error:
            raise SettingsError(
                f"the review pages cannot be served at {address} ({type(error).__name__})"
            ) from None
        if not loopback and not certificate:
            self._socket.close()
            raise SettingsError(
                "without --review-certificate passwords would be sent in the clear, so --review takes a loopback address only"
            )
        self._books = books
        self.address = f"{host}:{self._socket.getsockname()[1]}"
        admission = Admission(Accounts(books.state / FILE), witness)
        configuration = uvicorn.Config(
            create_app(open_reader, books, admission, people, hosts, front.single), log_config=None, access_log=False,
            lifespan="off", proxy_headers=False, ssl_certfile=certificate,
        )  # fmt: skip
        self._server = uvicorn.Server(configuration)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(5)
        self._socket.close()
        self._books.close()


def _names(certificate: Path) -> tuple[str, ...]:
    """The names a certificate speaks for, and so those by which the pages may be called. SettingsError where it cannot be served with."""
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate)
        found = x509.load_pem_x509_certificates(certificate.read_bytes())[0]
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound) as error:
        wanted = "a PEM file with the certificate, its chain and its key, without a passphrase"
        raise SettingsError(f"--review-certificate is {wanted} ({type(error).__name__})") from None
    addresses = names.get_values_for_type(x509.IPAddress)
    return (
        *names.get_values_for_type(x509.DNSName),
        *(f"[{one}]" if one.version == 6 else str(one) for one in addresses),
    )
