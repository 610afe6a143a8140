"""The official Together client, whose files go to an object store under an address that the service hands out."""

import json
import tempfile
from functools import cache
from pathlib import Path

import together

from tests.sdk.openai_python import chat_messages
from tests.sdk.operation import Operation, Upload

HOST = "api-inference.together.ai"
REFUSED = "together.PermissionDeniedError"


@cache
def client() -> together.Together:
    return together.Together(api_key="k")


def chat(upload: Upload) -> None:
    answer = client().chat.completions.create(model="m", messages=chat_messages(upload))
    assert answer.choices[0].message.content == "Hello."


def stream(upload: Upload) -> None:
    pieces = client().chat.completions.create(model="m", messages=chat_messages(upload), stream=True)
    assert [piece.choices[0].delta.content for piece in pieces] == ["Hello."]


async def async_chat(upload: Upload) -> None:
    async with together.AsyncTogether(api_key="k") as ai:
        await ai.chat.completions.create(model="m", messages=chat_messages(upload))


def image(upload: Upload) -> None:
    client().images.generate(model="m", prompt="brighter", image_url=upload.uri)


def file(upload: Upload) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "train.jsonl"
        lines.write_text(json.dumps({"messages": chat_messages(upload)}) + "\n")
        client().files.upload(lines, check=False)


OPERATIONS = (
    Operation("together (Python)", "chat.completions.create", HOST, REFUSED, chat),
    Operation("together (Python)", "chat.completions.create, streamed", HOST, REFUSED, stream),
    Operation("together (Python)", "async chat.completions.create", HOST, REFUSED, async_chat),
    Operation("together (Python)", "images.generate", HOST, REFUSED, image),
    Operation(
        "together (Python)",
        "files.upload",
        "together.r2.cloudflarestorage.com",
        "together.APIStatusError",
        file,
    ),
)
