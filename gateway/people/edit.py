"""Changes to the people file, made by command: comments and order of the file stay, and it is never seen half written."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from gateway.errors import PeopleError
from gateway.people.book import load_book
from gateway.people.person import NAME, canonical
from gateway.people.secrets import DEVICE, HOST, new_token, password_hash, token_digest

HEADING = "# Who may use the gateway. Passwords and tokens are set with `leadglass enrol user`.\n"


@contextmanager
def changing(path: Path) -> Iterator[dict[str, Any]]:
    """The people file as plain values that can be changed; written whole at the end. PeopleError where it would be unusable."""
    yaml = YAML()
    yaml.width = 200
    with _alone(path):
        try:
            data = (
                yaml.load(path.read_text("utf-8")) if path.exists() else yaml.load(HEADING + "people: {}\n")
            )
        except (YAMLError, OSError, UnicodeDecodeError) as error:
            raise PeopleError(f"{path} cannot be read ({type(error).__name__})") from None
        if not isinstance(data, dict):
            raise PeopleError(f"{path} is not a people file")
        yield data
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # mode 0600
        new = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                yaml.dump(data, file)
                file.flush()
                os.fsync(file.fileno())
            load_book(new)
            if path.exists():
                os.chown(new, path.stat().st_uid, path.stat().st_gid)
                new.chmod(path.stat().st_mode & 0o777)
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    lock = path.with_name(f".{path.name}.lock")
    with lock.open("a") as file:
        lock.chmod(0o600)
        flock(file, LOCK_EX)
        yield


@dataclass(frozen=True, slots=True)
class Given:
    """A token that was just made: the only moment at which it is known."""

    id: str
    token: str


def add_person(data: dict[str, Any], name: str, groups: tuple[str, ...], password: str | None) -> None:
    """Add a person, or change groups and password of one who is there. A person who was revoked is taken back."""
    name = _sound(name)
    people = _mapping(data, "people")
    entry = _mapping(people, _key(people, name))
    if groups:
        entry["groups"] = sorted({canonical(group) for group in groups})
    if password is not None:
        entry["password"] = password_hash(password)
    data["revoked"] = [one for one in data.get("revoked") or [] if canonical(str(one)) != name]
    if not data["revoked"]:
        del data["revoked"]


def add_token(
    data: dict[str, Any], name: str, *, host: bool, label: str, until: date | None, within: tuple[str, ...]
) -> Given:
    """A new token for a person who is there already, or is known elsewhere."""
    name = _sound(name)
    people = _mapping(data, "people")
    tokens = _mapping(_mapping(people, _key(people, name)), "tokens")
    token = new_token(HOST if host else DEVICE)
    digest = token_digest(token)
    id_ = digest[:8]
    tokens[id_] = {
        "kind": "pac" if host else "device",
        "digest": digest,
        **({"label": label} if label else {}),
        "made": datetime.now(UTC).date(),
        **({"until": until} if until else {}),
        **({"within": list(within)} if within else {}),
    }
    return Given(id_, token)


def revoke(data: dict[str, Any], name: str, token: str | None) -> None:
    """Take back one token, or everything that a person could show, whichever directory knows them."""
    if token is not None:
        people = _mapping(data, "people")
        tokens = (people.get(_key(people, canonical(name))) or {}).get("tokens") or {}
        if tokens.pop(token, None) is None:
            raise PeopleError(f"{name} has no token {token}; `leadglass enrol user list` shows them")
        return
    revoked = data.setdefault("revoked", [])
    if canonical(name) not in map(canonical, map(str, revoked)):
        revoked.append(canonical(name))


def _mapping(data: dict[str, Any], key: str) -> dict[str, Any]:
    if not isinstance(data.get(key), dict):
        data[key] = {}
    found: dict[str, Any] = data[key]
    return found


def _key(people: Mapping[str, Any], name: str) -> str:
    """The name as the file spells it."""
    return next((str(known) for known in people if canonical(str(known)) == name), name)


def _sound(name: str) -> str:
    if not NAME.fullmatch(canonical(name)):
        raise PeopleError(f"{name!r} is not a name: letters a to z, digits and . _ @ -")
    return canonical(name)
