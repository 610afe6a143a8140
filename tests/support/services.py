"""Stand-ins for services that take files in pieces, as strict about them as the real ones."""

import io
import json
import re
from itertools import count

import multipart

from tests.support.upstream import Headers, Reply

JSON = (b"content-type", b"application/json")
HOSTS = (
    "api.openai.com", "generativelanguage.googleapis.com", "storage.googleapis.com", "contoso.sharepoint.com",
    "store.blob.core.windows.net", "bucket.s3.amazonaws.com",
)  # fmt: skip


class Services:
    """`files` is every file that is complete, `parts` what arrived in pieces; `failing` breaks as many
    completions, `refusing` is how every part is answered."""

    def __init__(self) -> None:
        self.files: list[bytes] = []
        self.parts: dict[str, bytes] = {}
        self.open: dict[str, bytearray] = {}
        self.failing = 0
        self.refusing = 0
        self._numbers = count(1)

    def clear(self) -> None:
        self.files.clear()
        self.parts.clear()
        self.open.clear()
        self.failing = 0
        self.refusing = 0

    def __call__(self, method: bytes, target: bytes, headers: Headers, body: bytes) -> Reply:
        known = {name.lower(): value for name, value in headers}
        path = target.decode().partition("?")[0]
        if b"x-goog-upload-command" in known:
            return self._google(known, target.decode(), body)
        if match := re.fullmatch(r"/v1/uploads(?:/(\w+)/(parts|complete|cancel))?", path):
            return self._openai(match[1], match[2], known, body)
        if b"content-range" in known:
            said = re.fullmatch(rb"bytes (\d+)-(\d+)/(\d+)", known[b"content-range"])
            if not said or (int(said[1]), int(said[2]) + 1, int(said[3])) != (0, len(body), len(body)):
                return 400, [], b""
        if method == b"PUT":
            self.files.append(body)
            return 201, [JSON], b"{}"
        return 200, [JSON], b"{}"

    def _google(self, known: dict[bytes, bytes], target: str, body: bytes) -> Reply:
        commands = known[b"x-goog-upload-command"].split(b", ")
        if commands == [b"start"]:
            name = f"u{next(self._numbers)}"
            self.open[name] = bytearray()
            address = f"https://generativelanguage.googleapis.com/upload/v1beta/files?upload_id={name}"
            return 200, [(b"x-goog-upload-url", address.encode()), (b"x-goog-upload-status", b"active")], b""
        upload = self.open[target.rpartition("upload_id=")[2]]
        if b"upload" in commands:
            if int(known[b"x-goog-upload-offset"]) != len(upload) or self.failing:
                self.failing = max(0, self.failing - 1)
                return 503, [], b""
            upload += body
        if b"finalize" not in commands:
            return 200, [(b"x-goog-upload-status", b"active")], b""
        self.files.append(bytes(upload))
        told = {"file": {"name": "files/1", "sizeBytes": str(len(upload)), "state": "ACTIVE"}}
        return 200, [JSON, (b"x-goog-upload-status", b"final")], json.dumps(told).encode()

    def _openai(self, upload: str | None, step: str | None, known: dict[bytes, bytes], body: bytes) -> Reply:
        if step == "parts" and self.refusing:
            message = b"slow down" if self.refusing == 429 else b"no such upload"
            return self.refusing, [JSON], b'{"error": {"message": "%b"}}' % message
        if step == "parts":
            boundary = re.search(rb"boundary=([^;]+)", known[b"content-type"])
            assert boundary
            (form,) = multipart.MultipartParser(io.BytesIO(body), boundary[1])
            assert (form.name, form.filename) == ("data", "upload")
            name = f"part_{next(self._numbers)}"
            self.parts[name] = form.raw
            form.close()
            told: dict[str, object] = {
                "id": name,
                "object": "upload.part",
                "created_at": 1,
                "upload_id": upload,
            }
            return 200, [JSON], json.dumps(told).encode()
        told = {
            "id": upload or f"upload{next(self._numbers)}", "object": "upload", "bytes": 1, "created_at": 1,
            "expires_at": 2, "filename": "x", "purpose": "user_data", "status": "completed" if step else "pending",
        }  # fmt: skip
        if step == "complete":
            if self.failing:
                self.failing -= 1
                return 500, [JSON], b'{"error": {"message": "busy"}}'
            names = json.loads(body)["part_ids"]
            if not set(names) <= self.parts.keys():
                return 400, [JSON], b'{"error": {"message": "no such part"}}'
            self.files.append(b"".join(self.parts[name] for name in names))
        return 200, [JSON], json.dumps(told).encode()
