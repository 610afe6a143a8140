"""HTTP clients that people write their own programs with: requests, httpx and aiohttp."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import requests

from tests.sdk.operation import Operation, Upload, told

HOST = "api.openai.com"
FILES = f"https://{HOST}/v1/files"
CHAT = f"https://{HOST}/v1/chat/completions"
REFUSED = "tests.sdk.operation.HttpRefusedError"


def _json(upload: Upload) -> Any:
    return {
        "model": "m",
        "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": upload.uri}}]}],
    }


def _pieces(upload: Upload) -> Iterator[bytes]:
    yield from (upload.data[at : at + 10_000] for at in range(0, len(upload.data), 10_000))


def _requests(url: str = FILES, **more: Any) -> str:
    answer = requests.post(url, timeout=30, **more)
    return told(answer.status_code, answer.text)


def _httpx(url: str = FILES, *, http2: bool = False, **more: Any) -> str:
    with httpx.Client(http2=http2, timeout=30) as client:
        answer = client.post(url, **more)
    return told(answer.status_code, answer.text)


async def _httpx_async(upload: Upload) -> str:
    async with httpx.AsyncClient(timeout=30) as client:
        answer = await client.post(FILES, files={"file": (upload.name, upload.data)})
    return told(answer.status_code, answer.text)


async def _aiohttp(url: str = FILES, **more: Any) -> str:
    async with aiohttp.ClientSession(trust_env=True) as session, session.post(url, **more) as answer:
        return told(answer.status, await answer.text())


async def _aiohttp_form(upload: Upload) -> str:
    form = aiohttp.FormData({"purpose": "user_data"})
    form.add_field("file", upload.data, filename=upload.name, content_type=upload.media)
    return await _aiohttp(data=form)


async def _aiohttp_pieces(upload: Upload) -> str:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in _pieces(upload):
            yield piece

    return await _aiohttp(data=pieces(), headers={"Content-Type": upload.media})


def _requests_open_file(upload: Upload) -> str:
    with Path(upload.path).open("rb") as opened:
        return _requests(files={"file": opened}, data={"purpose": "user_data"})


RUNS: dict[str, dict[str, Callable[[Upload], object]]] = {
    "requests": {
        "form": lambda upload: _requests(files={"file": (upload.name, upload.data)}, data={"purpose": "user_data"}),
        "form, an open file": _requests_open_file,
        "form, a name beyond ASCII": lambda upload: _requests(files={"file": ("Grüße.png", upload.data)}),
        "form, a picture as text field": lambda upload: _requests(files={"FileBase64": (None, upload.uri)}),
        "raw body": lambda upload: _requests(data=upload.data, headers={"Content-Type": upload.media}),
        "raw body without a type": lambda upload: _requests(data=upload.data),
        "raw body in pieces": lambda upload: _requests(data=_pieces(upload)),
        "JSON": lambda upload: _requests(CHAT, json=_json(upload)),
        "urlencoded": lambda upload: _requests(data={"image": upload.base64}),
    },
    "httpx": {
        "form": lambda upload: _httpx(files={"file": (upload.name, upload.data)}),
        "raw body": lambda upload: _httpx(content=upload.data),
        "raw body in pieces": lambda upload: _httpx(content=_pieces(upload)),
        "JSON": lambda upload: _httpx(CHAT, json=_json(upload)),
        "form over HTTP/2": lambda upload: _httpx(files={"file": (upload.name, upload.data)}, http2=True),
        "JSON over HTTP/2": lambda upload: _httpx(CHAT, json=_json(upload), http2=True),
        "async form": _httpx_async,
    },
    "aiohttp": {
        "form": _aiohttp_form,
        "raw body": lambda upload: _aiohttp(data=upload.data),
        "raw body in pieces": _aiohttp_pieces,
        "raw body, deflate": lambda upload: _aiohttp(data=upload.data, compress="deflate"),
        "JSON": lambda upload: _aiohttp(CHAT, json=_json(upload)),
    },
}  # fmt: skip

OPERATIONS = tuple(
    Operation(client, name, HOST, REFUSED, run) for client, runs in RUNS.items() for name, run in runs.items()
)
