"""The official OpenAI client on open sockets: Responses and Realtime."""

from typing import Any

from tests.sdk.openai_python import client
from tests.sdk.operation import ErrorEventError, Operation, Upload

HOST = "api.openai.com"
REFUSED = "tests.sdk.operation.ErrorEventError"


def picture(upload: Upload) -> Any:
    return {"type": "message", "role": "user", "content": [{"type": "input_image", "image_url": upload.uri}]}


def heard(event: Any) -> None:
    """The event that came back; ErrorEventError with its text where it is an error."""
    if event.type == "error":
        raise ErrorEventError(event.error.message)


def responses(upload: Upload) -> None:
    with client().responses.connect() as socket:
        socket.response.create(model="m", input=[picture(upload)])
        heard(socket.recv())


def realtime(upload: Upload) -> None:
    with client().realtime.connect(model="m") as socket:
        socket.conversation.item.create(item=picture(upload))
        heard(socket.recv())


OPERATIONS = (
    Operation("openai (Python)", "responses.connect", HOST, REFUSED, responses),
    Operation("openai (Python)", "realtime.connect", HOST, REFUSED, realtime),
)
