"""`leadglass enrol`: what goes onto one user's machine."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from pypac.parser import PACFile

from gateway.cli.enrol import enrol
from gateway.errors import SettingsError


def test_the_pac_file_sends_ai_services_to_the_gateway() -> None:
    result = CliRunner().invoke(enrol, ["pac", "--proxy", "gw.hospital.example:8080"], catch_exceptions=False)
    assert result.exit_code == 0
    pac = PACFile(result.stdout)
    assert pac.find_proxy_for_url("https://chatgpt.com/", "chatgpt.com") == "PROXY gw.hospital.example:8080"
    assert pac.find_proxy_for_url("https://example.org/", "example.org") == "DIRECT"


def test_the_certificate_is_printed_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    result = CliRunner().invoke(enrol, ["ca", "--state", str(tmp_path)], catch_exceptions=False)
    assert result.stdout == "-----BEGIN CERTIFICATE-----\n"


def test_without_a_certificate_it_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="leadglass serve --state"):
        CliRunner().invoke(enrol, ["ca", "--state", str(tmp_path)], catch_exceptions=False)
