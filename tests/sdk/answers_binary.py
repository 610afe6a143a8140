"""What services say that do not answer in JSON: gRPC at xAI, event streams and S3 at AWS."""

import base64
import json
import struct
import zlib

from tests.sdk.speech import Answer, Request, Row, said

# -- gRPC (PROTOCOL-HTTP2): messages of five bytes of head and a protobuf


def field(number: int, content: bytes) -> bytes:
    """One length-delimited field of a protobuf, shorter than 128 bytes."""
    assert len(content) < 128
    return bytes([number << 3 | 2, len(content)]) + content


def grpc(message: bytes = b"") -> Answer:
    """One message, and the status behind it."""
    framed = struct.pack(">BI", 0, len(message)) + message
    return Answer(framed, (("content-type", "application/grpc"),), trailers=(("grpc-status", "0"),))


WHOLE = field(
    2, b"\x08\x01" + field(3, field(1, b"Hello.") + b"\x10\x02")
)  # outputs: finish_reason, message, role
PIECE = field(2, field(1, field(1, b"Hello.") + b"\x10\x02"))  # outputs: delta
XAI: tuple[Row, ...] = (
    (r"x\.ai", r"POST /xai_api.Chat/GetCompletion$", lambda _: grpc(WHOLE)),
    (r"x\.ai", r"POST /xai_api.Chat/GetCompletionChunk$", lambda _: grpc(PIECE)),
    (r"x\.ai", r"POST /xai_api.Image/", lambda _: grpc(field(1, field(1, b"https://x.ai/1")))),
    (r"x\.ai", r"POST /xai_api\.", lambda _: grpc()),
)

# -- AWS (Amazon event stream encoding: prelude, headers, payload, each with a CRC-32)


def event(kind: str, payload: object) -> bytes:
    """One event of a stream."""
    told = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    headers = b"".join(
        bytes([len(name)]) + name.encode() + struct.pack(">BH", 7, len(value)) + value.encode()
        for name, value in told.items()
    )
    body = json.dumps(payload).encode()
    prelude = struct.pack(">II", 12 + len(headers) + len(body) + 4, len(headers))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + body
    return message + struct.pack(">I", zlib.crc32(message))


CBOR = (("content-type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor"))
STREAM = (("content-type", "application/vnd.amazon.eventstream"),)
SPOKEN = {
    "output": {"message": {"role": "assistant", "content": [{"text": "Hello."}]}}, "stopReason": "end_turn",
    "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}, "metrics": {"latencyMs": 1},
}  # fmt: skip
CHUNK = event("chunk", {"bytes": base64.b64encode(b"{}").decode()})


def stored(request: Request) -> Answer:
    """S3 answers with an ETag and the checksum that it was given."""
    return Answer(b"", (("etag", '"1"'),), status=204 if request.method == "POST" else 200)


AWS: tuple[Row, ...] = (
    (r"bedrock", r"POST /model/.*/converse$", said(SPOKEN)),
    (
        r"bedrock",
        r"POST /model/.*/converse-stream$",
        lambda _: Answer(event("messageStop", {"stopReason": "end_turn"}), STREAM),
    ),
    (r"bedrock", r"POST /model/.*/invoke-with-response-stream$", lambda _: Answer(CHUNK, STREAM)),
    (r"bedrock", r"POST /model/.*/count-tokens$", said({"inputTokens": 7})),
    (
        r"bedrock",
        r"POST /guardrail/",
        said({"usage": {}, "action": "NONE", "outputs": [], "assessments": []}),
    ),
    (r"textract", r"POST /service/", lambda _: Answer(b"\xa0", CBOR)),  # an empty map
    (r"\.s3|cloudflarestorage", r"(PUT|POST) /", stored),
)

ROWS: tuple[Row, ...] = (*XAI, *AWS)
