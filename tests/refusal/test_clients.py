"""The official clients raise their own permission error with our message, and send the upload once."""

from collections.abc import Callable
from typing import Any

import anthropic
import httpx
import openai
import pytest

from gateway.model import Destination, Headers, Transfer
from gateway.refusal import refusal
from tests.refusal.test_answer import DECISION, SCAN, SENTENCE

PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
PICTURE_MESSAGE: Any = [{"role": "user", "content": [PICTURE]}]


class Refusing:
    """Answers every request as the gateway would, and counts them."""

    def __init__(self, shape: str) -> None:
        self.shape = shape
        self.requests = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        headers: Headers = tuple(request.headers.raw)
        given = refusal(
            Transfer(Destination("h", shape=self.shape), headers=headers),
            DECISION,
            SCAN,
            "g1-17",
            link="https://leadglass.hospital.example/decisions/",
        )
        return httpx.Response(given.status, headers=list(given.headers), content=given.body)


UPLOADS: dict[str, Callable[[openai.OpenAI], object]] = {
    "chat": lambda client: client.chat.completions.create(model="m", messages=PICTURE_MESSAGE),
    "stream": lambda client: client.chat.completions.create(model="m", messages=PICTURE_MESSAGE, stream=True),
    "file": lambda client: client.files.create(file=("a.png", b"x"), purpose="user_data"),
    "responses": lambda client: client.responses.create(model="m", input="x"),
}


@pytest.mark.parametrize("operation", UPLOADS)
def test_openai(operation: str) -> None:
    refusing = Refusing("openai")
    client = openai.OpenAI(api_key="x", http_client=httpx.Client(transport=httpx.MockTransport(refusing)))
    with pytest.raises(openai.PermissionDeniedError) as raised:
        UPLOADS[operation](client)
    assert SENTENCE in str(raised.value)
    assert refusing.requests == 1


@pytest.mark.parametrize("stream", [False, True])
def test_anthropic(*, stream: bool) -> None:
    refusing = Refusing("anthropic")
    client = anthropic.Anthropic(api_key="x", http_client=_anthropic_client(refusing))
    with pytest.raises(anthropic.PermissionDeniedError) as raised:
        client.messages.create(
            model="m", max_tokens=5, stream=stream, messages=[{"role": "user", "content": "x"}]
        )
    assert SENTENCE in str(raised.value)
    assert raised.value.request_id == "g1-17"
    assert refusing.requests == 1


def _anthropic_client(refusing: Refusing) -> httpx.Client:
    """The client library that anthropic itself uses, which can be a fork of httpx."""
    base = anthropic.DefaultHttpxClient.__mro__[1]
    library = __import__(base.__module__.split(".")[0])
    if library is httpx:
        return httpx.Client(transport=httpx.MockTransport(refusing))

    def answer(request: httpx.Request) -> httpx.Response:
        given = refusing(request)
        return library.Response(given.status_code, headers=given.headers.raw, content=given.content)  # type: ignore[no-any-return]

    return library.Client(transport=library.MockTransport(answer))  # type: ignore[no-any-return]
