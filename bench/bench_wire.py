"""What it costs to open a body, beside what any program would pay to read it at all."""

import base64
import json
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import multipart

from bench.table import Options, Row
from gateway import wire
from gateway.limits import Limits
from gateway.model import Destination, Headers, Transfer

_LIMITS = Limits()
_HERE = Destination("api.example")
_JSON = (b"Content-Type", b"application/json")
_WORDS = [
    "the",
    "nurse",
    "asked",
    "the",
    "model",
    "to",
    "explain",
    "this",
    "letter",
    "in",
    "plain",
    "words",
    "and",
    "whether",
    "a",
    "second",
    "opinion",
    "would",
    "help",
]


def _best(work: Callable[[], object], rounds: int, times: int = 1) -> float:
    """CPU seconds of the fastest round: the machine is shared with others."""
    found = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(times):
            work()
        found = min(found, (time.process_time() - start) / times)
    return found


def _transfer(body: bytes, *headers: tuple[bytes, bytes]) -> Transfer:
    return Transfer(_HERE, headers=headers, body=body)


def _picture(size: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + random.Random(1).randbytes(size)


def _image_json(options: Options) -> Iterator[Row]:
    rounds = 5 if options.quick else 15
    data = base64.b64encode(_picture(5_000_000))
    shapes = {
        "data URI": (b"data:image/png;base64,", data),
        "bare base64": (b"", data),
        "base64url": (b"", data.replace(b"+", b"-").replace(b"/", b"_")),
    }
    for name, (prefix, text) in shapes.items():
        body = b'{"messages":[{"content":[{"image":"' + prefix + text + b'"}]}]}'
        skip = len(prefix)

        def peer(body: bytes = body, skip: int = skip) -> bytes:
            return base64.urlsafe_b64decode(json.loads(body)["messages"][0]["content"][0]["image"][skip:])

        def plain_peer(body: bytes = body, skip: int = skip) -> bytes:
            return base64.b64decode(json.loads(body)["messages"][0]["content"][0]["image"][skip:])

        transfer = _transfer(body, _JSON)
        assert any(len(part.data) > 5_000_000 for part in wire.decode(transfer, _LIMITS).parts)
        base = _best(peer if name == "base64url" else plain_peer, rounds)
        ours = _best(lambda transfer=transfer: wire.decode(transfer, _LIMITS), rounds)  # type: ignore[misc]
        yield Row(
            f"open JSON with a 5 MB image, {name}",
            ours * 1e3,
            "ms",
            "json.loads + b64decode",
            base * 1e3,
            "<= 3x",
            ours <= 3 * base,
        )


def _form(options: Options) -> Iterator[Row]:
    rounds = 5 if options.quick else 15
    data = _picture(40_000_000)
    head = b'--XX\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
    body = head + data + b"\r\n--XX--\r\n"
    transfer = _transfer(body, (b"Content-Type", b"multipart/form-data; boundary=XX"))

    def peer() -> None:
        with multipart.PushMultipartParser(b"XX", strict=True) as parser:
            for _ in parser.parse(body):
                pass

    megabytes = len(body) / 1e6
    base = megabytes / _best(peer, rounds)
    ours = megabytes / _best(lambda: wire.decode(transfer, _LIMITS), rounds)
    yield Row(
        "open multipart, 40 MB file",
        ours,
        "MB/s",
        "the bare parser",
        base,
        ">= 300 or parity",
        ours >= min(300, base),
    )


def _chat(size: int, *, escapes: bool) -> bytes:
    chance = random.Random(2)
    turns: list[dict[str, Any]] = []
    while sum(len(turn["content"]) for turn in turns) < size - 500:
        words = " ".join(chance.choice(_WORDS) for _ in range(70))
        turns.append(
            {"role": "user", "content": words + ('\nShe said "fine" \u2013 thanks.\n' if escapes else ".")}
        )
    return json.dumps(
        {"model": "x", "stream": True, "temperature": 0.7, "messages": turns}, ensure_ascii=False
    ).encode()


def _headers() -> Headers:
    key = base64.urlsafe_b64encode(random.Random(4).randbytes(117))
    names = (
        b"Accept",
        b"Accept-Encoding",
        b"User-Agent",
        b"X-Stainless-Lang",
        b"X-Stainless-OS",
        b"X-Stainless-Retry-Count",
    )
    return (
        *((name, b"a short value") for name in names),
        (b"Authorization", b"Bearer sk-proj-" + key),
        _JSON,
    )


def _chats(options: Options) -> Iterator[Row]:
    rounds, times = (10, 20) if options.quick else (40, 50)
    for name, escapes in (("ASCII", False), ("quotes, newlines, dashes", True)):
        body = _chat(4000, escapes=escapes)
        transfer = _transfer(body, *_headers())
        assert wire.plain(transfer, _LIMITS)
        base = _best(lambda body=body: json.loads(body), rounds, times)  # type: ignore[misc]
        bare = _transfer(body, _JSON)
        for what, work in (
            ("body alone", lambda bare=bare: wire.plain(bare, _LIMITS)),
            ("with an SDK's headers", lambda transfer=transfer: wire.plain(transfer, _LIMITS)),
        ):
            ours = _best(work, rounds, times)
            yield Row(
                f"fast lane, 4 KB chat, {name}, {what}",
                ours * 1e6,
                "us",
                "json.loads",
                base * 1e6,
                "<= 60 us",
                ours <= 60e-6,
            )
        full = _best(lambda transfer=transfer: wire.decode(transfer, _LIMITS), rounds, times)  # type: ignore[misc]
        yield Row(f"full decoding, 4 KB chat, {name}", full * 1e6, "us", "json.loads", base * 1e6)


def rows(options: Options) -> Iterator[Row]:
    """JSON with a picture, a form with a picture, chat."""
    yield from _image_json(options)
    yield from _form(options)
    yield from _chats(options)
