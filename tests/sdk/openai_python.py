"""The official OpenAI client, also where it speaks to services that are called like OpenAI."""

import json
from functools import cache, partial
from pathlib import Path
from typing import Any

import openai

from tests.sdk.operation import Operation, Upload

HOST = "api.openai.com"
REFUSED = "openai.PermissionDeniedError"


@cache
def client(base_url: str | None = None) -> openai.OpenAI:
    return openai.OpenAI(api_key="k", base_url=base_url)


def chat_messages(upload: Upload) -> Any:
    content = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": upload.uri}},
    ]
    return [{"role": "user", "content": content}]


def _input(upload: Upload) -> Any:
    picture = {"type": "input_image", "image_url": upload.uri, "detail": "auto"}
    return [{"role": "user", "content": [{"type": "input_text", "text": "What is this?"}, picture]}]


def file_create(upload: Upload) -> object:
    return client().files.create(file=(upload.name, upload.data), purpose="user_data")


def file_create_vision(upload: Upload) -> object:
    with open(upload.path, "rb") as opened:  # noqa: PTH123 - as the client's documentation shows it
        return client().files.create(file=opened, purpose="vision")


def file_create_batch(upload: Upload) -> object:
    """The input of a batch: a line of JSON for each request."""
    line = {
        "custom_id": "1",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {"model": "m", "messages": chat_messages(upload)},
    }
    return client().files.create(file=("batch.jsonl", json.dumps(line).encode() + b"\n"), purpose="batch")


def upload_chunked(upload: Upload) -> object:
    """In as many parts as the client likes: here one; tests/proxy/test_pieces.py has many."""
    made = client().uploads.upload_file_chunked(
        file=Path(upload.path), mime_type=upload.media, purpose="vision"
    )
    assert made.status == "completed"
    return made


def image_edit(upload: Upload) -> object:
    return client().images.edit(
        image=(upload.name, upload.data, upload.media), prompt="brighter", model="gpt-image-1"
    )


def image_edit_many(upload: Upload) -> object:
    one = (upload.name, upload.data, upload.media)
    return client().images.edit(image=[one, one], mask=one, prompt="brighter", model="gpt-image-1")


def image_variation(upload: Upload) -> object:
    return client().images.create_variation(image=(upload.name, upload.data, upload.media))


def chat(upload: Upload, base_url: str | None = None) -> object:
    answer = client(base_url).chat.completions.create(model="m", messages=chat_messages(upload))
    assert answer.choices[0].message.content == "Hello."
    return answer


def chat_stream(upload: Upload) -> object:
    answer = "".join(
        piece.choices[0].delta.content or ""
        for piece in client().chat.completions.create(model="m", messages=chat_messages(upload), stream=True)
    )
    assert answer == "Hello."
    return answer


def chat_file(upload: Upload) -> object:
    file = {"type": "file", "file": {"filename": upload.name, "file_data": upload.uri}}
    return client().chat.completions.create(model="m", messages=[{"role": "user", "content": [file]}])  # type: ignore[list-item]


def response(upload: Upload) -> object:
    answer = client().responses.create(model="m", input=_input(upload))
    assert answer.output_text == "Hello."
    return answer


def response_stream(upload: Upload) -> object:
    kinds = [event.type for event in client().responses.create(model="m", input=_input(upload), stream=True)]
    assert kinds == ["response.completed"]
    return kinds


def response_file(upload: Upload) -> object:
    file: Any = {"type": "input_file", "filename": upload.name, "file_data": upload.uri}
    return client().responses.create(model="m", input=[{"role": "user", "content": [file]}])


def response_tool_output(upload: Upload) -> object:
    output: Any = [{"type": "input_image", "image_url": upload.uri}]
    return client().responses.create(
        model="m", input=[{"type": "function_call_output", "call_id": "c", "output": output}]
    )


def response_count(upload: Upload) -> object:
    return client().responses.input_tokens.count(model="m", input=_input(upload))


def moderation(upload: Upload) -> object:
    return client().moderations.create(
        model="omni-moderation-latest", input=[{"type": "image_url", "image_url": {"url": upload.uri}}]
    )


def video(upload: Upload) -> object:
    return client().videos.create(prompt="pan", input_reference=(upload.name, upload.data, upload.media))


def container_file(upload: Upload) -> object:
    return client().containers.files.create("cntr_1", file=(upload.name, upload.data))


def transcription(upload: Upload) -> object:
    return client().audio.transcriptions.create(model="whisper-1", file=("memo.wav", upload.data))


async def async_chat(upload: Upload) -> None:
    async with openai.AsyncOpenAI(api_key="k") as gpt:
        await gpt.chat.completions.create(model="m", messages=chat_messages(upload))


async def async_upload_chunked(upload: Upload) -> None:
    async with openai.AsyncOpenAI(api_key="k") as gpt:
        made = await gpt.uploads.upload_file_chunked(
            file=Path(upload.path), mime_type=upload.media, purpose="vision"
        )
        assert made.status == "completed"


async def async_file(upload: Upload) -> None:
    async with openai.AsyncOpenAI(api_key="k") as gpt:
        await gpt.files.create(file=(upload.name, upload.data), purpose="user_data")


async def async_response_stream(upload: Upload) -> None:
    async with openai.AsyncOpenAI(api_key="k") as gpt:
        stream = await gpt.responses.create(model="m", input=_input(upload), stream=True)
        assert [event.type async for event in stream] == ["response.completed"]


def azure_chat(upload: Upload) -> object:
    azure = openai.AzureOpenAI(
        api_key="k", api_version="2025-04-01", azure_endpoint="https://ward.openai.azure.com"
    )
    with azure:
        return azure.chat.completions.create(model="gpt", messages=chat_messages(upload))


COMPATIBLE = {
    "openrouter.ai": "https://openrouter.ai/api/v1",
    "api.x.ai": "https://api.x.ai/v1",
    "api.fireworks.ai": "https://api.fireworks.ai/inference/v1",
    "api.perplexity.ai": "https://api.perplexity.ai",
    "api.deepseek.com": "https://api.deepseek.com",
    "models.github.ai": "https://models.github.ai/inference",
    "generativelanguage.googleapis.com": "https://generativelanguage.googleapis.com/v1beta/openai",
}

OPERATIONS = (
    *(
        Operation("openai (Python)", name, HOST, REFUSED, run)
        for name, run in {
            "files.create": file_create,
            "files.create, an open file": file_create_vision,
            "files.create, input of a batch": file_create_batch,
            "uploads.upload_file_chunked": upload_chunked,
            "async uploads.upload_file_chunked": async_upload_chunked,
            "images.edit": image_edit,
            "images.edit, several with a mask": image_edit_many,
            "images.create_variation": image_variation,
            "chat.completions.create": chat,
            "chat.completions.create, streamed": chat_stream,
            "chat.completions.create, file_data": chat_file,
            "responses.create": response,
            "responses.create, streamed": response_stream,
            "responses.create, file_data": response_file,
            "responses.create, a tool's output": response_tool_output,
            "responses.input_tokens.count": response_count,
            "moderations.create": moderation,
            "videos.create": video,
            "containers.files.create": container_file,
            "async chat.completions.create": async_chat,
            "async files.create": async_file,
            "async responses.create, streamed": async_response_stream,
        }.items()
    ),
    Operation(
        "openai (Python)", "audio.transcriptions.create", HOST, REFUSED, transcription, carries="sound"
    ),
    Operation(
        "openai (Python)", "Azure chat.completions.create", "ward.openai.azure.com", REFUSED, azure_chat
    ),
    *(
        Operation(
            "openai (Python)",
            f"chat.completions.create at {host}",
            host,
            REFUSED,
            partial(chat, base_url=url),
        )
        for host, url in COMPATIBLE.items()
    ),
)
