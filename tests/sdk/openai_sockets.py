"""The official OpenAI client on open sockets: Responses and Realtime.

Its asynchronous form: the other reads and writes in two threads, which Python's TLS before 3.13.1 does not survive.
"""

from typing import Any

import openai

from tests.sdk.operation import ErrorEventError, Operation, Upload

HOST = "api.openai.com"
REFUSED = "tests.sdk.operation.ErrorEventError"


def picture(upload: Upload) -> Any:
    return {"type": "message", "role": "user", "content": [{"type": "input_image", "image_url": upload.uri}]}


def heard(event: Any) -> None:
    """The event that came back; ErrorEventError with its text where it is an error."""
    if event.type == "error":
        raise ErrorEventError(event.error.message)


async def responses(upload: Upload) -> None:
    async with openai.AsyncOpenAI(api_key="k") as gpt, gpt.responses.connect() as socket:
        await socket.response.create(model="m", input=[picture(upload)])
        heard(await socket.recv())


async def realtime(upload: Upload) -> None:
    async with openai.AsyncOpenAI(api_key="k") as gpt, gpt.realtime.connect(model="m") as socket:
        await socket.conversation.item.create(item=picture(upload))
        heard(await socket.recv())


OPERATIONS = (
    Operation("openai (Python)", "responses.connect", HOST, REFUSED, responses),
    Operation("openai (Python)", "realtime.connect", HOST, REFUSED, realtime),
)
