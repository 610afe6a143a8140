"""The official Mistral client."""

from functools import cache
from typing import Any

from mistralai.client import Mistral

from tests.sdk.operation import Operation, Upload

HOST = "api.mistral.ai"
REFUSED = "mistralai.client.errors.sdkerror.SDKError"


@cache
def client() -> Mistral:
    return Mistral(api_key="k")


def messages(upload: Upload) -> Any:
    content = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": upload.uri}]
    return [{"role": "user", "content": content}]


def file(upload: Upload) -> Any:
    return {"file_name": upload.name, "content": upload.data}


def complete(upload: Upload) -> None:
    assert client().chat.complete(model="m", messages=messages(upload)).choices[0].message.content == "Hello."


def stream(upload: Upload) -> None:
    with client().chat.stream(model="m", messages=messages(upload)) as events:
        assert [event.data.choices[0].delta.content for event in events] == ["Hello."]


async def complete_async(upload: Upload) -> None:
    async with Mistral(api_key="k") as mistral:
        await mistral.chat.complete_async(model="m", messages=messages(upload))


def conversation(upload: Upload) -> None:
    client().beta.conversations.start(model="m", inputs=messages(upload))


RUNS = {
    "chat.complete": complete,
    "chat.stream": stream,
    "chat.complete_async": complete_async,
    "agents.complete": lambda upload: client().agents.complete(agent_id="a", messages=messages(upload)),
    "beta.conversations.start": conversation,
    "ocr.process": lambda upload: client().ocr.process(
        model="m", document={"type": "image_url", "image_url": upload.uri}
    ),
    "files.upload": lambda upload: client().files.upload(file=file(upload), purpose="ocr"),
    "beta.libraries.documents.upload": lambda upload: client().beta.libraries.documents.upload(
        library_id="l", file=file(upload)
    ),
}

OPERATIONS = (
    *(Operation("mistralai (Python)", name, HOST, REFUSED, run) for name, run in RUNS.items()),
    Operation(
        "mistralai (Python)", "audio.transcriptions.complete", HOST, REFUSED, carries="sound",
        run=lambda upload: client().audio.transcriptions.complete(model="m", file=file(upload)),
    ),
)  # fmt: skip
