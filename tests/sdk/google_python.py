"""The official Google client: the Gemini API, and Vertex AI. Files of several pieces stand in tests/proxy/test_pieces.py."""

from functools import cache
from typing import Any

from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials

from tests.sdk.operation import Operation, Upload

HOST = "generativelanguage.googleapis.com"
VERTEX = "europe-west1-aiplatform.googleapis.com"
REFUSED = "google.genai.errors.ClientError"


@cache
def client() -> genai.Client:
    return genai.Client(api_key="k")


@cache
def vertex() -> genai.Client:
    return genai.Client(
        vertexai=True, project="ward", location="europe-west1", credentials=Credentials(token="t")
    )


def part(upload: Upload) -> types.Part:
    return types.Part.from_bytes(data=upload.data, mime_type=upload.media)


def contents(upload: Upload) -> Any:
    return ["What is this?", part(upload)]


def picture(upload: Upload) -> types.Image:
    return types.Image(image_bytes=upload.data, mime_type=upload.media)


def generate(upload: Upload, at: Any = client) -> None:
    assert at().models.generate_content(model="m", contents=contents(upload)).text == "Hello."


def stream(upload: Upload, at: Any = client) -> None:
    pieces = at().models.generate_content_stream(model="m", contents=contents(upload))
    assert "".join(piece.text for piece in pieces) == "Hello."


def function_response(upload: Upload) -> None:
    """A tool's answer with a picture in it."""
    blob = types.FunctionResponseBlob(mime_type=upload.media, data=upload.data)
    answer = types.FunctionResponse(
        name="look", response={"ok": True}, parts=[types.FunctionResponsePart(inline_data=blob)]
    )
    turn = types.Content(role="user", parts=[types.Part(function_response=answer)])
    client().models.generate_content(model="m", contents=turn)


def chat(upload: Upload) -> None:
    assert client().chats.create(model="m").send_message(contents(upload)).text == "Hello."


def count(upload: Upload) -> None:
    assert client().models.count_tokens(model="m", contents=contents(upload)).total_tokens == 7


def embed(upload: Upload) -> None:
    client().models.embed_content(model="m", contents=types.Content(parts=[part(upload)]))


def batch(upload: Upload) -> None:
    turn = types.Content(role="user", parts=[part(upload)])
    client().batches.create(model="m", src=[types.InlinedRequest(contents=[turn])])


def cache_create(upload: Upload) -> None:
    turn = types.Content(role="user", parts=[part(upload)])
    client().caches.create(model="m", config=types.CreateCachedContentConfig(contents=[turn]))


def video(upload: Upload) -> None:
    client().models.generate_videos(model="m", prompt="pan", image=picture(upload))


def interaction(upload: Upload) -> None:
    item: Any = {"type": "image", "data": upload.base64, "mime_type": upload.media}
    client().interactions.create(model="m", input=[item])


def file_upload(upload: Upload) -> None:
    made = client().files.upload(file=upload.path, config=types.UploadFileConfig(mime_type=upload.media))
    assert made.name == "files/1"


def edit(upload: Upload) -> None:
    reference = types.RawReferenceImage(reference_id=1, reference_image=picture(upload))
    vertex().models.edit_image(model="m", prompt="brighter", reference_images=[reference])


def upscale(upload: Upload) -> None:
    vertex().models.upscale_image(model="m", image=picture(upload), upscale_factor="x2")


async def async_generate(upload: Upload) -> None:
    async with genai.Client(api_key="k").aio as gemini:
        answer = await gemini.models.generate_content(model="m", contents=contents(upload))
        assert answer.text == "Hello."


async def async_stream(upload: Upload) -> None:
    async with genai.Client(api_key="k").aio as gemini:
        pieces = await gemini.models.generate_content_stream(model="m", contents=contents(upload))
        assert [piece.text async for piece in pieces] == ["Hello."]


async def async_file_upload(upload: Upload) -> None:
    async with genai.Client(api_key="k").aio as gemini:
        made = await gemini.files.upload(
            file=upload.path, config=types.UploadFileConfig(mime_type=upload.media)
        )
        assert made.name == "files/1"


async def live(upload: Upload) -> None:
    async with genai.Client(api_key="k").aio as gemini, gemini.live.connect(model="m") as session:
        await session.send_realtime_input(media=types.Blob(data=upload.data, mime_type=upload.media))
        assert [message.server_content.turn_complete async for message in session.receive()] == [True]


RUNS = {
    "aio.live.connect": live,
    "models.generate_content": generate,
    "models.generate_content_stream": stream,
    "models.generate_content, a tool's answer": function_response,
    "chats.send_message": chat,
    "models.count_tokens": count,
    "models.embed_content": embed,
    "models.generate_videos": video,
    "files.upload": file_upload,
    "aio.files.upload": async_file_upload,
    "batches.create": batch,
    "caches.create": cache_create,
    "aio.models.generate_content": async_generate,
    "aio.models.generate_content_stream": async_stream,
}
ON_VERTEX = {
    "Vertex models.generate_content": lambda upload: generate(upload, vertex),
    "Vertex models.generate_content_stream": lambda upload: stream(upload, vertex),
    "Vertex models.edit_image": edit,
    "Vertex models.upscale_image": upscale,
}

OPERATIONS = (
    Operation(
        "google-genai (Python)",
        "interactions.create",
        HOST,
        "google.genai._interactions.PermissionDeniedError",
        interaction,
    ),
    *(Operation("google-genai (Python)", name, HOST, REFUSED, run) for name, run in RUNS.items()),
    *(Operation("google-genai (Python)", name, VERTEX, REFUSED, run) for name, run in ON_VERTEX.items()),
)
