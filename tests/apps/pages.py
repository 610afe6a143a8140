"""What people have open in a browser."""

import json
from collections.abc import Callable
from urllib.parse import urlencode

from tests.apps.app import BOUNDARY, App, File, Sent, form, only, raw, spoken

ORG = "6f2c1c0e-54aa-4a7b-9d53-b0f7a4c3a111"
SAS = "se=2026-11-23T00%3A00%3A00Z&sp=c&sv=2024-08-04&sr=b&sig=abc%3D"


def _reserve(path: str, host: str = "", **more: object) -> Callable[[File], Sent]:
    return spoken(
        path,
        lambda file: {"file_name": file.name, "file_size": len(file.data), "mime_type": file.media, **more},
        host=host,
    )


def _text_field(file: File) -> Sent:
    """Microsoft 365: a data URI in a field without a file name."""
    lines = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="FileBase64"\r\n\r\n{file.uri}\r\n--{BOUNDARY}--\r\n'
    return Sent(
        "POST",
        "/m365Copilot/UploadFile?scenario=UploadImage",
        lines.encode(),
        f"multipart/form-data; boundary={BOUNDARY}",
    )


def _signalr(file: File) -> Sent:
    """SignalR ends every message with the record separator."""
    message = {
        "arguments": [{"message": {"text": "What is this?", "imageUrl": file.uri}}],
        "invocationId": "0",
        "target": "chat",
        "type": 4,
    }
    return Sent("MESSAGE", "/m365Copilot/Chathub/1@2?chatsessionid=3", json.dumps(message).encode() + b"\x1e")


def _stream_generate(file: File) -> Sent:
    inner = json.dumps(
        [["What is this?", 0, None, [[["/contrib_service/ttl_1d/x"], file.name]]], ["en"], [file.base64]]
    )
    body = urlencode({"f.req": json.dumps([None, inner]), "at": "token:1700000000000"}).encode()
    return Sent(
        "POST",
        "/_/BardChatUi/data/assistant.lamda.BardFrontendService/StreamGenerate?bl=boq&rt=c",
        body,
        "application/x-www-form-urlencoded;charset=UTF-8",
    )


def _policy(file: File) -> Sent:
    """A POST to an S3 bucket: what the server signed, then the file."""
    fields = {
        "acl": "private",
        "Content-Type": file.media,
        "key": f"uploads/{file.name}",
        "policy": "eyJleHAiOiIyMDI2In0=",
        "x-amz-signature": "ab" * 32,
        "x-amz-algorithm": "AWS4-HMAC-SHA256",
    }
    return form("/", **fields)(file)  # type: ignore[arg-type]


BLOB = {"x_ms_blob_type": "BlockBlob", "x_ms_version": "2020-04-08"}
CHATGPT = "https://chatgpt.com"
PAGES: tuple[App, ...] = (
    App("ChatGPT", "a file", "sdmntprwestus.oaiusercontent.com", only(
        _reserve("/backend-api/files", "chatgpt.com", use_case="multimodal"), raw("PUT", f"/files/00000000-a/raw?{SAS}", **BLOB),
        spoken("/backend-api/files/process_upload_stream", lambda _: {"file_id": "file_a", "use_case": "multimodal"}, host="chatgpt.com"),
    ), "xml", origin=CHATGPT),
    App("ChatGPT", "a reserved upload", "sdmntprwestus.oaiusercontent.com", only(
        _reserve("/backend-api/files/upload_reservations", "chatgpt.com"), raw("PUT", f"/files/00000000-a/raw?{SAS}", **BLOB),
        _reserve("/backend-api/files/upload_reservations/r1/claim_and_finish", "chatgpt.com"),
    ), "xml", origin=CHATGPT),
    App("ChatGPT", "a file through its own host", "chatgpt.com", only(form("/backend-api/estuary/upload_content_bytes", upload_url="https://x.example/a")), "detail", origin=CHATGPT),
    App("ChatGPT", "a file without an account", "chatgpt.com", only(form("/backend-anon/estuary/upload_content_bytes")), "detail", origin=CHATGPT),
    App("ChatGPT", "a picture in the conversation", "chatgpt.com", only(spoken("/backend-api/f/conversation", lambda file: {
        "action": "next", "messages": [{"author": {"role": "user"}, "content": {"content_type": "multimodal_text", "parts": [file.uri, "What is this?"]}}]})), "detail", origin=CHATGPT),
    App("Claude", "a file", "claude.ai", only(form(f"/api/organizations/{ORG}/conversations/{ORG}/wiggle/upload-file")), "error.message", origin="https://claude.ai"),
    App("Claude", "a file, as before", "claude.ai", only(form(f"/api/{ORG}/upload")), "error.message", origin="https://claude.ai"),
    App("Claude", "a document to convert", "claude.ai", only(form(f"/api/organizations/{ORG}/convert_document")), "error.message", origin="https://claude.ai"),
    App("Claude", "a file of a project", "claude.ai", only(form(f"/api/organizations/{ORG}/projects/{ORG}/upload")), "error.message", origin="https://claude.ai"),
    App("Gemini", "a file", "push.clients6.google.com", only(
        lambda file: Sent("POST", "/upload/", f"File name: {file.name}".encode(), "application/x-www-form-urlencoded;charset=UTF-8",
                          {"x-goog-upload-command": "start", "x-goog-upload-protocol": "resumable", "x-goog-upload-header-content-length": str(len(file.data)), "x-tenant-id": "bard-storage", "push-id": "feeds/a"}),
        raw("POST", "/upload/?upload_id=ABC&upload_protocol=resumable", "application/x-www-form-urlencoded;charset=utf-8", x_goog_upload_command="upload, finalize", x_goog_upload_offset="0", x_tenant_id="bard-storage", push_id="feeds/a"),
    ), "error.message", origin="https://gemini.google.com"),
    App("Gemini", "a file, as before", "content-push.googleapis.com", only(form("/upload/")), "error.message", origin="https://gemini.google.com"),
    App("Gemini", "a picture in the conversation", "gemini.google.com", only(_stream_generate), "error.message", origin="https://gemini.google.com"),
    App("NotebookLM", "a source", "notebooklm.google.com", only(
        raw("POST", "/upload/_/?authuser=0&upload_id=ABC", "application/x-www-form-urlencoded;charset=utf-8", x_goog_upload_command="upload, finalize", x_goog_upload_offset="0")), "error.message", "believed", "https://notebooklm.google.com"),
    App("Grok", "a file", "grok.com", only(spoken("/rest/app-chat/upload-file", lambda file: {"fileName": file.name, "fileMimeType": file.media, "content": file.base64})), "detail", origin="https://grok.com"),
    App("Copilot", "a picture", "copilot.microsoft.com", only(raw("POST", "/c/api/attachments")), "detail", origin="https://copilot.microsoft.com"),
    App("Copilot", "a message", "copilot.microsoft.com", only(lambda file: Sent("MESSAGE", "/c/api/chat?api-version=2", json.dumps({"event": "send", "content": [{"type": "image", "url": file.uri}, {"type": "text", "text": "What is this?"}]}).encode())), "socket"),
    App("Microsoft 365 Copilot", "a picture", "substrate.office.com", only(_text_field), "error.message", origin="https://m365.cloud.microsoft"),
    App("Microsoft 365 Copilot", "a message", "substrate.office.com", only(_signalr), "socket"),
    App("Microsoft 365 Copilot", "a file by way of SharePoint", "hospital-my.sharepoint.com", only(
        lambda file: Sent("PUT", "/_api/v2.0/drives/b/items/01/uploadSession?guid=1", file.data, "application/octet-stream", {"content-range": f"bytes 0-{len(file.data) - 1}/{len(file.data)}"})), "error.message", origin="https://m365.cloud.microsoft"),
    App("Perplexity", "a file", "ppl-ai-file-upload.s3.amazonaws.com", only(
        spoken("/rest/uploads/create_upload_url?version=2.18&source=default", lambda file: {"filename": file.name, "content_type": file.media, "file_size": len(file.data)}, host="www.perplexity.ai"), _policy), "detail", origin="https://www.perplexity.ai"),
    App("Perplexity", "a picture by way of Cloudinary", "api.cloudinary.com", only(form("/v1_1/pplx/image/upload", signature="ab" * 20, api_key="1")), "message", origin="https://www.perplexity.ai"),
    App("DeepSeek", "a file", "chat.deepseek.com", only(lambda file: Sent(**{**_fields(form("/api/v0/file/upload_file")(file)), "headers": {"x-file-size": str(len(file.data)), "x-ds-pow-response": "eyJhIjoxfQ=="}})), "detail", origin="https://chat.deepseek.com"),
    App("Meta AI", "a picture", "rupload.meta.ai", only(lambda file: Sent("POST", f"/gen_ai_document_gen_ai_tenant/{ORG}", file.data, None, {"x-entity-length": str(len(file.data)), "x-entity-name": file.name, "x-entity-type": file.media, "offset": "0"})), "detail", origin="https://www.meta.ai"),
    App("Meta AI", "a message", "gateway.meta.ai", only(lambda file: Sent("MESSAGE", "/ws/clippy", file.data)), "socket"),
    App("Kimi", "a file", "prod-chat-kimi.tos-s3-cn-beijing.volces.com", only(
        spoken("/api/pre-sign-url", lambda file: {"name": file.name, "action": "image"}, host="www.kimi.com"), raw("PUT", "/prod-chat-kimi/u/2026/a.png?X-Amz-Signature=ab")), "detail", origin="https://www.kimi.com"),
    App("Qwen", "a file", "qwen-webui-prod.oss-accelerate.aliyuncs.com", only(
        spoken("/api/v2/files/getstsToken", lambda file: {"filename": file.name, "filesize": str(len(file.data)), "filetype": "image"}, host="chat.qwen.ai"),
        raw("PUT", "/u/a.png", x_oss_content_sha256="UNSIGNED-PAYLOAD", authorization="OSS4-HMAC-SHA256 Credential=a")), "detail", origin="https://chat.qwen.ai"),
    App("Le Chat", "a file", "chat.mistral.ai", only(form("/api/files")), "detail", "believed", "https://chat.mistral.ai"),
    App("Poe", "a file", "poe.com", only(form("/api/gql_upload_POST", "file0", queryInfo='{"queryName": "sendMessageMutation"}')), "error.message", origin="https://poe.com"),
    App("Doubao", "a file", "www.doubao.com", only(form("/samantha/upload")), "error.message", "believed", "https://www.doubao.com"),
    App("HuggingChat", "a message with a picture", "huggingface.co", only(form("/chat/conversation/65a", "files", data='{"inputs": "What is this?"}')), "error", "believed", "https://huggingface.co"),
    App("Genspark", "a file", "gensparkstorageprodwest.blob.core.windows.net", only(raw("PUT", f"/user-upload-image/a.png?{SAS}", **BLOB)), "xml", origin="https://www.genspark.ai"),
)  # fmt: skip


def _fields(sent: Sent) -> dict[str, object]:
    return {"method": sent.method, "path": sent.path, "body": sent.body, "media": sent.media}
