"""Every shape that a client can read, as bytes; see test_clients.py for the clients themselves."""

import json
import struct
from dataclasses import replace
from datetime import date
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest

from gateway import reasons
from gateway.model import (
    Action,
    Decision,
    Destination,
    Examination,
    Exposure,
    Finding,
    Format,
    Headers,
    Kind,
    PartReport,
    Refuse,
    Transfer,
)
from gateway.policy.build_catalogue import SHAPES as NAMED
from gateway.refusal import REASONS, SHAPES, not_examined, refusal, socket_error
from gateway.terms import NO_TERMS, Known, Terms

DECISION = Decision(
    Action.BLOCK, ("no-scans",), "No scans leave the hospital", instead="Ask the imaging department"
)
SCAN = Examination(
    "",
    (PartReport((), Format.PNG, 9, 0.981, "xray"),),
    (Finding(Kind.MEDICAL_IMAGE, detail="xray", confidence=0.981),),
)
LINK = "https://leadglass.hospital.example/decisions/"
SENTENCE = (
    "Stopped by Leadglass. This looks like an X-ray (98% sure). No scans leave the hospital. Instead: Ask the imaging department. "
    "Rule: no-scans. Reference: g1-17. More: https://leadglass.hospital.example/decisions/g1-17"
)


def answer(shape: str, *headers: tuple[bytes, bytes], decision: Decision = DECISION) -> Refuse:
    transfer = Transfer(Destination("host.example", shape=shape), headers=headers)
    return refusal(transfer, decision, SCAN, "g1-17", link=LINK)


def header(given: Headers | Refuse, name: str) -> str | None:
    headers = given.headers if isinstance(given, Refuse) else given
    found = [value.decode("ascii") for key, value in headers if key.lower() == name.lower().encode()]
    assert len(found) < 2
    return found[0] if found else None


def test_the_catalogue_and_the_refusals_know_the_same_shapes() -> None:
    assert set(NAMED) == set(SHAPES)


@pytest.mark.parametrize("shape", [*SHAPES, "unheard-of"])
def test_every_answer_is_complete(shape: str) -> None:
    given = answer(shape)
    assert given.status == 403
    assert header(given, "content-length") == str(len(given.body))
    assert header(given, "x-should-retry") == "false"
    assert header(given, "cache-control") == "no-store"
    assert header(given, "leadglass-action") == "block"
    assert header(given, "leadglass-id") == "g1-17"
    assert header(given, "access-control-allow-origin") is None
    for key, value in given.headers:
        assert key.isascii()
        assert all(32 <= letter < 127 for letter in value)


@pytest.mark.parametrize(
    ("shape", "path", "more"),
    [
        (
            "openai",
            ("error", "message"),
            {"type": "invalid_request_error", "code": "leadglass_blocked", "param": None},
        ),
        ("anthropic", ("error", "message"), {"type": "permission_error"}),
        ("google", ("error", "message"), {"status": "PERMISSION_DENIED", "code": 403}),
        ("graph", ("error", "message"), {"code": "accessDenied"}),
        ("generic", ("error", "message"), {"code": "rule"}),
        ("bedrock", ("message",), {"__type": "AccessDeniedException"}),
        ("mistral", ("message",), {"object": "error", "type": "permission_denied"}),
        ("cohere", ("message",), {}),
        ("ollama", ("error",), {}),
        ("replicate", ("detail",), {"title": "Stopped", "status": 403}),
        ("huggingface", ("error",), {}),
        ("detail", ("detail",), {}),
    ],
)
def test_the_message_stands_where_the_client_looks(
    shape: str, path: tuple[str, ...], more: dict[str, object]
) -> None:
    body = json.loads(answer(shape).body)
    holder = body
    for step in path[:-1]:
        holder = holder[step]
    assert holder[path[-1]] == SENTENCE
    assert more.items() <= holder.items()
    assert header(answer(shape), "content-type") == "application/json"


def test_headers_that_single_services_need() -> None:
    assert header(answer("google"), "x-goog-upload-status") == "final"
    assert header(answer("bedrock"), "x-amzn-errortype") == "AccessDeniedException"
    assert header(answer("huggingface"), "x-error-message") == SENTENCE
    assert header(answer("anthropic"), "request-id") == "g1-17"
    assert json.loads(answer("anthropic").body)["type"] == "error"
    assert header(answer("azure-blob"), "x-ms-error-code") == "AuthorizationFailure"


@pytest.mark.parametrize(("shape", "code"), [("s3", "AccessDenied"), ("azure-blob", "AuthorizationFailure")])
def test_object_stores_are_told_in_xml(shape: str, code: str) -> None:
    root = ET.fromstring(answer(shape).body)  # noqa: S314 - our own document
    assert root.tag == "Error"
    assert root.findtext("Code") == code
    assert root.findtext("Message") == SENTENCE


@pytest.mark.parametrize(
    "media", [b"application/grpc", b"application/grpc+proto", b"application/grpc-web+proto"]
)
def test_grpc_is_told_in_trailers_only(media: bytes) -> None:
    given = answer("openai", (b"content-type", media))
    assert given.status == 200
    assert given.body == b""
    assert header(given, "grpc-status") == "7"
    assert unquote(header(given, "grpc-message") or "") == SENTENCE
    assert header(given, "content-type") == media.decode()


def test_connect_streams_end_with_an_error() -> None:
    given = answer("connect", (b"content-type", b"application/connect+proto"))
    assert given.status == 200
    flag, size = struct.unpack(">BI", given.body[:5])
    assert (flag, size) == (2, len(given.body) - 5)
    assert json.loads(given.body[5:])["error"] == {"code": "permission_denied", "message": SENTENCE}
    single = answer("connect", (b"content-type", b"application/proto"), (b"connect-protocol-version", b"1"))
    assert single.status == 403
    assert json.loads(single.body)["code"] == "permission_denied"


def test_a_person_in_a_browser_sees_a_page() -> None:
    browser = ((b"Accept", b"text/html,application/xhtml+xml"), (b"Sec-Fetch-Mode", b"navigate"))
    given = answer("detail", *browser)
    assert header(given, "content-type") == "text/html; charset=utf-8"
    assert "default-src 'none'" in (header(given, "content-security-policy") or "")
    text = given.body.decode("ascii")
    assert "This looks like an X-ray (98% sure)." in text
    assert 'href="https://leadglass.hospital.example/decisions/g1-17"' in text
    fetched = answer("detail", (b"Accept", b"text/html"), (b"Sec-Fetch-Mode", b"cors"))
    assert header(fetched, "content-type") == "application/json"


def test_a_person_at_a_terminal_reads_a_sentence() -> None:
    given = answer("generic", (b"User-Agent", b"curl/8.5"), (b"Accept", b"*/*"))
    assert given.body.decode() == SENTENCE + "\n"
    assert header(answer("openai", (b"User-Agent", b"curl/8.5")), "content-type") == "application/json"


@pytest.mark.parametrize(
    "origin", [b"https://chatgpt.com", b"null", b"https://host.example:8443", b"chrome-extension://abcdef"]
)
def test_a_page_is_allowed_to_read_the_answer(origin: bytes) -> None:
    given = answer("detail", (b"Origin", origin))
    assert header(given, "access-control-allow-origin") == origin.decode()
    assert header(given, "access-control-allow-credentials") == "true"
    assert header(given, "vary") == "Origin"
    assert "Leadglass-Id" in (header(given, "access-control-expose-headers") or "")


@pytest.mark.parametrize(
    "origin", [b"https://a.example\r\nX: y", b"https://a.example, https://b.example", b"*", b"", b"\xff"]
)
def test_a_strange_origin_is_not_echoed(origin: bytes) -> None:
    assert header(answer("detail", (b"Origin", origin)), "access-control-allow-origin") is None


@pytest.mark.parametrize("code", sorted(reasons.REASONS))
def test_every_reason_is_told_in_plain_words(code: str) -> None:
    given = not_examined(Transfer(Destination("host.example", shape="ollama")), code, "g1-18")
    text = json.loads(given.body)["error"]
    assert given.status == 403
    assert "Reference: g1-18." in text
    if code != "rule":
        assert f"Nothing was sent, because {REASONS[code]}." in text


def test_an_unknown_reason_is_not_examined() -> None:
    given = not_examined(Transfer(Destination("host.example", shape="ollama")), "never-heard", "g1-18")
    assert f"because {REASONS['not-examined']}." in json.loads(given.body)["error"]
    assert "never-heard" not in given.body.decode()


def test_a_reason_is_asked_for() -> None:
    asked = Decision(Action.COACH, ("ask",), "Might be medical.")
    given = answer("openai", decision=asked)
    assert header(given, "leadglass-action") == "coach"
    assert json.loads(given.body)["error"]["message"].startswith("Held by Leadglass until you give a reason.")
    page = answer("detail", (b"Accept", b"text/html"), (b"Sec-Fetch-Mode", b"navigate"), decision=asked).body
    assert b"Please give a reason first" in page


@pytest.mark.parametrize("shape", ["openai", "google"])
def test_the_other_end_of_a_socket_is_told(shape: str) -> None:
    frame = json.loads(
        socket_error(Transfer(Destination("host.example", shape=shape)), DECISION, "g1-19", link=LINK)
    )
    assert "No scans leave the hospital." in frame["error"]["message"]
    assert "g1-19" in frame["error"]["message"]
    assert shape != "google" or frame["code"] == 403  # without it the Python client ends in a TypeError
    assert shape == "google" or (frame["type"], frame["event_id"]) == ("error", "leadglass_g1-19")


TRAINING = Terms(Known.YES, source="Privacy policy", as_of=date(2026, 2, 3))
CHATBOT = Destination("chat.example", title="Chatbot", terms=TRAINING)
BROWSER = ((b"Accept", b"text/html"), (b"Sec-Fetch-Mode", b"navigate"))


def told(
    *headers: tuple[bytes, bytes],
    to: Destination = CHATBOT,
    decision: Decision = DECISION,
    language: str = "en",
) -> Refuse:
    return refusal(Transfer(to, headers=headers), decision, SCAN, "g1-17", link=LINK, language=language)


def test_a_refusal_says_what_is_known_of_the_service_and_what_to_use_instead() -> None:
    text = json.loads(told().body)["message"]
    assert (
        "This service may train on what you upload; your organisation has no agreement with it. Instead: Ask"
        in text
    )
    agreed = json.loads(told(to=replace(CHATBOT, exposure=Exposure.BAA)).body)["message"]
    assert "your organisation has an agreement with it" in agreed
    unknown = json.loads(told(to=replace(CHATBOT, terms=NO_TERMS)).body)["message"]
    assert "Whether this service trains on what you upload is unknown" in unknown
    page = told(*BROWSER).body
    assert b"This service may train" in page
    assert b"As known on 2026-02-03: Privacy policy" in page


def test_what_could_not_be_examined_says_nothing_about_the_service() -> None:
    failed = replace(DECISION, reason_code="timeout")
    assert b"train" not in told(decision=failed).body


@pytest.mark.parametrize(
    ("headers", "setting", "language"),
    [
        ((), "de", "en"),  # a program that does not ask
        (((b"Accept-Language", b"*"),), "de", "en"),
        (((b"Accept-Language", b"es-MX,es;q=0.9"),), "de", "es"),
        (BROWSER, "de", "de"),
        ((*BROWSER, (b"Accept-Language", b"fr-FR")), "de", "de"),
        ((*BROWSER, (b"Accept-Language", b"en-GB,de;q=0.5")), "de", "en"),
        (((b"Sec-Fetch-Mode", b"cors"), (b"Accept", b"*/*")), "es", "es"),
    ],
)
def test_the_language_of_a_refusal(headers: Headers, setting: str, language: str) -> None:
    given = told(*headers, language=setting)
    assert header(given, "content-language") == language
    first = {"en": "This looks like an X-ray", "de": "Das sieht aus wie ein R", "es": "Parece una radiograf"}[
        language
    ]
    assert first.encode() in given.body
    assert DECISION.because.encode() in given.body  # the organisation's own words stay
    if b"<html" in given.body:
        assert f'<html lang="{language}">'.encode() in given.body


def test_a_header_in_another_language_is_readable_ascii() -> None:
    given = told((b"Accept-Language", b"de"), to=replace(CHATBOT, shape="huggingface"))
    assert "Rontgenbild" in str(header(given, "x-error-message"))
    assert "?" not in str(header(given, "x-error-message"))
