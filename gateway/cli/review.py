"""`leadglass review`: who may open the review pages."""

import sys
from pathlib import Path

import click

from gateway.review.accounts import FILE, Account, Accounts, Role, otpauth

STATE = click.option(
    "--state", type=click.Path(path_type=Path), default=Path(".state"), envvar="LEADGLASS_STATE", show_default=True,
    help="folder of authority, keys and ledger",
)  # fmt: skip
PASSWORD = click.option("--password-stdin", is_flag=True, help="read the password from standard input")


@click.group(epilog="Example: leadglass review account add jana --role reviewer")
def review() -> None:
    """The review pages."""


@review.group(epilog="Example: leadglass review account add jana --role reviewer")
def account() -> None:
    """Accounts for the review pages. A running gateway takes every change with the next request."""


@account.command(epilog="Example: leadglass review account add jana --role reviewer")
@STATE
@PASSWORD
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
def add(name: str, role: str, state: Path, *, password_stdin: bool) -> None:
    """Add NAME, who signs in with a password and a code from a telephone."""
    _tell(Accounts(state / FILE).add(name, Role(role), _password(asked=not password_stdin)))


@account.command(epilog="Example: leadglass review account reset jana")
@STATE
@PASSWORD
@click.argument("name")
def reset(name: str, state: Path, *, password_stdin: bool) -> None:
    """Give NAME another password and another secret; every session of NAME ends."""
    _tell(Accounts(state / FILE).reset(name, _password(asked=not password_stdin)))


@account.command(epilog="Example: leadglass review account revoke jana")
@STATE
@click.argument("name")
def revoke(name: str, state: Path) -> None:
    """NAME cannot sign in any more; every session of NAME ends."""
    Accounts(state / FILE).revoke(name)
    click.echo(f"{name} cannot sign in any more.")


@account.command("list", epilog="Example: leadglass review account list")
@STATE
def list_(state: Path) -> None:
    """Names and roles."""
    for one in Accounts(state / FILE).all().values():
        click.echo(f"{one.name:24} {one.role:10} {'revoked' if one.revoked else ''}".rstrip())


def _password(*, asked: bool) -> str:
    if not asked:
        return sys.stdin.readline().rstrip("\r\n")
    given: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return given


def _tell(made: Account) -> None:
    click.echo(otpauth(made))
    click.echo(f"leadglass: put this into the code generator of {made.name}; it is shown only now", err=True)
