"""How a stand-in for a service speaks."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

type Pairs = tuple[tuple[str, str], ...]

JSON: Pairs = (("content-type", "application/json"),)
EVENTS: Pairs = (("content-type", "text/event-stream"),)


@dataclass(frozen=True, slots=True)
class Request:
    """What arrived."""

    method: str
    host: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def streamed(self) -> bool:
        """Whether the client asked for an answer in pieces."""
        return b'"stream":true' in self.body.replace(b" ", b"")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said in return."""

    body: bytes = b""
    headers: Pairs = JSON
    status: int = 200
    trailers: Pairs = ()


type Row = tuple[str, str, Callable[[Request], Answer]]
"""Patterns of the host and of `METHOD /path`, and the answer."""


def said(content: object, *headers: tuple[str, str]) -> Callable[[Request], Answer]:
    """The same JSON always."""
    answer = Answer(json.dumps(content).encode(), (*JSON, *headers))
    return lambda _: answer


def sse(*events: Any, names: bool = False, end: str = "") -> Answer:
    """Server-sent events of JSON."""
    text = ""
    for event in events:
        text += f"event: {event['type']}\n" if names else ""
        text += f"data: {json.dumps(event)}\n\n"
    return Answer((text + end).encode(), EVENTS)


def either(whole: Callable[[Request], Answer], pieces: Answer) -> Callable[[Request], Answer]:
    """One answer, or the same in pieces where the client asked for that."""
    return lambda request: pieces if request.streamed else whole(request)
