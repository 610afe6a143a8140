"""What wants to leave: from whom, where to, and the bytes."""

import hashlib
from dataclasses import dataclass, field

from gateway.model.kinds import Exposure
from gateway.terms import NO_TERMS, Terms

type Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class OpaqueField:
    """A provider's own sealed string that is let through unread: where it stands, how it may look, how long."""

    path: str  # e.g. `input[*].encrypted_content`
    alphabet: str = "base64"
    max_bytes: int = 1 << 20
    operation: str = ""  # only there; everywhere else the field is a string like any other


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an upload is meant to go, as the catalogue of destinations knows it."""

    host: str
    port: int = 443
    provider: str = "unknown"
    exposure: Exposure = Exposure.PUBLIC
    shape: str = "generic"  # the error shape its clients understand: `gateway.refusal`
    operation: str = ""
    template: str = ""  # the catalogue's path template; the only form of a path that may be logged
    agreement: str = ""
    opaque: tuple[OpaqueField, ...] = ()
    signed: bool = False  # the body is covered by a signature, so it cannot be rewritten
    title: str = field(default="", compare=False)  # its name for people
    terms: Terms = field(default=NO_TERMS, compare=False)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who is asking."""

    user: str = ""
    client: str = ""  # address
    groups: tuple[str, ...] = ()
    doubt: str = ""
    """Why nobody is known here although the gateway asks: a reason code. Empty where it does not ask, or knows."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One thing that wants to leave: a request, or one message on an open socket."""

    destination: Destination
    sender: Sender = Sender()
    method: str = "POST"
    path: str = field(default="/", repr=False)  # with its query, as it travelled
    headers: Headers = field(default=(), repr=False)
    trailers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    direction: str = "request"  # or `message`
    searched: tuple[str, ...] | None = field(default=None, repr=False)
    """Of a rewritten transfer: the identifiers of the original, none of which may be left. Only ever in memory."""

    @property
    def digest(self) -> str:
        """SHA-256 of the body in hex: what a release is bound to. Never written down (a plain hash can be guessed)."""
        return hashlib.sha256(self.body).hexdigest()

    def header(self, name: bytes) -> bytes | None:
        """The only value of a header, or None; names are compared without case."""
        wanted = name.lower()
        for key, value in self.headers:
            if key.lower() == wanted:
                return value
        return None
