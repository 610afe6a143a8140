"""What Google, Mistral, Cohere, Ollama, Together and Hugging Face say when an upload succeeds."""

import json

from tests.sdk.answers_openai import CHUNK, COMPLETION
from tests.sdk.speech import JSON, Answer, Request, Row, either, said, sse

GENERATED = {
    "candidates": [
        {"content": {"role": "model", "parts": [{"text": "Hello."}]}, "finishReason": "STOP", "index": 0}
    ],
    "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2},
}
UPLOADED = (
    "https://generativelanguage.googleapis.com/upload/v1beta/files?upload_id=1&upload_protocol=resumable"
)


def resumable(request: Request) -> Answer:
    """Where to send a file, and that it has come."""
    if "start" in request.headers.get("x-goog-upload-command", ""):
        return Answer(b"{}", (*JSON, ("x-goog-upload-url", UPLOADED), ("x-goog-upload-status", "active")))
    told = json.dumps({"file": {"name": "files/1", "state": "ACTIVE"}}).encode()
    return Answer(told, (*JSON, ("x-goog-upload-status", "final")))


PICTURE = {"bytesBase64Encoded": "aGk=", "mimeType": "image/png"}
GOOGLE: tuple[Row, ...] = (
    (r"google", r"POST /upload/\w+/files", resumable),
    (r"google", r"POST /.*:generateContent", said(GENERATED)),
    (r"google", r"POST /.*:streamGenerateContent", lambda _: sse(GENERATED)),
    (r"google", r"POST /.*:countTokens", said({"totalTokens": 7})),
    (r"google", r"POST /.*:(batchEmbedContents|embedContent)", said({"embeddings": [{"values": [0.5]}]})),
    (
        r"google",
        r"POST /.*:batchGenerateContent",
        said({"name": "batches/1", "metadata": {"name": "batches/1"}}),
    ),
    (r"google", r"POST /.*/cachedContents", said({"name": "cachedContents/1"})),
    (r"google", r"POST /.*:predictLongRunning", said({"name": "operations/1"})),
    (r"google", r"POST /.*:predict$", said({"predictions": [PICTURE]})),
    (r"google", r"POST /.*/interactions$", said({"id": "i", "status": "completed", "outputs": []})),
)

OCR = {"pages": [], "model": "m", "usage_info": {"pages_processed": 1}}
DOCUMENT = {
    "id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "library_id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    "hash": "h", "mime_type": "image/png", "extension": "png", "size": 1, "name": "n", "created_at": "2025-01-01T00:00:00Z",
    "process_status": "todo", "processing_status": "todo", "uploaded_by_id": None, "uploaded_by_type": "User",
    "tokens_processing_total": 0,
}  # fmt: skip
STORED = {
    "id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "object": "file", "bytes": 1, "created_at": 1, "filename": "f",
    "purpose": "ocr", "sample_type": "ocr_input", "source": "upload",
}  # fmt: skip
CONVERSATION = {"conversation_id": "c", "outputs": [], "usage": {}, "object": "conversation.response"}
HEARD = {"text": "Hello.", "model": "m", "language": None, "segments": [], "usage": COMPLETION["usage"]}
MISTRAL: tuple[Row, ...] = (
    (
        r"mistral",
        r"POST /v1/(chat|agents)/completions.*",
        either(said(COMPLETION), sse(CHUNK, end="data: [DONE]\n\n")),
    ),
    (r"mistral", r"POST /v1/conversations", said(CONVERSATION)),
    (r"mistral", r"POST /v1/ocr", said(OCR)),
    (r"mistral", r"POST /v1/libraries/", said(DOCUMENT)),
    (r"mistral", r"POST /v1/files", said(STORED)),
    (r"mistral", r"POST /v1/audio/", said(HEARD)),
)

SPOKEN = {
    "id": "c", "finish_reason": "COMPLETE",
    "message": {"role": "assistant", "content": [{"type": "text", "text": "Hello."}]},
}  # fmt: skip
END = {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}}
COHERE: tuple[Row, ...] = (
    (r"cohere", r"POST /v2/chat", either(said(SPOKEN), sse(END, names=True))),
    (r"cohere", r"POST /v2/embed", said({"id": "e", "embeddings": {"float": [[0.5]]}, "texts": []})),
    (
        r"cohere",
        r"POST /v1/embed",
        said({"id": "e", "embeddings": [[0.5]], "response_type": "embeddings_floats", "texts": []}),
    ),
)

TURN = {
    "model": "m",
    "created_at": "2025-01-01T00:00:00Z",
    "done": True,
    "message": {"role": "assistant", "content": "Hello."},
}
OLLAMA: tuple[Row, ...] = (
    (r"ollama", r"POST /api/chat", said(TURN)),
    (r"ollama", r"POST /api/generate", said({"model": "m", "done": True, "response": "Hello."})),
)

TOLD = {
    "id": "file-1", "object": "file", "bytes": 1, "created_at": 1, "filename": "train.jsonl", "FileType": "jsonl",
    "file_type": "jsonl", "purpose": "fine-tune", "LineCount": 1, "Processed": True, "processing_status": "PENDING",
}  # fmt: skip
PUT_HERE = "https://together.r2.cloudflarestorage.com/files/1?X-Amz-Signature=s"
TOGETHER: tuple[Row, ...] = (
    (r"together\.ai", r"POST /v1/files/file-1/preprocess$", said(TOLD)),
    (r"together\.ai", r"POST /v1/files$", lambda _: Answer(
        b"", (("location", PUT_HERE), ("x-together-file-id", "file-1")), status=302)),
)  # fmt: skip


def preupload(request: Request) -> Answer:
    """How a file should come: `large...` by LFS, everything else inside the commit."""
    asked = json.loads(request.body)["files"]
    files = [
        {
            "path": file["path"],
            "uploadMode": "lfs" if file["path"].startswith("large") else "regular",
            "shouldIgnore": False,
        }
        for file in asked
    ]
    return Answer(json.dumps({"files": files}).encode())


def lfs_batch(request: Request) -> Answer:
    """Where a large file should be put."""
    asked = json.loads(request.body)["objects"]
    upload = {"href": "https://hf-hub-lfs-us-east-1.s3-accelerate.amazonaws.com/ward/1?X-Amz-Signature=s"}
    objects = [{"oid": one["oid"], "size": one["size"], "actions": {"upload": upload}} for one in asked]
    return Answer(json.dumps({"transfer": "basic", "objects": objects}).encode())


COMMITTED = {
    "commitUrl": "https://huggingface.co/datasets/ward/set/commit/1",
    "commitOid": "1",
    "pullRequestUrl": None,
}
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
ANSWERED = [{"label": "cat", "score": 0.9, "answer": "a cat", "mask": PIXEL, "generated_text": "a cat",
             "box": {"xmin": 1, "ymin": 1, "xmax": 2, "ymax": 2}}]  # fmt: skip
HUGGING_FACE: tuple[Row, ...] = (
    (r"huggingface", r"POST /api/datasets/.*/preupload/", preupload),
    (r"huggingface", r"POST /datasets/.*/info/lfs/objects/batch", lfs_batch),
    (r"huggingface", r"POST /api/datasets/.*/commit/", said(COMMITTED)),
    (r"huggingface", r"POST /hf-inference/models/.*(?<!completions)$", said(ANSWERED)),
)

ROWS: tuple[Row, ...] = (*GOOGLE, *MISTRAL, *COHERE, *OLLAMA, *TOGETHER, *HUGGING_FACE)
