"""The PAC file, evaluated by a real PAC engine."""

import pytest
from pypac.parser import PACFile

from gateway.enrol import pac_file

PAC = pac_file(["api.openai.com", "chatgpt.com", "*.oaiusercontent.com"], "gateway.hospital.example:8080")


@pytest.mark.parametrize(
    "host",
    [
        "api.openai.com",
        "API.OpenAI.com",
        "api.openai.com.",
        "chatgpt.com",
        "files.oaiusercontent.com",
        "a.b.oaiusercontent.com",
    ],
)
def test_inspected_destinations_go_to_the_gateway_and_nowhere_else(host: str) -> None:
    assert PACFile(PAC).find_proxy_for_url(f"https://{host}/", host) == "PROXY gateway.hospital.example:8080"


@pytest.mark.parametrize(
    "host",
    [
        "example.org",
        "openai.com",
        "evilchatgpt.com",
        "oaiusercontent.com",
        "chatgpt.com.evil.example",
        "constructor",
        "127.0.0.1",
        "",
    ],
)
def test_everything_else_goes_directly(host: str) -> None:
    assert PACFile(PAC).find_proxy_for_url(f"https://{host}/", host) == "DIRECT"


def test_a_proxy_port_with_tls_is_named_so() -> None:
    assert '"HTTPS gateway:8443"' in pac_file(["x.example"], "gateway:8443", tls=True)
