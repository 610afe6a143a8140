"""Programs beside the official clients: editors, command lines, endpoints that the clients' tests do not reach."""

import gzip
import json
import struct
import zlib
from collections.abc import Callable
from urllib.parse import urlencode

import zstandard

from tests.apps.app import App, File, Sent, form, only, raw, spoken


def _contents(file: File) -> list[object]:
    return [
        {
            "role": "user",
            "parts": [
                {"inlineData": {"mimeType": file.media, "data": file.base64}},
                {"text": "What is this?"},
            ],
        }
    ]


def _input(file: File) -> dict[str, object]:
    return {
        "model": "m",
        "input": [{"role": "user", "content": [{"type": "input_image", "image_url": file.uri}]}],
    }


def _related(file: File) -> Sent:
    """multipart/related: what it is called, then the file (RFC 2387)."""
    body = b'--b\r\nContent-Type: application/json; charset=utf-8\r\n\r\n{"file": {"displayName": "a"}}\r\n'
    body += f"--b\r\nContent-Type: {file.media}\r\n\r\n".encode() + file.data + b"\r\n--b--\r\n"
    return Sent(
        "POST",
        "/upload/v1beta/files?uploadType=multipart",
        body,
        "multipart/related; boundary=b",
        {"x-goog-upload-protocol": "multipart"},
    )


def _codex(file: File) -> Sent:
    body = zstandard.compress(json.dumps(_input(file)).encode())
    return Sent(
        "POST",
        "/backend-api/codex/responses",
        body,
        "application/json",
        {"content-encoding": "zstd", "accept": "text/event-stream"},
    )


def _number(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes((*out, value))


def _field(number: int, value: bytes) -> bytes:
    return bytes((number << 3 | 2,)) + _number(len(value)) + value


def _cursor(*, packed: bool) -> Callable[[File], Sent]:
    """A Connect stream of one message; in it the picture as bytes beside words."""

    def build(file: File) -> Sent:
        message = _field(1, _field(1, b"What is this?") + _field(10, _field(1, file.data)))
        message = gzip.compress(message, mtime=0) if packed else message
        body = struct.pack(">BI", 1 if packed else 0, len(message)) + message
        more = {"connect-protocol-version": "1"} | ({"connect-content-encoding": "gzip"} if packed else {})
        return Sent(
            "POST",
            "/aiserver.v1.ChatService/StreamUnifiedChatWithTools",
            body,
            "application/connect+proto",
            more,
        )

    return build


def _event(file: File) -> Sent:
    """One event of a stream of Amazon's: lengths, headers, a checksum after each (smithy.io, event streams)."""
    payload = json.dumps({"bytes": file.base64}).encode()
    headers = b"".join(
        bytes((len(name),)) + name + b"\7" + struct.pack(">H", len(value)) + value
        for name, value in (
            (b":event-type", b"chunk"),
            (b":content-type", b"application/json"),
            (b":message-type", b"event"),
        )
    )
    head = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    body = head + struct.pack(">I", zlib.crc32(head)) + headers + payload
    return Sent(
        "POST",
        "/model/amazon.nova-sonic-v1%3A0/invoke-with-bidirectional-stream",
        body + struct.pack(">I", zlib.crc32(body)),
        "application/vnd.amazon.eventstream",
    )


def _converse(file: File) -> object:
    return {
        "messages": [
            {"role": "user", "content": [{"image": {"format": "png", "source": {"bytes": file.base64}}}]}
        ]
    }


TOOLS: tuple[App, ...] = (
    App("OpenAI API", "a skill", "api.openai.com", only(form("/v1/skills", "files[]")), "error.message", "sdk"),
    App("OpenAI API", "a screen that a tool took", "api.openai.com", only(spoken("/v1/responses", lambda file: {"model": "m", "input": [{"type": "computer_call_output", "call_id": "c", "output": {"type": "computer_screenshot", "image_url": file.uri}}]})), "error.message", "docs"),
    App("Azure OpenAI", "responses", "ward.openai.azure.com", only(spoken("/openai/v1/responses", _input)), "error.message", "docs"),
    App("Azure OpenAI", "a file", "ward.services.ai.azure.com", only(form("/openai/v1/files", purpose="assistants")), "error.message", "docs"),
    App("Azure OpenAI", "an edited picture", "ward.cognitiveservices.azure.com", only(form("/openai/deployments/d/images/edits?api-version=2025-04-01-preview", "image[]", prompt="x")), "error.message", "docs"),
    App("Anthropic API", "a skill", "api.anthropic.com", only(form("/v1/skills", "files[]", display_title="a")), "error.message", "sdk"),
    App("Gemini API", "a file in one request", "generativelanguage.googleapis.com", only(_related), "error.message", "docs"),
    App("Vertex AI", "a region's host", "aiplatform.eu.rep.googleapis.com", only(spoken("/v1/projects/p/locations/eu/publishers/google/models/gemini-3:generateContent", lambda file: {"contents": _contents(file)})), "error.message", "docs"),
    App("Vertex AI", "another vendor's model", "europe-west1-aiplatform.googleapis.com", only(spoken("/v1/projects/p/locations/europe-west1/publishers/anthropic/models/c:streamRawPredict", lambda file: {"anthropic_version": "vertex-2023-10-16", "messages": [{"role": "user", "content": [{"type": "image", "source": {"type": "base64", "media_type": file.media, "data": file.base64}}]}]})), "error.message", "sdk"),
    App("Gemini CLI", "a prompt", "cloudcode-pa.googleapis.com", only(spoken("/v1internal:streamGenerateContent?alt=sse", lambda file: {"model": "m", "project": "p", "request": {"contents": _contents(file)}})), "error.message"),
    App("Bedrock", "a stream in both directions", "bedrock-runtime.eu-central-1.amazonaws.com", only(_event), "message", "docs", sealed=True),
    App("Bedrock", "a private endpoint", "vpce-1-2.bedrock-runtime.eu-central-1.vpce.amazonaws.com", only(spoken("/model/m/converse", _converse)), "message", "docs"),
    App("Bedrock", "in China", "bedrock-runtime.cn-north-1.amazonaws.com.cn", only(spoken("/model/m/converse", _converse)), "message", "believed"),
    App("Replicate", "a file", "api.replicate.com", only(form("/v1/files", "content")), "detail", "capture"),
    App("Replicate", "a prediction", "api.replicate.com", only(spoken("/v1/predictions", lambda file: {"version": "v", "input": {"scan": file.uri}})), "detail", "capture"),
    App("Hugging Face", "inputs in JSON", "router.huggingface.co", only(spoken("/hf-inference/models/o/m", lambda file: {"inputs": file.base64, "parameters": {}})), "error", "believed"),
    App("Hugging Face", "an endpoint of one's own", "x1.eu-west-1.aws.endpoints.huggingface.cloud", only(raw("POST", "/")), "error", "docs"),
    App("Hugging Face", "Xet", "cas-server.xethub.hf.co", only(lambda file: Sent("POST", "/v1/xorbs/default/" + "ab" * 32, zlib.compress(file.data)[2:], "application/octet-stream")), "error", "believed", sealed=True),
    App("GitHub Copilot", "a prompt", "api.individual.githubcopilot.com", only(spoken("/chat/completions", lambda file: {"model": "m", "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": file.uri}}]}]})), "error.message"),
    App("GitHub Copilot", "an attachment", "uploads.github.com", only(raw("POST", "/copilot/chat/attachments?name=a.png&content_type=image/png", "application/octet-stream")), "error.message"),
    App("Codex CLI", "a prompt", "chatgpt.com", only(_codex), "detail"),
    App("Cursor", "a prompt", "api2.cursor.sh", only(_cursor(packed=False)), "connect"),
    App("Cursor", "a prompt, packed", "api2.cursor.sh", only(_cursor(packed=True)), "connect"),
    App("imgbb", "a picture", "api.imgbb.com", only(lambda file: Sent("POST", "/1/upload?key=k", urlencode({"image": file.base64}).encode(), "application/x-www-form-urlencoded")), "message", "capture"),
    App("catbox", "a picture", "catbox.moe", only(form("/user/api.php", "fileToUpload", reqtype="fileupload")), "message", "docs"),
    App("0x0.st", "a file", "0x0.st", only(form("/")), "message", "docs"),
    App("Object stores", "a file in Alibaba's", "ward.oss-cn-hangzhou.aliyuncs.com", only(raw("PUT", "/a.png?Signature=ab")), "xml", "docs"),
    App("Object stores", "a file in ByteDance's", "ward.tos-cn-beijing.volces.com", only(raw("PUT", "/a.png?X-Tos-Signature=ab")), "xml", "docs"),
    App("Object stores", "a file in Tencent's", "ward.cos.ap-shanghai.myqcloud.com", only(raw("PUT", "/a.png?sign=ab")), "xml", "docs"),
)  # fmt: skip
