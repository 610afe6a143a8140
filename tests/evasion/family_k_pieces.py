"""K: pictures in pieces over several requests, in the protocols of resumable uploads and without any."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass

from tests.evasion.case import FORM, JSON, OCTETS, Upload

type Sequence = Callable[[bytes], tuple[Upload, ...]]


@dataclass(frozen=True, slots=True)
class Split:
    """A sequence of requests, by name."""

    name: str
    requests: Sequence
    form: bool = True
    """Whether some request of it is refused whatever is in it: its twin is the same picture in one request."""
    held: bool = False
    """Whether the pieces wait for a request that is not part of the sequence."""


def _halves(data: bytes) -> tuple[bytes, bytes]:
    return data[: len(data) // 2], data[len(data) // 2 :]


def _each(make: Callable[[bytes, int, int], Upload]) -> Sequence:
    """One request for each half: the half, where it begins, and how long the whole is."""

    def build(data: bytes) -> tuple[Upload, ...]:
        first, second = _halves(data)
        return make(first, 0, len(data)), make(second, len(first), len(data))

    return build


def _range(body: bytes, at: int, size: int) -> Upload:
    value = b"bytes %d-%d/%d" % (at, at + len(body) - 1, size)
    return Upload(body, OCTETS, ((b"content-range", value),), b"/v1/files/x", b"PUT")


def _unknown_size(body: bytes, at: int, size: int) -> Upload:
    value = b"bytes %d-%d/%s" % (at, at + len(body) - 1, b"*" if at == 0 else b"%d" % size)
    return Upload(body, OCTETS, ((b"content-range", value),), b"/v1/files/x", b"PUT")


def _tus(body: bytes, at: int, size: int) -> Upload:
    pairs = ((b"tus-resumable", b"1.0.0"), (b"upload-offset", b"%d" % at), (b"upload-length", b"%d" % size))
    return Upload(body, b"application/offset+octet-stream", pairs, b"/v1/files/x", b"PATCH")


def _google(body: bytes, at: int, size: int) -> Upload:
    command = b"upload" if at == 0 else b"upload, finalize"
    pairs = ((b"x-goog-upload-command", command), (b"x-goog-upload-offset", b"%d" % at))
    return Upload(body, OCTETS, pairs, b"/upload/v1beta/files?upload_id=abc")


def _s3(body: bytes, at: int, size: int) -> Upload:
    return Upload(
        body, OCTETS, (), b"/bucket/a.png?partNumber=%d&uploadId=abc" % (1 if at == 0 else 2), b"PUT"
    )


def _s3_spelled(body: bytes, at: int, size: int) -> Upload:
    return Upload(
        body, OCTETS, (), b"/bucket/a.png?part%%4eumber=%d&uploadId=abc" % (1 if at == 0 else 2), b"PUT"
    )


def _azure(body: bytes, at: int, size: int) -> Upload:
    return Upload(
        body, OCTETS, (), b"/c/a.png?comp=block&blockid=%s" % base64.b64encode(b"%04d" % at), b"PUT"
    )


def _append_blob(body: bytes, at: int, size: int) -> Upload:
    return Upload(body, OCTETS, ((b"x-ms-blob-type", b"AppendBlob"),), b"/c/a.png?comp=appendblock", b"PUT")


def _meta(body: bytes, at: int, size: int) -> Upload:
    pairs = ((b"offset", b"%d" % at), (b"x-entity-length", b"%d" % size))
    return Upload(body, OCTETS, pairs, b"/upload/x")


def _no_protocol(body: bytes, at: int, size: int) -> Upload:
    return Upload(body, OCTETS, (), b"/v1/files/x/%d" % at, b"PUT")


def _form_parts(body: bytes, at: int, size: int) -> Upload:
    head = b'--BOUND\r\nContent-Disposition: form-data; name="data"; filename="blob"\r\nContent-Type: application/octet-stream\r\n\r\n'
    return Upload(head + body + b"\r\n--BOUND--\r\n", FORM, path=b"/v1/uploads/upload_abc/parts")


def _chat(size: int) -> Sequence:
    """Base64 in slices over the turns of a chat, each of them a request."""

    def build(data: bytes) -> tuple[Upload, ...]:
        text = base64.b64encode(data).decode()
        cuts = [text[at : at + size] for at in range(0, len(text), size)]
        return tuple(
            Upload(
                json.dumps({"messages": [{"role": "user", "content": f"slice {n}: {cut}"}]}).encode(),
                JSON,
                path=b"/v1/chat/completions",
            )
            for n, cut in enumerate(cuts)
        )

    return build


def _one_turn_each(data: bytes) -> tuple[Upload, ...]:
    text = base64.b64encode(data).decode()
    turns = [{"role": "user", "content": text[at : at + 300]} for at in range(0, len(text), 300)]
    return (Upload(json.dumps({"messages": turns}).encode(), JSON, path=b"/v1/chat/completions"),)


def _backwards(make: Sequence) -> Sequence:
    return lambda data: tuple(reversed(make(data)))


def legal(case: Split) -> Split:
    """The benign twin: the pieces themselves, or the whole to the same place where they are refused."""
    if not case.form:
        return case

    def whole(data: bytes) -> tuple[Upload, ...]:
        first = case.requests(data)[0]
        if first.label == JSON:
            message = {"messages": [{"role": "user", "content": base64.b64encode(data).decode()}]}
            return (Upload(json.dumps(message).encode(), JSON, path=first.path),)
        return (Upload(data, OCTETS, path=first.path.partition(b"?")[0], method=first.method),)

    return Split(case.name, whole, form=False)


CASES: tuple[Split, ...] = (
    Split("Content-Range", _each(_range)),
    Split("Content-Range, second half first", _backwards(_each(_range))),
    Split("Content-Range without a size at first", _each(_unknown_size)),
    Split("tus", _each(_tus)),
    Split("tus, second half first", _backwards(_each(_tus))),
    Split("pieces of Google", _each(_google), form=False),
    Split("pieces of S3", _each(_s3)),
    Split("pieces of S3, spelled with a percent sign", _each(_s3_spelled)),
    Split("blocks of Azure", _each(_azure), form=False, held=True),
    Split("blocks appended in Azure", _each(_append_blob)),
    Split("pieces of Meta", _each(_meta)),
    Split("parts of an OpenAI upload", _each(_form_parts), form=False, held=True),
    Split(
        "parts of an OpenAI upload, second half first", _backwards(_each(_form_parts)), form=False, held=True
    ),
    Split("halves without any protocol", _each(_no_protocol)),
    Split("halves without any protocol, second first", _backwards(_each(_no_protocol))),
    Split("slices of 2,000 letters over several chats", _chat(2000)),
    Split("slices over the turns of one chat", _one_turn_each),
)
