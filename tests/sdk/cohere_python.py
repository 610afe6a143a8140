"""The official Cohere client."""

import json
from functools import cache
from typing import Any

import cohere

from tests.sdk.openai_python import chat_messages
from tests.sdk.operation import Operation, Upload

HOST = "api.cohere.com"
REFUSED = "cohere.errors.forbidden_error.ForbiddenError"


@cache
def client() -> cohere.ClientV2:
    return cohere.ClientV2(api_key="k")


def chat(upload: Upload) -> None:
    answer: Any = client().chat(model="m", messages=chat_messages(upload))
    assert answer.message.content[0].text == "Hello."


def stream(upload: Upload) -> None:
    assert [event.type for event in client().chat_stream(model="m", messages=chat_messages(upload))] == [
        "message-end"
    ]


def embed(upload: Upload) -> None:
    client().embed(model="m", input_type="image", images=[upload.uri], embedding_types=["float"])


def embed_mixed(upload: Upload) -> None:
    one: Any = {
        "content": [{"type": "text", "text": "x"}, {"type": "image_url", "image_url": {"url": upload.uri}}]
    }
    client().embed(model="m", input_type="search_document", inputs=[one], embedding_types=["float"])


def embed_v1(upload: Upload) -> None:
    cohere.Client(api_key="k").embed(model="m", input_type="image", images=[upload.uri])


def dataset(upload: Upload) -> None:
    line = json.dumps({"custom_id": "1", "body": {"messages": chat_messages(upload)}}).encode()
    client().datasets.create(name="d", type="batch-chat-v2-input", data=("d.jsonl", line))


async def async_chat(upload: Upload) -> None:
    async with cohere.AsyncClientV2(api_key="k") as ai:
        await ai.chat(model="m", messages=chat_messages(upload))


RUNS = {
    "v2 chat": chat,
    "v2 chat_stream": stream,
    "v2 async chat": async_chat,
    "v2 embed, images": embed,
    "v2 embed, text with images": embed_mixed,
    "v1 embed, images": embed_v1,
    "datasets.create": dataset,
}

OPERATIONS = tuple(Operation("cohere (Python)", name, HOST, REFUSED, run) for name, run in RUNS.items())
