"""The official Groq client."""

import json
from functools import cache

import groq

from tests.sdk.openai_python import chat_messages
from tests.sdk.operation import Operation, Upload

HOST = "api.groq.com"
REFUSED = "groq.PermissionDeniedError"


@cache
def client() -> groq.Groq:
    return groq.Groq(api_key="k")


def chat(upload: Upload) -> None:
    answer = client().chat.completions.create(model="m", messages=chat_messages(upload))
    assert answer.choices[0].message.content == "Hello."


def stream(upload: Upload) -> None:
    pieces = client().chat.completions.create(model="m", messages=chat_messages(upload), stream=True)
    assert [piece.choices[0].delta.content for piece in pieces] == ["Hello."]


async def async_chat(upload: Upload) -> None:
    async with groq.AsyncGroq(api_key="k") as ai:
        await ai.chat.completions.create(model="m", messages=chat_messages(upload))


def batch_file(upload: Upload) -> None:
    line = {"custom_id": "1", "body": {"model": "m", "messages": chat_messages(upload)}}
    client().files.create(file=("batch.jsonl", json.dumps(line).encode()), purpose="batch")


def transcription(upload: Upload) -> None:
    client().audio.transcriptions.create(model="m", file=("memo.wav", upload.data))


OPERATIONS = (
    Operation("groq (Python)", "chat.completions.create", HOST, REFUSED, chat),
    Operation("groq (Python)", "chat.completions.create, streamed", HOST, REFUSED, stream),
    Operation("groq (Python)", "async chat.completions.create", HOST, REFUSED, async_chat),
    Operation("groq (Python)", "files.create, input of a batch", HOST, REFUSED, batch_file),
    Operation("groq (Python)", "audio.transcriptions.create", HOST, REFUSED, transcription, carries="sound"),
)
