"""The official Ollama client, speaking to Ollama's cloud."""

from functools import cache

import ollama

from tests.sdk.operation import Operation, Upload

HOST = "ollama.com"
REFUSED = "ollama._types.ResponseError"


@cache
def client() -> ollama.Client:
    return ollama.Client(host=f"https://{HOST}", headers={"Authorization": "Bearer k"})


def message(upload: Upload) -> list[dict[str, object]]:
    return [{"role": "user", "content": "What is this?", "images": [upload.data]}]


def chat(upload: Upload) -> None:
    assert client().chat(model="m", messages=message(upload)).message.content == "Hello."


def stream(upload: Upload) -> None:
    assert [
        piece.message.content for piece in client().chat(model="m", messages=message(upload), stream=True)
    ] == ["Hello."]


def generate(upload: Upload) -> None:
    client().generate(model="m", prompt="What is this?", images=[upload.path])


def blob(upload: Upload) -> None:
    client().create_blob(upload.path)


async def async_chat(upload: Upload) -> None:
    await ollama.AsyncClient(host=f"https://{HOST}").chat(model="m", messages=message(upload))


RUNS = {
    "chat": chat,
    "chat, streamed": stream,
    "async chat": async_chat,
    "generate": generate,
    "create_blob": blob,
}

OPERATIONS = tuple(Operation("ollama (Python)", name, HOST, REFUSED, run) for name, run in RUNS.items())
