"""What the gateway would do with a file: examined like an upload, sent nowhere, kept nowhere, not recorded."""

from dataclasses import dataclass
from typing import Final

from gateway.audit.seen import found_places
from gateway.errors import GatewayError
from gateway.messages import Messages
from gateway.model import Action, Sender, Transfer
from gateway.pages.sketch import Sketch, sketches
from gateway.pages.surroundings import Surroundings
from gateway.policy import decide, decide_failure, look_needed
from gateway.refusal.words import notice_of, seen_in

FAMILIAR: Final = (
    "chatgpt.com", "claude.ai", "gemini.google.com", "copilot.microsoft.com", "grok.com", "www.perplexity.ai",
)  # fmt: skip
"""The services that most people use, in the order in which a page shows them; they are shown only where they are listed."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What would happen."""

    action: str
    would: str
    seen: str
    because: str
    instead: str
    terms: str
    rules: tuple[str, ...]
    service: str
    sketches: tuple[Sketch, ...]
    """Blank outlines with boxes where something was found."""


def services(around: Surroundings) -> tuple[tuple[str, str], ...]:
    """A host of each service that a file can be tried for, with the service's name; the most familiar first."""
    catalogue = around.rules().catalogue
    whole = (one.hosts for one in catalogue.providers.values())
    hosts = [next((host for host in some if not set(host) & set("*{")), "") for some in whole]
    titled = [
        (host, catalogue.destination(host, 443, "POST", "/", ()).title or host) for host in hosts if host
    ]
    return tuple(sorted(titled, key=_familiar))


def _familiar(service: tuple[str, str]) -> tuple[int, str]:
    host, title = service
    return (FAMILIAR.index(host) if host in FAMILIAR else len(FAMILIAR), title.casefold())


async def try_form(
    body: bytes, content_type: bytes, host: str, sender: Sender, around: Surroundings, say: Messages
) -> Verdict:
    """A form with a file in it, judged as if it were sent to a host."""
    rules = around.rules()
    to = rules.catalogue.destination(host, 443, "POST", "/", ())
    transfer = Transfer(to, sender, method="POST", headers=((b"content-type", content_type),), body=body)
    examination = None
    try:
        examination = await around.examiner.examine(transfer, look_needed(rules, to))
        decision = decide(rules, transfer, examination)
    except GatewayError as error:
        decision = decide_failure(rules, transfer, error.reason)
    told = notice_of(decision, examination, "", "", say=say, to=to)
    stopped = decision.action in (Action.BLOCK, Action.COACH)
    return Verdict(
        action=decision.action.word,
        would=say(f"trial.{decision.action.word}"),
        seen=told.seen or seen_in(examination, say) or say("trial.nothing"),
        because=told.because if stopped or decision.action is Action.REDACT else "",
        instead=told.instead if stopped else "",
        terms=told.terms,
        rules=decision.rules,
        service=to.title or host,
        sketches=sketches(found_places(examination)) if examination else (),
    )
