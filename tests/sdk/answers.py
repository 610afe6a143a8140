"""What each service says when an upload succeeds: as little as its client needs."""

import json
import re
from collections.abc import Iterator

from tests.sdk import answers_anthropic, answers_binary, answers_openai, answers_others
from tests.sdk.speech import Answer, Request, Row

ROWS: tuple[Row, ...] = (
    *answers_binary.ROWS,
    *answers_others.ROWS,
    *answers_anthropic.ROWS,
    *answers_openai.ROWS,
)


def answer_to(request: Request) -> Answer:
    """The first row that fits; `{"id": ...}` where none does, which clients that do not look are content with."""
    for host, target, answer in ROWS:
        if re.search(host, request.host) and re.match(target, f"{request.method} {request.target}"):
            return answer(request)
    return Answer(b'{"id": "1"}')


def message_to(message: Request) -> Iterator[str]:
    """What is said on a WebSocket to a message."""
    asked = json.loads(message.body)
    if message.target.startswith("/v1/responses"):
        yield json.dumps(answers_openai.COMPLETED)
    elif message.target.startswith("/v1/realtime"):
        yield json.dumps({"type": "conversation.item.added", "event_id": "e", "item": {"type": "message"}})
    elif "setup" in asked:
        yield json.dumps({"setupComplete": {}})
    else:
        yield json.dumps({"serverContent": {"turnComplete": True}})
