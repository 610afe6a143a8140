"""Requests of split uploads, as clients make them."""

import base64
import json
from dataclasses import replace
from typing import Any

from gateway.held import Dropped, Joined, Kept, Table, read
from gateway.limits import Limits
from gateway.model import Destination, Headers, Sender, Transfer

GEMINI = Destination("generativelanguage.googleapis.com", provider="gemini", shape="google")
GRAPH = Destination("contoso.sharepoint.com", provider="sharepoint", shape="graph")
OPENAI = Destination("api.openai.com", provider="openai", shape="openai")
BLOB = Destination("store.blob.core.windows.net", provider="azure-blob", shape="azure-blob")
ANNA, BERT = Sender("anna", "10.0.0.1"), Sender("bert", "10.0.0.2")


def headers(**given: object) -> Headers:
    return tuple((name.replace("_", "-").encode(), str(value).encode()) for name, value in given.items())


def google(
    command: str, at: int | None, body: bytes, upload: str = "u1", sender: Sender = ANNA, **more: object
) -> Transfer:
    named = headers(x_goog_upload_command=command, content_length=len(body), **more)
    if at is not None:
        named += headers(x_goog_upload_offset=at)
    path = f"/upload/v1beta/files?upload_id={upload}&upload_protocol=resumable"
    return Transfer(GEMINI, sender, "POST", path, named, body=body)


def ranged(
    at: int, body: bytes, total: object, to: Destination = GEMINI, upload: str = "u1", sender: Sender = ANNA
) -> Transfer:
    said = f"bytes {at}-{at + len(body) - 1}/{total}" if body else f"bytes */{total}"
    return Transfer(to, sender, "PUT", f"/upload?upload_id={upload}", headers(content_range=said), body=body)


def part(data: bytes, upload: str = "upload_1", sender: Sender = ANNA, name: str = "data") -> Transfer:
    head = f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="upload"\r\n'
    body = head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + data + b"\r\n--b--\r\n"
    named = headers(content_type="multipart/form-data; boundary=b", authorization="Bearer k")
    return Transfer(OPENAI, sender, "POST", f"/v1/uploads/{upload}/parts", named, body=body)


def complete(names: list[str], upload: str = "upload_1", sender: Sender = ANNA, **more: Any) -> Transfer:
    body = json.dumps({"part_ids": names, **more}).encode()
    named = headers(content_type="application/json", authorization="Bearer k", content_length=len(body))
    return Transfer(OPENAI, sender, "POST", f"/v1/uploads/{upload}/complete", named, body=body)


def block(number: int, data: bytes, sender: Sender = ANNA, **more: object) -> Transfer:
    named = headers(x_ms_version="2023-11-03", **more)
    return Transfer(
        BLOB, sender, "PUT", f"/c/b?sv=1&comp=block&blockid={name(number)}&sig=a%2Bb", named, body=data
    )


def name(number: int) -> str:
    return base64.b64encode(b"%06d" % number).decode()


def block_list(numbers: list[int], kind: str = "Latest", sender: Sender = ANNA, **more: object) -> Transfer:
    entries = "".join(f"<{kind}>{name(number)}</{kind}>" for number in numbers)
    body = f"<?xml version='1.0' encoding='utf-8'?>\n<BlockList>{entries}</BlockList>".encode()
    named = headers(x_ms_version="2023-11-03", content_type="application/xml", **more)
    return Transfer(BLOB, sender, "PUT", "/c/b?sv=1&comp=blocklist&sig=a%2Bb", named, body=body)


class Purse:
    """A budget that can be seen."""

    def __init__(self, most: int = 1 << 40) -> None:
        self.held: dict[int, int] = {}
        self.most = most

    def hold(self, stream: int, size: int) -> bool:
        if sum(self.held.values()) - self.held.get(stream, 0) + size > self.most:
            return False
        self.held[stream] = size
        return True

    def release(self, stream: int) -> None:
        self.held.pop(stream, None)


class Held:
    """A table with a clock that is set by hand; `ended` is what it wrote down."""

    def __init__(self, purse: Purse | None = None, **limits: Any) -> None:
        self.purse = purse or Purse()
        self.ended: list[Dropped] = []
        self.now = 0.0
        self.table = Table(replace(Limits(), **limits), self.purse, self.ended.append, lambda: self.now)

    def take(self, transfer: Transfer) -> Kept | Joined | None:
        step = read(transfer)
        return self.table.take(transfer, step) if step is not None else None

    def keep(self, transfer: Transfer) -> Kept:
        kept = self.take(transfer)
        assert isinstance(kept, Kept)
        return kept

    def join(self, transfer: Transfer) -> Joined:
        joined = self.take(transfer)
        assert isinstance(joined, Joined)
        return joined

    def send_parts(self, *pieces: bytes) -> list[str]:
        return [json.loads(self.keep(part(piece)).answer.body)["id"] for piece in pieces]
