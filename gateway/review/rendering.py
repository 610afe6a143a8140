"""How a page of the desk is made: its template, its language, and who looks at it."""

from functools import partial
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gateway.messages import Messages, language_of, messages
from gateway.review.visit import VISIT

TEMPLATES: Final = Path(__file__).parent / "templates"


class Rendering:
    """Makes pages; `language` is the one for browsers that ask for none that is known."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.templates = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True,
        )  # fmt: skip

    def say(self, request: Request) -> Messages:
        """What this browser reads."""
        return messages(language_of(request.headers.get("accept-language", "")) or self.language)

    def page(self, request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
        """A page of its own."""
        say = self.say(request)
        text = self.templates.get_template(template).render(
            say=say, base=request.scope.get("root_path", ""), here=request.url.path, word=partial(spelled, say),
            visit=request.scope.get(VISIT), **{"left": 0, **values},
        )  # fmt: skip
        return HTMLResponse(text, status_code=status, headers={"Content-Language": say.language})


def spelled(say: Messages, facet: str, word: str) -> str:
    """A word of the record as people say it; itself where it is a name."""
    known = {"action": "action", "seen": "desk.seen", "modality": "desk.modality"}.get(facet)
    if facet == "reason":
        return say("desk.reason_rule") if word in ("", "rule") else say.reason(word)
    key = f"{known}.{word or 'none'}".replace("not-looked", "not_looked")
    return say.texts.get(key) or word or say("desk.nothing")
