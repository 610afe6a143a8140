"""`leadglass enrol user`: people, their passwords and tokens."""

import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import click

from gateway.enrol import pac_file
from gateway.errors import PeopleError
from gateway.people import load_book
from gateway.people.edit import add_person, add_token, changing, revoke
from gateway.people.person import canonical
from gateway.policy import load_rules

PEOPLE = click.option(
    "--people",
    "path",
    type=click.Path(path_type=Path),
    required=True,
    envvar="LEADGLASS_PEOPLE",
    help="the people file; `serve` is given the same",
)

EPILOG = """\b
Examples:
  leadglass enrol user add mara --people people.yaml --group radiology
  leadglass enrol user token mara --people people.yaml --label laptop --until 2027-01-31
  leadglass enrol user token mara --people people.yaml --pac proxy.hospital.example:8080 > mara.pac
  leadglass enrol user revoke mara --people people.yaml
A running gateway takes every change with the next request. Exit codes: 0 done, 2 not.
"""


@click.group(epilog=EPILOG)
def user() -> None:
    """People who may use the gateway: passwords, groups, tokens, and taking them back."""


@user.command(epilog="Example: leadglass enrol user add mara --people people.yaml --group radiology")
@PEOPLE
@click.argument("name")
@click.option("--group", "groups", multiple=True, help="a group; repeatable; in place of the groups before")
@click.option("--password-stdin", is_flag=True, help="read the password from standard input, without asking")
@click.option("--no-password", is_flag=True, help="signs in elsewhere, or with tokens only")
def add(path: Path, name: str, groups: tuple[str, ...], *, password_stdin: bool, no_password: bool) -> None:
    """Add NAME, or give NAME another password and other groups. Who was revoked is taken back."""
    password = None
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif not no_password:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    if password is not None and len(password) < 8:
        raise PeopleError("a password has at least 8 characters")
    with changing(path) as data:
        add_person(data, name, groups, password)
    click.echo(f"{name} can sign in." if password else f"{name} is known.")


@user.command(name="list", epilog="Example: leadglass enrol user list --people people.yaml --json")
@PEOPLE
@click.option("--json", "as_lines", is_flag=True, help="one JSON object a person")
def list_(path: Path, *, as_lines: bool) -> None:
    """People of the file, their groups and tokens. Passwords and tokens themselves are not in it and cannot be shown."""
    book = load_book(path)
    today = datetime.now(UTC).date()
    for name, person in sorted(book.spec.people.items()):
        tokens = [
            {
                "id": id_, "kind": token.kind, "label": token.label,
                "until": token.until.isoformat() if token.until else None,
            }
            for id_, token in person.tokens.items()
        ]  # fmt: skip
        if as_lines:
            shown = {
                "name": name, "groups": list(person.groups), "password": person.password is not None,
                "revoked": name in book.revoked, "tokens": tokens,
            }  # fmt: skip
            click.echo(json.dumps(shown))
            continue
        state = "revoked" if name in book.revoked else "password" if person.password else "no password"
        click.echo(f"{name:24} {state:12} {', '.join(person.groups)}")
        for id_, token in person.tokens.items():
            over = token.until is not None and token.until < today
            end = f"{'ended' if over else 'until'} {token.until}" if token.until else "without end"
            click.echo(f"    token {id_}  {token.kind:7} {end:18} {token.label}")
    elsewhere = sorted(book.revoked - book.spec.people.keys())
    if elsewhere and not as_lines:
        click.echo(f"revoked elsewhere: {', '.join(elsewhere)}")


@user.command(epilog="Example: leadglass enrol user token mara --people people.yaml --label laptop")
@PEOPLE
@click.argument("name")
@click.option("--label", default="", help="what it is for, e.g. laptop")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), default=None, help="the last day it is taken")
@click.option("--within", multiple=True, help="only from this network, e.g. 10.20.0.0/16; repeatable")
@click.option(
    "--pac",
    "proxy",
    help="HOST:PORT of the proxy: print a personal proxy file (PAC) that asks for no password",
)
@click.option(
    "--rules",
    type=click.Path(path_type=Path),
    default=None,
    envvar="LEADGLASS_RULES",
    help="with --pac: whose destinations",
)
def token(
    path: Path,
    name: str,
    label: str,
    until: datetime | None,
    within: tuple[str, ...],
    proxy: str | None,
    rules: Path | None,
) -> None:
    """Make a token for one device of NAME, and print it: it is not kept, so it cannot be shown again."""
    hosts = load_rules(rules).catalogue.hosts if proxy else ()
    last: date | None = until.date() if until else None
    with changing(path) as data:
        given = add_token(data, name, host=proxy is not None, label=label, until=last, within=within)
    if proxy:
        click.echo(pac_file(hosts, f"{given.token}.{proxy}", tls=True), nl=False)
    else:
        click.echo(given.token)
    click.echo(f"leadglass: this is token {given.id} of {name}; it is shown only now", err=True)


@user.command(
    "revoke", epilog="Example: leadglass enrol user revoke mara --people people.yaml --token 3f9a2c11"
)
@PEOPLE
@click.argument("name")
@click.option("--token", "id_", default=None, help="only this token, by its id")
def revoke_(path: Path, name: str, id_: str | None) -> None:
    """Take back everything NAME can show, or one token. Counts from the next request on, also on open connections."""
    with changing(path) as data:
        revoke(data, name, id_)
    if id_ is None and canonical(name) not in load_book(path).spec.people:
        click.echo(f"leadglass: {name} is not in this file; is it the name in another directory?", err=True)
    click.echo(f"Token {id_} of {name} is not taken any more." if id_ else f"{name} is not known any more.")
