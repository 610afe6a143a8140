"""Where the commands find the record: the gateways' files under STATE, or their database."""

from contextlib import ExitStack
from pathlib import Path

from gateway.audit import Reader
from gateway.audit.opening import known_origins, open_reader
from gateway.errors import AuditError
from gateway.settings import load_settings


def database() -> str:
    """The database that holds the record, as the gateway's own settings name it; empty for files under --state."""
    return load_settings({}).record.get_secret_value()


def readers(state: Path, stack: ExitStack) -> list[Reader]:
    """A reader for each gateway's record. AuditError where there is none."""
    found: list[Reader] = [
        stack.enter_context(open_reader(state, origin, database()))
        for origin in known_origins(state, database())
    ]
    if not found:
        raise AuditError(f"there is no record under {state}; is --state right?")
    return found
