"""What each service says when an upload succeeds: as little as its client needs."""

import json
import re
from collections.abc import Callable, Iterator
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


# -- OpenAI and services that speak like it

CHOICE = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello."}}
PIECE = {"index": 0, "finish_reason": None, "delta": {"role": "assistant", "content": "Hello."}}
USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
COMPLETION = {
    "id": "c",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [CHOICE],
    "usage": USAGE,
}
CHUNK = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [PIECE]}
OUTPUT = {
    "id": "o", "type": "message", "role": "assistant", "status": "completed",
    "content": [{"type": "output_text", "text": "Hello.", "annotations": []}],
}  # fmt: skip
RESPONSE = {
    "id": "r", "object": "response", "created_at": 1, "model": "m", "status": "completed", "output": [OUTPUT],
    "parallel_tool_calls": False, "tool_choice": "auto", "tools": [], "error": None, "incomplete_details": None,
    "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2, "input_tokens_details": {"cached_tokens": 0},
              "output_tokens_details": {"reasoning_tokens": 0}},
}  # fmt: skip
COMPLETED = {"type": "response.completed", "sequence_number": 0, "response": RESPONSE}
FILE = {
    "id": "file-1", "object": "file", "bytes": 1, "created_at": 1, "filename": "f", "purpose": "user_data",
    "status": "processed",
}  # fmt: skip
chat = either(said(COMPLETION), sse(CHUNK, end="data: [DONE]\n\n"))

OPENAI: tuple[Row, ...] = (
    (r".", r"POST /.*chat/completions$", chat),
    (r".", r"POST /.*/responses$", either(said(RESPONSE), sse(COMPLETED, names=True))),
    (r".", r"POST /.*/responses/input_tokens$", said({"object": "response.input_tokens", "input_tokens": 7})),
    (r".", r"POST /.*/images/\w+$", said({"created": 1, "data": [{"b64_json": "aGk="}]})),
    (r".", r"POST /.*/moderations$", said({"id": "m", "model": "m", "results": []})),
    (r".", r"POST /.*/audio/\w+$", said({"text": "Hello."})),
    (r"openai", r"POST /.*/files$", said(FILE)),
)

# -- Anthropic

MESSAGE: dict[str, Any] = {
    "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn", "stop_sequence": None,
    "content": [{"type": "text", "text": "Hello."}], "usage": {"input_tokens": 1, "output_tokens": 1},
}  # fmt: skip
MESSAGE_EVENTS = sse(
    {"type": "message_start", "message": MESSAGE | {"content": [], "stop_reason": None}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello."}},
    {"type": "content_block_stop", "index": 0},
    {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {"output_tokens": 1},
    },
    {"type": "message_stop"},
    names=True,
)
BATCH = {
    "id": "b", "type": "message_batch", "processing_status": "in_progress", "created_at": "2025-01-01T00:00:00Z",
    "expires_at": "2025-01-02T00:00:00Z",
    "request_counts": {"processing": 1, "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0},
}  # fmt: skip
ANTHROPIC: tuple[Row, ...] = (
    (r".", r"POST /v1/messages(\?.*)?$", either(said(MESSAGE), MESSAGE_EVENTS)),
    (r".", r"POST /v1/messages/count_tokens", said({"input_tokens": 7})),
    (r".", r"POST /v1/messages/batches", said(BATCH)),
    (r"aiplatform", r"POST /.*rawPredict$", said(MESSAGE)),
    (r"bedrock", r"POST /model/anthropic[^/]*/invoke$", said(MESSAGE)),
)

ROWS: tuple[Row, ...] = (*ANTHROPIC, *OPENAI)


def answer_to(request: Request) -> Answer:
    """The first row that fits; `{"id": ...}` where none does, which clients that do not look are content with."""
    for host, target, answer in ROWS:
        if re.search(host, request.host) and re.match(target, f"{request.method} {request.target}"):
            return answer(request)
    return Answer(b'{"id": "1"}')


def message_to(message: Request) -> Iterator[str]:
    """What is said on a WebSocket to a message."""
    yield json.dumps(COMPLETED if message.target.startswith("/v1/responses") else {"type": "ok"})
