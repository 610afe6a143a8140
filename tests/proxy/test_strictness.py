"""Heads that two parsers could read differently are refused."""

import pytest

from gateway.model import Headers
from gateway.proxy.strictness import read_head

SOUND: Headers = ((b"Host", b"api.openai.com"), (b"Content-Type", b"application/json"), (b"X-Note", b"a\tb"))
LIMIT = 64 * 1024


def test_a_sound_head_has_no_fault_and_names_its_hosts() -> None:
    head = read_head(SOUND, LIMIT)
    assert head.fault == ""
    assert head.hosts == (b"api.openai.com",)
    assert not head.for_the_proxy


@pytest.mark.parametrize(
    ("extra", "fault"),
    [
        ((b"transfer-encoding", b"gzip, chunked"), "header-refused"),
        ((b"Transfer-Encoding", b"xchunked"), "header-refused"),
        ((b"Host", b"other.example"), "header-refused"),
        ((b"content-type", b"text/plain"), "header-refused"),
        ((b"X-Folded", b"a\r\n b"), "header-refused"),
        ((b"X-Nul", b"a\0b"), "header-refused"),
        ((b"X-Bell", b"a\x07b"), "header-refused"),
        ((b"X Space", b"a"), "header-refused"),
        ((b"X-Colon:", b"a"), "header-refused"),
        ((b"", b"a"), "header-refused"),
        ((b"X-\xe4", b"a"), "header-refused"),
        ((b"Upgrade", b"h2c"), "upgrade-refused"),
        ((b"Upgrade", b"foo"), "upgrade-refused"),
        ((b"X-Big", b"a" * LIMIT), "over-limit"),
    ],
)
def test_what_two_parsers_could_read_differently_is_a_fault(extra: tuple[bytes, bytes], fault: str) -> None:
    assert read_head((*SOUND, extra), LIMIT).fault == fault


@pytest.mark.parametrize(
    "extra",
    [(b"Transfer-Encoding", b" Chunked "), (b"upgrade", b"WebSocket"), (b"Cookie", b"a=b"), (b"X-E", b"")],
)
def test_the_benign_twins_are_sound(extra: tuple[bytes, bytes]) -> None:
    assert read_head((*SOUND, extra), LIMIT).fault == ""


def test_headers_for_the_proxy_alone_are_noticed() -> None:
    assert read_head((*SOUND, (b"Proxy-Authorization", b"Basic eA==")), LIMIT).for_the_proxy
