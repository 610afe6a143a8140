"""The first page and its files, through the real proxy, over TLS, and at the proxy's own address."""

import json
import plistlib
import ssl

import httpx
import pytest
from pypac.parser import PACFile

from gateway.messages import LANGUAGES, messages
from tests.support.gateways import GatewayThread
from tests.support.upstream import RecordingUpstream

HOME = "http://leadglass.internal/"


def test_the_page_is_answered_inside_and_nothing_goes_upstream(
    gateway: GatewayThread, upstream: RecordingUpstream
) -> None:
    upstream.clear()
    with gateway.client() as client:
        answer = client.get(HOME)
    assert answer.status_code == 200
    assert "Leadglass keeps patients&#39; images" in answer.text
    assert f"http://{gateway.proxy}/proxy.pac" in answer.text
    assert upstream.received == b""
    assert gateway.gateway.addon.tunnels == 0


def test_it_is_reached_over_tls_with_the_gateways_own_certificate(gateway: GatewayThread) -> None:
    with gateway.client() as client:
        answer = client.get("https://leadglass.internal/trusted.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert ".if-trusted" in answer.text


def test_the_check_needs_the_certificate_and_says_so(gateway: GatewayThread) -> None:
    with gateway.client() as client:
        through = client.get(HOME).text
    assert '<link rel="stylesheet" href="https://leadglass.internal/trusted.css">' in through
    assert "unless-trusted" in through
    direct = httpx.get(f"http://{gateway.proxy}/").text
    assert "Not measured." in direct
    assert "trusted.css" not in direct


def test_a_browser_without_a_proxy_finds_the_proxy_file_at_the_proxys_own_address(
    gateway: GatewayThread,
) -> None:
    answer = httpx.get(f"http://{gateway.proxy}/proxy.pac")
    assert answer.headers["content-type"].startswith("application/x-ns-proxy-autoconfig")
    pac = PACFile(answer.text)
    for host in ("chatgpt.com", "leadglass.internal"):
        assert pac.find_proxy_for_url(f"https://{host}/", host) == f"PROXY {gateway.proxy}"
    assert pac.find_proxy_for_url("https://example.org/", "example.org") == "DIRECT"


@pytest.mark.parametrize("host", ["attacker.example", "attacker.example:80", "localhost"])
def test_another_name_for_the_same_address_is_not_the_gateway(gateway: GatewayThread, host: str) -> None:
    answer = httpx.get(f"http://{gateway.proxy}/proxy.pac", headers={"Host": host})
    assert answer.status_code >= 400
    assert "FindProxyForURL" not in answer.text


def test_two_names_are_refused(gateway: GatewayThread) -> None:
    with gateway.client() as client:
        answer = client.get(HOME, headers={"Host": "chatgpt.com"})
    assert answer.status_code == 403
    assert answer.headers["leadglass-action"] == "block"


def test_the_certificate_comes_in_both_encodings_and_in_the_profile(gateway: GatewayThread) -> None:
    pem = (gateway.settings.state / "ca.pem").read_text()
    der = ssl.PEM_cert_to_DER_cert(pem)
    with gateway.client() as client:
        assert client.get(HOME + "leadglass-ca.pem").text == pem
        assert client.get(HOME + "leadglass-ca.crt").content == der
        profile = plistlib.loads(client.get(HOME + "leadglass.mobileconfig").content)
    kinds = {payload["PayloadType"]: payload for payload in profile["PayloadContent"]}
    assert kinds["com.apple.security.root"]["PayloadContent"] == der
    assert kinds["com.apple.proxy.http.global"]["ProxyPACURL"] == f"http://{gateway.proxy}/proxy.pac"


def test_policies_name_the_proxy_file_and_close_the_ways_around(gateway: GatewayThread) -> None:
    with gateway.client() as client:
        chrome = json.loads(client.get(HOME + "chrome-policies.json").text)
        firefox = json.loads(client.get(HOME + "firefox-policies.json").text)["policies"]
        registry = client.get(HOME + "leadglass.reg").text
    url = f"http://{gateway.proxy}/proxy.pac"
    assert chrome["ProxySettings"]["ProxyPacUrl"] == firefox["Proxy"]["AutoConfigURL"] == url
    assert chrome["QuicAllowed"] is False
    assert f'"AutoConfigURL"="{url}"' in registry


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_language_is_the_browsers(gateway: GatewayThread, language: str) -> None:
    with gateway.client() as client:
        answer = client.get(HOME, headers={"Accept-Language": f"{language}-XX,fr;q=0.5"})
    assert answer.headers["content-language"] == language
    assert f'<html lang="{language}">' in answer.text
    assert messages(language)("setup.title") in answer.text


@pytest.mark.parametrize("path", ["", "style.css", "proxy.pac", "nowhere", "leadglass-ca.crt"])
def test_every_answer_is_hardened_and_has_no_script(gateway: GatewayThread, path: str) -> None:
    with gateway.client() as client:
        answer = client.get(HOME + path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert "<script" not in answer.text
    assert answer.status_code == (404 if path == "nowhere" else 200)


def test_nothing_of_it_stands_in_the_record(gateway: GatewayThread) -> None:
    before = gateway.gateway.gatekeeper.tally.decisions.total()
    with gateway.client() as client:
        client.get(HOME)
        client.post(HOME, content=b"x")
    assert gateway.gateway.gatekeeper.tally.decisions.total() == before
