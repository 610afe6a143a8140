"""Where the commands find the record: the gateways' files under STATE, or their database."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

import click

from gateway.audit import Reader
from gateway.audit.opening import known_origins, open_readers
from gateway.errors import AuditError
from gateway.hindsight import people
from gateway.policy import RuleSet
from gateway.settings import load_settings, secret_key

STATE = click.option(
    "--state", type=click.Path(path_type=Path), default=Path(".state"), envvar="LEADGLASS_STATE", show_default=True,
    help="folder of authority, keys and ledger",
)  # fmt: skip
ANCHORS = click.option(
    "--anchor", "anchors", multiple=True, type=click.Path(path_type=Path), envvar="LEADGLASS_ANCHORS",
    help="a file outside the record that keeps its checkpoints; repeatable",
)  # fmt: skip
KEY = click.option(
    "--key", type=click.Path(path_type=Path), help="verifier keys from elsewhere, not the ones beside the record"
)  # fmt: skip


def database() -> str:
    """The database that holds the record, as the gateway's own settings name it; empty for files under --state."""
    return load_settings({}).record.get_secret_value()


def recorded(state: Path) -> tuple[str, ...]:
    """The gateways that have a record. AuditError where none has."""
    return known_origins(state, database()) or _nothing(state)


def readers(state: Path, stack: ExitStack) -> list[Reader]:
    """A reader for each gateway's record. AuditError where there is none."""
    found = stack.enter_context(open_readers(state, database()))
    return found or _nothing(state)


def by_gateway(notes: Iterable[str], origin: str) -> list[str]:
    """Those of an anchor's notes that speak of one gateway; a note begins with its name."""
    return [note for note in notes if note.split("\n", 1)[0] == origin]


def known_people(state: Path, rules: RuleSet) -> Mapping[str, str] | None:
    """Who the pseudonyms in the record are, of those whom rules name; None where their key is not here."""
    if not (state / "keys" / "people").exists():
        return None
    return people(rules, secret_key(state, "people"))


def account_key(state: Path) -> bytes:
    """The key under which accounts are known; reading makes none."""
    return secret_key(state, "hmac") if (state / "keys" / "hmac").exists() else b""


def _nothing(state: Path) -> NoReturn:
    raise AuditError(f"there is no record under {state}; is --state right?")
