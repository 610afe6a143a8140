"""The official Anthropic client."""

from functools import cache
from typing import Any

import anthropic

from tests.sdk.operation import Operation, Upload

HOST = "api.anthropic.com"
REFUSED = "anthropic.PermissionDeniedError"


@cache
def client() -> anthropic.Anthropic:
    return anthropic.Anthropic(api_key="k")


def image(upload: Upload) -> Any:
    return {"type": "image", "source": {"type": "base64", "media_type": upload.media, "data": upload.base64}}


def messages(upload: Upload) -> Any:
    return [{"role": "user", "content": [image(upload), {"type": "text", "text": "What is this?"}]}]


def create(upload: Upload) -> None:
    answer = client().messages.create(model="m", max_tokens=5, messages=messages(upload))
    assert answer.content[0].text == "Hello."  # type: ignore[union-attr]


def stream(upload: Upload) -> None:
    with client().messages.stream(model="m", max_tokens=5, messages=messages(upload)) as answer:
        assert "".join(answer.text_stream) == "Hello."


def create_streamed(upload: Upload) -> None:
    assert list(client().messages.create(model="m", max_tokens=5, messages=messages(upload), stream=True))


def tool_result(upload: Upload) -> None:
    result: Any = {"type": "tool_result", "tool_use_id": "t", "content": [image(upload)]}
    client().messages.create(model="m", max_tokens=5, messages=[{"role": "user", "content": [result]}])


def document(upload: Upload) -> None:
    """A document of several blocks, one of them a picture."""
    inside: Any = {"type": "document", "source": {"type": "content", "content": [image(upload)]}}
    client().messages.create(model="m", max_tokens=5, messages=[{"role": "user", "content": [inside]}])


def beta(upload: Upload) -> None:
    client().beta.messages.create(model="m", max_tokens=5, messages=messages(upload))


def count(upload: Upload) -> None:
    assert client().messages.count_tokens(model="m", messages=messages(upload)).input_tokens == 7


def batch(upload: Upload) -> None:
    one: Any = {"custom_id": "1", "params": {"model": "m", "max_tokens": 5, "messages": messages(upload)}}
    client().messages.batches.create(requests=[one])


def file_upload(upload: Upload) -> None:
    client().beta.files.upload(file=(upload.name, upload.data, upload.media))


async def async_create(upload: Upload) -> None:
    async with anthropic.AsyncAnthropic(api_key="k") as claude:
        await claude.messages.create(model="m", max_tokens=5, messages=messages(upload))


async def async_stream(upload: Upload) -> None:
    async with (
        anthropic.AsyncAnthropic(api_key="k") as claude,
        claude.messages.stream(model="m", max_tokens=5, messages=messages(upload)) as answer,
    ):
        assert await answer.get_final_text() == "Hello."


async def async_file(upload: Upload) -> None:
    async with anthropic.AsyncAnthropic(api_key="k") as claude:
        await claude.beta.files.upload(file=(upload.name, upload.data, upload.media))


def vertex(upload: Upload) -> None:
    with anthropic.AnthropicVertex(region="europe-west1", project_id="ward", access_token="t") as claude:
        claude.messages.create(model="m", max_tokens=5, messages=messages(upload))


def bedrock(upload: Upload) -> None:
    with anthropic.AnthropicBedrock(
        aws_access_key="AKIAEXAMPLE", aws_secret_key="s", aws_region="eu-central-1"
    ) as claude:
        claude.messages.create(model="anthropic.m-v1:0", max_tokens=5, messages=messages(upload))


OPERATIONS = (
    *(
        Operation("anthropic (Python)", name, HOST, REFUSED, run)
        for name, run in {
            "messages.create": create,
            "messages.create, streamed": create_streamed,
            "messages.stream": stream,
            "messages.create, a tool's result": tool_result,
            "messages.create, a document of blocks": document,
            "beta.messages.create": beta,
            "messages.count_tokens": count,
            "messages.batches.create": batch,
            "beta.files.upload": file_upload,
            "async messages.create": async_create,
            "async messages.stream": async_stream,
            "async beta.files.upload": async_file,
        }.items()
    ),
    Operation(
        "anthropic (Python)",
        "Vertex messages.create",
        "europe-west1-aiplatform.googleapis.com",
        REFUSED,
        vertex,
    ),
    Operation(
        "anthropic (Python)",
        "Bedrock messages.create",
        "bedrock-runtime.eu-central-1.amazonaws.com",
        REFUSED,
        bedrock,
    ),
)
