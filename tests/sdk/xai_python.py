"""The official xAI client: gRPC over HTTP/2."""

from functools import cache

import xai_sdk
from xai_sdk.chat import image, user

from tests.sdk.operation import Operation, Upload

HOST = "api.x.ai"
REFUSED = "grpc.RpcError"


@cache
def client() -> xai_sdk.Client:
    return xai_sdk.Client(api_key="k")


def chat(upload: Upload) -> None:
    asked = client().chat.create(model="m", messages=[user("What is this?", image(upload.uri))])
    assert asked.sample().content == "Hello."


def stream(upload: Upload) -> None:
    asked = client().chat.create(model="m", messages=[user("What is this?", image(upload.uri))])
    assert "".join(piece.content for _, piece in asked.stream()) == "Hello."


async def async_chat(upload: Upload) -> None:
    grok = xai_sdk.AsyncClient(api_key="k")
    await grok.chat.create(model="m", messages=[user("What is this?", image(upload.uri))]).sample()
    await grok.close()


def file(upload: Upload) -> None:
    client().files.upload(upload.data, filename=upload.name)


def picture(upload: Upload) -> None:
    client().image.sample("brighter", "grok-imagine-image", image_url=upload.uri)


def video(upload: Upload) -> None:
    client().video.start("pan", "grok-imagine-video", image_url=upload.uri)


RUNS = {
    "chat.sample": chat, "chat.stream": stream, "async chat.sample": async_chat, "files.upload": file,
    "image.sample": picture, "video.start": video,
}  # fmt: skip

OPERATIONS = tuple(Operation("xai-sdk (Python)", name, HOST, REFUSED, run) for name, run in RUNS.items())
