"""Whatever an organisation writes into its rules, an answer stays one well-formed answer."""

import json
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model import Action, Decision, Destination, Examination, Finding, Kind, Transfer
from gateway.refusal import SHAPES, not_examined, refusal

WILD = st.text(st.characters(codec=None), max_size=200) | st.sampled_from(
    ["\r\nX-Evil: 1", "</Message><x>", '"}', "\x00", "\ud800", "é" * 900]
)
HEADERS = st.lists(
    st.tuples(st.sampled_from([b"accept", b"origin", b"content-type", b"sec-fetch-mode", b"user-agent", b"connect-protocol-version"]),
              st.sampled_from([b"text/html", b"navigate", b"application/grpc", b"application/connect+proto", b"curl/8", b"https://a.example"]) | st.binary(max_size=40)),
    max_size=5,
).map(tuple)  # fmt: skip


@settings(max_examples=300)
@given(st.sampled_from(sorted(SHAPES)), WILD, WILD, WILD, WILD, WILD, HEADERS, st.sampled_from(Action))
def test_any_words_in_any_shape(
    shape: str,
    name: str,
    because: str,
    instead: str,
    audit_id: str,
    link: str,
    headers: tuple[tuple[bytes, bytes], ...],
    action: Action,
) -> None:
    transfer = Transfer(Destination("h", shape=shape), headers=headers)
    seen = Examination("", (), (Finding(Kind.MEDICAL_IMAGE, detail=name),))
    answer = refusal(transfer, Decision(action, (name,), because, instead=instead), seen, audit_id, link=link)
    assert answer.status in (200, 403)
    told = dict(answer.headers)
    assert len(told) == len(answer.headers)
    assert told[b"Content-Length"] == str(len(answer.body)).encode()
    for key, value in answer.headers:
        assert key.replace(b"-", b"").isalnum()
        assert len(value) <= 8192
        assert all(32 <= letter < 127 for letter in value)
    media = told[b"Content-Type"]
    if media == b"application/json":
        assert json.loads(answer.body)
    elif media == b"application/xml":
        assert ET.fromstring(answer.body).findtext("Message")  # noqa: S314 - our own document
    elif media.startswith(b"text/html"):
        assert answer.body.count(b"<main>") == answer.body.count(b"</main>") == 1
        assert b"<script" not in answer.body


@settings(max_examples=50)
@given(st.sampled_from(sorted(SHAPES)), WILD, WILD)
def test_any_reason_code(shape: str, code: str, audit_id: str) -> None:
    answer = not_examined(Transfer(Destination("h", shape=shape)), code, audit_id)
    assert answer.status == 403
    assert dict(answer.headers)[b"x-should-retry"] == b"false"
