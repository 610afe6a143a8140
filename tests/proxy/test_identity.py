"""Hosts are compared as servers compare them."""

import pytest

from gateway.proxy.identity import normal_host, split_authority


@pytest.mark.parametrize(
    ("spelled", "compared"),
    [
        ("API.OpenAI.com", "api.openai.com"),
        ("api.openai.com.", "api.openai.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("[::1]", "::1"),
    ],
)
def test_spellings_of_one_host_are_one_host(spelled: str, compared: str) -> None:
    assert normal_host(spelled) == compared


def test_a_homograph_is_another_host() -> None:
    assert normal_host("аpi.openai.com") != "api.openai.com"  # noqa: RUF001 - the first letter is Cyrillic


def test_a_name_that_cannot_be_encoded_equals_no_other() -> None:
    assert normal_host("é" * 300).startswith("invalid:")


@pytest.mark.parametrize(
    ("authority", "expected"),
    [
        (b"api.openai.com", ("api.openai.com", None)),
        (b"Api.OpenAI.com:443", ("api.openai.com", 443)),
        (b"[::1]:8443", ("::1", 8443)),
        (b"[::1]", ("::1", None)),
        (b"api.openai.com:", ("api.openai.com:", None)),
    ],
)
def test_an_authority_is_a_host_and_perhaps_a_port(
    authority: bytes, expected: tuple[str, int | None]
) -> None:
    assert split_authority(authority) == expected
