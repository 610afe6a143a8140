"""What OpenAI says when an upload succeeds, and whoever speaks like it."""

from tests.sdk.speech import Row, either, said, sse

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
    "service_tier": "default",
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
UPLOAD = {
    "id": "u", "object": "upload", "bytes": 1, "created_at": 1, "expires_at": 2, "filename": "f", "purpose": "vision",
    "status": "pending",
}  # fmt: skip
chat = either(said(COMPLETION), sse(CHUNK, end="data: [DONE]\n\n"))

ROWS: tuple[Row, ...] = (
    (r".", r"POST /.*chat/completions(\?.*)?$", chat),
    (r".", r"POST /.*/responses$", either(said(RESPONSE), sse(COMPLETED, names=True))),
    (r".", r"POST /.*/responses/input_tokens$", said({"object": "response.input_tokens", "input_tokens": 7})),
    (r".", r"POST /.*/images/\w+$", said({"created": 1, "data": [{"b64_json": "aGk="}]})),
    (r".", r"POST /.*/moderations$", said({"id": "m", "model": "m", "results": []})),
    (r".", r"POST /.*/audio/\w+$", said({"text": "Hello."})),
    (r"openai", r"POST /.*/files$", said(FILE)),
    (r"openai", r"POST /.*/uploads$", said(UPLOAD)),
    (
        r"openai",
        r"POST /.*/uploads/u/parts$",
        said({"id": "part_1", "object": "upload.part", "created_at": 1, "upload_id": "u"}),
    ),
    (r"openai", r"POST /.*/uploads/u/complete$", said(UPLOAD | {"status": "completed", "file": FILE})),
)
