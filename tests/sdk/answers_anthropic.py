"""What Anthropic says when an upload succeeds, also on Vertex AI and Bedrock."""

from typing import Any

from tests.sdk.speech import Row, either, said, sse

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
ROWS: tuple[Row, ...] = (
    (r".", r"POST /v1/messages(\?.*)?$", either(said(MESSAGE), MESSAGE_EVENTS)),
    (r".", r"POST /v1/messages/count_tokens", said({"input_tokens": 7})),
    (r".", r"POST /v1/messages/batches", said(BATCH)),
    (r"aiplatform", r"POST /.*rawPredict$", said(MESSAGE)),
    (r"bedrock", r"POST /model/anthropic[^/]*/invoke$", said(MESSAGE)),
)
