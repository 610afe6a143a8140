"""One way an app or a tool without an official client for Python, Node or curl uploads a picture, as a row of a table."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field

type Headers = dict[str, str]
BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"


@dataclass(frozen=True, slots=True)
class File:
    """What somebody picks in a file dialogue."""

    name: str
    media: str
    data: bytes = field(repr=False)

    @property
    def base64(self) -> str:
        return base64.b64encode(self.data).decode()

    @property
    def uri(self) -> str:
        return f"data:{self.media};base64,{self.base64}"


@dataclass(frozen=True, slots=True)
class Sent:
    """One request; with the method `MESSAGE`, one on an open WebSocket."""

    method: str
    path: str
    body: bytes = field(repr=False)
    media: str | None = None
    headers: Headers = field(default_factory=dict, repr=False)
    host: str = ""
    """Where it differs from the app's."""


@dataclass(frozen=True, slots=True)
class App:
    """The requests of an app around a file."""

    app: str
    name: str
    host: str
    send: Callable[[File], tuple[Sent, ...]]
    told: str
    """Where the text of a refusal stands: a dotted path in JSON, or `xml`, `connect`, `socket`."""
    known: str = "third-party"
    """How the requests are known: `capture`, `sdk`, `docs`, `third-party` or `believed`, as in the catalogue."""
    origin: str = ""
    """The page that sends them; it has to be allowed to read the answer."""
    sealed: bool = False
    """Whether ordinary files are refused too, because nobody can look into what is sent."""

    @property
    def key(self) -> str:
        return f"{self.app}, {self.name}"


def raw(
    method: str, path: str, media: str | None = None, host: str = "", **headers: str
) -> Callable[[File], Sent]:
    """The file as it is; its own type where none is given, none at all where that is empty."""
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda file: Sent(
        method, path, file.data, file.media if media is None else media or None, more, host
    )


def form(path: str, name: str = "file", host: str = "", **fields: str) -> Callable[[File], Sent]:
    """A multipart form as browsers write it: the fields, then the file."""

    def build(file: File) -> Sent:
        lines = "".join(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in fields.items()
        )
        lines += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{file.name}"\r\nContent-Type: {file.media}\r\n\r\n'
        body = lines.encode() + file.data + f"\r\n--{BOUNDARY}--\r\n".encode()
        return Sent("POST", path, body, f"multipart/form-data; boundary={BOUNDARY}", host=host)

    return build


def spoken(
    path: str, make: Callable[[File], object], method: str = "POST", host: str = ""
) -> Callable[[File], Sent]:
    """JSON."""
    return lambda file: Sent(method, path, json.dumps(make(file)).encode(), "application/json", host=host)


def only(*makers: Callable[[File], Sent]) -> Callable[[File], tuple[Sent, ...]]:
    """Requests in order."""
    return lambda file: tuple(make(file) for make in makers)
