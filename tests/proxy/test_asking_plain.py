"""What a client says over a connection that others can read, and what it is then told."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mitmproxy import http
from mitmproxy.test import tflow

from gateway.people import Reception
from gateway.people.edit import add_person, changing
from gateway.policy import load_rules
from gateway.policy.decide import stranger_action
from gateway.proxy.asking import Asking

HEADER = "Basic bWFyYTphIGxvbmcgcGFzc3dvcmQ="  # mara:a long password


def asking(folder: Path, *, plain: bool) -> Asking:
    with changing(folder / "people.yaml") as data:
        add_person(data, "mara", (), "a long password")
        data["plain"] = plain
    rules = load_rules()
    keeper: Any = SimpleNamespace(
        destination=rules.catalogue.destination,
        is_inspected=lambda host, port: rules.catalogue.lookup(host, port) is not None,
        stranger_action=lambda *given, **more: stranger_action(rules, *given, **more),
    )
    return Asking(keeper, Reception(folder / "people.yaml"))


def connect(*, address: str, tls: bool, header: str | None = HEADER) -> http.HTTPFlow:
    flow = tflow.tflow()
    flow.request = http.Request.make("CONNECT", "https://api.openai.com:443/")
    if header:
        flow.request.headers["proxy-authorization"] = header
    flow.client_conn.peername = (address, 4711)
    flow.client_conn.tls = tls
    flow.client_conn.sni = None
    flow.client_conn.certificate_list = []
    return flow


@pytest.mark.parametrize(
    ("plain", "address", "tls", "doubt"),
    [
        (False, "10.0.0.7", True, ""),
        (False, "10.0.0.7", False, "sign-in-plain"),
        (True, "10.0.0.7", False, ""),
        (False, "127.0.0.1", False, ""),
        (False, "::1", False, ""),
    ],
)
def test_passwords_are_taken_where_nobody_else_can_read_them(
    tmp_path: Path, plain: bool, address: str, tls: bool, doubt: str
) -> None:
    room = asking(tmp_path, plain=plain)
    assert asyncio.run(room.at_connect(connect(address=address, tls=tls))) == doubt


def test_who_would_send_it_in_the_open_is_not_asked_for_a_password(tmp_path: Path) -> None:
    room = asking(tmp_path, plain=False)
    for header in (HEADER, None):
        flow = connect(address="10.0.0.7", tls=False, header=header)
        answer = room.refusal(flow, asyncio.run(room.at_connect(flow)))
        assert answer.status_code == 403
        assert "proxy-authenticate" not in answer.headers
    secure = connect(address="10.0.0.7", tls=True, header=None)
    assert room.refusal(secure, asyncio.run(room.at_connect(secure))).headers["proxy-authenticate"]
    assert room.asked == 2


def test_a_request_that_nobody_looked_at_has_a_doubtful_sender(tmp_path: Path) -> None:
    sender = asking(tmp_path, plain=False).sender(connect(address="10.0.0.7", tls=True))
    assert (sender.user, sender.doubt) == ("", "not-identified")


def test_who_hammers_on_the_door_is_counted_and_not_written_down_each_time(tmp_path: Path) -> None:
    room = asking(tmp_path, plain=False)
    wrong = "Basic bWFyYTp3cm9uZw=="  # mara:wrong

    async def knock() -> list[tuple[str, bool]]:
        flows = [connect(address="10.0.0.7", tls=True, header=wrong) for _ in range(12)]
        doubts = [await room.at_connect(flow) for flow in flows]
        return [(doubt, room.is_worth_a_line(flow, doubt)) for flow, doubt in zip(flows, doubts, strict=True)]

    told = asyncio.run(knock())
    assert told == [("not-identified", True)] * 10 + [("sign-in-blocked", False)] * 2
    assert room.asked == 2
    answer = room.refusal(connect(address="10.0.0.7", tls=True, header=wrong), "sign-in-blocked")
    assert answer.status_code == 429
    assert "Wait a few minutes" in (answer.text or "")
