"""What became of one upload, for the person who sent it; and what they can say about it."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.audit import Entry, EntryType
from gateway.audit.query import OPEN, Record, find
from gateway.audit.seen import seen_again
from gateway.errors import AuditError, ExemptionError
from gateway.exemptions import Exemption
from gateway.messages import Messages
from gateway.messages.about import about_service, source_of
from gateway.model import Exposure, Said
from gateway.pages.forms import fields_of, is_ours, token_of
from gateway.pages.front import Front, Visitor, visitor_of
from gateway.pages.sketch import Sketch, drawn
from gateway.reasons import REASONS, RULE
from gateway.refusal.words import one_line, seen_in

if TYPE_CHECKING:
    from gateway.pages.app import Pages

NOT_MEDICAL: Final = "not-medical"
HELD: Final = ("coach", "block")
"""What was held back has not reached the service, whether its end has been written down yet or not."""


@dataclass(frozen=True, slots=True)
class Told:
    """A decision in words; what is not known is empty."""

    heading: str
    seen: str
    why: str
    instead: str
    service: str
    terms: str
    source: str
    sketches: tuple[Sketch, ...]


def page(pages: "Pages", request: Request, status: int = 200, trouble: str = "") -> Response:
    """The page of one upload; 404 for anybody but its sender, as if there were none."""
    front, visitor, say = pages.front, visitor_of(request), pages.say(request)
    record = _own(front, visitor, request.path_params["audit_id"])
    if record is None:
        return pages(request, "lost.html", 404)
    entry = record.entry
    known = {one.id: one for one in front.office.all()}.get(entry.id)
    choices = front.office.choices(entry.rules or (entry.rule,)) if _can_ask(entry, known) else ()
    return pages(
        request,
        "upload.html",
        status,
        entry=entry,
        end="refused" if record.end == OPEN and entry.action in HELD else record.end,
        told=told_of(front, entry, say),
        known=known,
        choices=[(one, say.texts.get(f"choice.{one}", one)) for one in choices if one != NOT_MEDICAL],
        not_medical=NOT_MEDICAL in choices,
        token=token_of(front, visitor, entry.id),
        trouble=trouble,
    )


def give(pages: "Pages", request: Request, body: bytes) -> Response:
    """A reason, or the word that it is not medical: written down before the page says so."""
    front, visitor, say = pages.front, visitor_of(request), pages.say(request)
    record = _own(front, visitor, request.path_params["audit_id"])
    if record is None:
        return pages(request, "lost.html", 404)
    fields, decision_id = fields_of(body), record.entry.id
    if not is_ours(front, visitor, decision_id, request, fields.get("token", "")):
        return page(pages, request, HTTPStatus.FORBIDDEN, say("upload.not_ours"))
    try:
        front.office.give_reason(
            decision_id, fields.get("reason", ""), text=fields.get("text", ""), by=visitor.user
        )
    except ExemptionError:
        return page(pages, request, HTTPStatus.CONFLICT, say("upload.not_taken"))
    except AuditError:
        return page(pages, request, HTTPStatus.SERVICE_UNAVAILABLE, say("upload.not_written"))
    return RedirectResponse(request.url.path, HTTPStatus.SEE_OTHER)


def _own(front: Front, visitor: Visitor, audit_id: str) -> Record | None:
    """The decision, where it is the visitor's own: the person's where the gateway asks, else their machine's."""
    with front.open_reader() as reader:
        record = find((reader,), audit_id)
    if record is None or record.entry.type is not EntryType.DECISION:
        return None
    entry = record.entry
    if visitor.user:
        mine = entry.user == front.office.written(visitor.user)
    else:
        mine = not front.asks and not entry.user and bool(entry.client) and entry.client == visitor.client
    return record if mine else None


def _can_ask(entry: Entry, known: Exemption | None) -> bool:
    """Whether the office would listen; what it says in the end counts."""
    return entry.action in HELD and bool(entry.subject) and known is None


def told_of(front: Front, entry: Entry, say: Messages) -> Told:
    """The words for a decision of the record, by the rules of today."""
    rules = front.rules()
    names = entry.rules or (entry.rule,)
    spoke = next((rule for name in names if (rule := rules.rule(name))), None)
    said = Said(say.language)
    because = instead = ""
    if spoke:
        said = next((one for one in spoke.translations if one.language == say.language), said)
        because, instead = spoke.because, spoke.instead
    code = entry.reason_code if entry.reason_code in REASONS else "not-examined"
    stopped = entry.action in HELD
    seen = seen_again(entry.seen)
    to = rules.catalogue.destination(entry.host, entry.port or 443, entry.method or "POST", "/")
    why = one_line(said.because or because)
    if stopped and code != RULE:
        why = say("refusal.because", reason=say.reason(code))
    return Told(
        heading=say(f"upload.heading_{entry.action}"),
        seen=seen_in(seen, say) if seen else "",
        why=why,
        instead=one_line(said.instead or instead or (say.advice(code) if stopped else "")),
        service=to.title or entry.host,
        terms=about_service(say, to.terms, agreed=entry.exposure == Exposure.BAA) if to.title else "",
        source=source_of(say, to.terms),
        sketches=tuple(drawn(boxes) for boxes in front.places(entry.id)),
    )
