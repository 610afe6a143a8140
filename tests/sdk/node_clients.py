"""The clients that run in Node; what they do stands in `node/*.mjs`, under the same names."""

from tests.sdk.operation import Operation

OPENAI = "api.openai.com"
ANTHROPIC = "api.anthropic.com"
GEMINI = "generativelanguage.googleapis.com"
ROWS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("openai (Node)", OPENAI, "PermissionDeniedError", (
        "files.create", "files.create, a stream", "uploads.parts.create", "images.edit", "images.edit, several", "chat.completions.create",
        "chat.completions.create, streamed", "responses.create", "responses.create, streamed", "moderations.create",
    )),
    ("anthropic (Node)", ANTHROPIC, "PermissionDeniedError", (
        "messages.create", "messages.create, a tool's result", "messages.stream", "messages.countTokens",
        "messages.batches.create", "beta.files.upload",
    )),
    ("@google/genai (Node)", GEMINI, "ApiError", (
        "models.generateContent", "models.generateContentStream", "models.countTokens", "chats.sendMessage",
        "caches.create", "files.upload",
    )),
    ("ai (Node)", OPENAI, "APICallError", (
        "generateText, OpenAI chat", "generateText, OpenAI responses", "streamText, OpenAI chat",
    )),
    ("ai (Node)", ANTHROPIC, "APICallError", ("generateText, Anthropic",)),
    ("ai (Node)", GEMINI, "APICallError", ("generateText, Google",)),
    ("fetch (Node)", OPENAI, "HttpRefusedError", ("form", "raw body", "raw body in pieces", "JSON")),
    ("https (Node)", OPENAI, "HttpRefusedError", ("raw body in pieces",)),
)  # fmt: skip

OPERATIONS = tuple(
    Operation(client, name, host, raises) for client, host, raises, names in ROWS for name in names
)
