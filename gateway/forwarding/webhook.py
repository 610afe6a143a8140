"""Batches by HTTPS POST, signed as Standard Webhooks are (standardwebhooks.com): only an answer 2xx counts as taken.

A batch is NDJSON: `{"origin", "index", "record"}` for a record, `{"origin", "index", "checkpoint"}` for a signed note.
"""

import base64
import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from gateway import __version__
from gateway.audit.checkpoint import read_note
from gateway.audit.export import EXPORTS
from gateway.errors import ForwardingError
from gateway.forwarding.following import Ready
from gateway.forwarding.schema import ReceiverSpec
from gateway.forwarding.tls import context, told

ANSWER_SECONDS: Final = 30.0
"""So long a receiver may be silent."""
LONGEST_WAIT: Final = 3600.0
"""More seconds than these are not waited, whatever a receiver asks for."""
TAKEN: Final = range(200, 300)
PREFIX: Final = "whsec_"
KEY_BYTES: Final = range(24, 65)
TEXTS: Final = ("cef", "atna")
"""Formats whose lines are text and not JSON; they stand in a batch as a string."""


class WebhookReceiver:
    """One HTTPS address; a connection for each batch. Redirects and the environment's proxies are not followed."""

    batch: Final = 500
    connected: Final = True
    """What was taken is known by the answer, so nothing is repeated after a break."""

    def __init__(self, spec: ReceiverSpec) -> None:
        """ForwardingError where a certificate or the secret cannot be used."""
        assert spec.webhook and spec.secret  # noqa: PT018 - the schema says so; for the type checker
        self.spec, self._key = spec, _key(spec.name, spec.secret)
        try:
            parts = urlsplit(spec.webhook)
            self._host, self._port = parts.hostname or "", parts.port or 443
        except ValueError:
            raise ForwardingError(f"{spec.name}: its `webhook` is not an address") from None
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._context = context(spec)

    def deliver(self, ready: Iterable[Ready], notes: Iterable[str]) -> None:
        """Post finished records, then signed notes; return when the receiver took them. ForwardingError: perhaps not."""
        lines = [*(self._record(item) for item in ready), *map(_checkpoint, notes)]
        if not lines:
            return
        body = "".join(f"{line}\n" for line in lines).encode()
        connection = http.client.HTTPSConnection(
            self._host, self._port, timeout=ANSWER_SECONDS, context=self._context
        )
        try:
            connection.request("POST", self._path, body, self._headers(body))
            answer = connection.getresponse()
            status, after = answer.status, answer.headers.get("Retry-After", "")
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise ForwardingError(f"{self.spec.name}: {told(error)}") from None
        finally:
            connection.close()
        if status not in TAKEN:
            raise ForwardingError(f"{self.spec.name}: it answered {status}", after=_seconds(after))

    def close(self) -> None:
        """Nothing is held between batches."""

    def _record(self, item: Ready) -> str:
        (text,) = EXPORTS[self.spec.format]([item.record])
        record = json.dumps(text, ensure_ascii=False) if self.spec.format in TEXTS else text
        return f'{{"origin": {json.dumps(item.record.origin)}, "index": {item.index}, "record": {record}}}'

    def _headers(self, body: bytes) -> dict[str, str]:
        batch, stamp = f"batch_{hashlib.sha256(body).hexdigest()[:32]}", str(int(time.time()))
        signed = hmac.digest(self._key, f"{batch}.{stamp}.".encode() + body, "sha256")
        return {
            "Content-Type": "application/x-ndjson",
            "User-Agent": f"leadglass/{__version__}",
            "webhook-id": batch,
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{base64.b64encode(signed).decode('ascii')}",
        }


def _checkpoint(note: str) -> str:
    signed, _ = read_note(note)
    return json.dumps({"origin": signed.origin, "index": signed.size, "checkpoint": note})


def _key(name: str, path: Path) -> bytes:
    try:
        text = path.read_text("ascii").strip()
        if path.stat().st_mode & 0o077:
            raise ForwardingError(f"{name}: others can read its `secret`; make the file 0600")
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (OSError, ValueError) as error:
        raise ForwardingError(f"{name}: its `secret` cannot be read ({type(error).__name__})") from None
    if not text.startswith(PREFIX) or len(key) not in KEY_BYTES:
        raise ForwardingError(f"{name}: its `secret` is not {PREFIX} and 24 to 64 bytes in base64")
    return key


def _seconds(after: str) -> float:
    """What a Retry-After asks for (RFC 9110 section 10.2.3): seconds, or a date."""
    if after.isascii() and after.isdigit():
        return min(float(after[:9]), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(after)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - datetime.now(UTC)).total_seconds()), LONGEST_WAIT)
