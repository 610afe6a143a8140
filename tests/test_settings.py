"""Settings come from the command line, then the environment, then the defaults; a mistake names the setting."""

from dataclasses import fields
from pathlib import Path

import pytest

from gateway.errors import SettingsError
from gateway.limits import Limits
from gateway.settings import Settings, assert_safe_environment, load_settings, secret_key

DOCS = Path(__file__).parents[1] / "docs" / "operations.md"


def test_the_command_line_wins_over_the_environment() -> None:
    environment = {"LEADGLASS_LISTEN": "0.0.0.0:1", "LEADGLASS_WORKERS": "3", "OTHER": "x"}
    settings = load_settings({"listen": "127.0.0.1:2", "workers": None}, environment)
    assert settings.listen == "127.0.0.1:2"
    assert settings.workers == 3


def test_limits_are_settings_too() -> None:
    assert load_settings({}, {"LEADGLASS_LIMITS_BODY_BYTES": "1000"}).limits.body_bytes == 1000


def test_lists_are_separated_by_commas() -> None:
    settings = load_settings(
        {}, {"LEADGLASS_CONNECT_TO": "a:1=b:2,c:3=d:4", "LEADGLASS_CLIENTS": "10.0.0.0/8"}
    )
    assert settings.connect_to == ("a:1=b:2", "c:3=d:4")
    assert [str(network) for network in settings.clients] == ["10.0.0.0/8"]


def test_every_mistake_is_named_and_no_value_is_repeated() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(
            {},
            {
                "LEADGLASS_WORKERS": "secret-none",
                "LEADGLASS_GATEWAY_ID": "Not Allowed",
                "LEADGLASS_LIMITS_PARTS": "x",
            },
        )
    text = str(caught.value)
    assert all(name in text for name in ("workers", "gateway_id", "limits.parts"))
    assert "secret" not in text


@pytest.mark.parametrize("name", ["SSLKEYLOGFILE", "MITMPROXY_SSLKEYLOGFILE"])
def test_a_start_that_would_log_tls_secrets_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        assert_safe_environment({name: "/tmp/keys"})
    assert_safe_environment({name: ""})


def test_a_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    key = secret_key(tmp_path, "hmac")
    assert len(key) == 32
    assert secret_key(tmp_path, "hmac") == key
    assert secret_key(tmp_path, "uid") != key
    path = tmp_path / "keys" / "hmac"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(SettingsError):
        secret_key(tmp_path, "hmac")


def test_every_setting_and_limit_is_documented() -> None:
    text = DOCS.read_text()
    names = [name for name in Settings.model_fields if name != "limits"] + [
        field.name for field in fields(Limits)
    ]
    assert [name for name in names if f"`{name}`" not in text] == []


@pytest.mark.parametrize("size", [0, 31])
def test_a_key_that_was_cut_short_is_refused(tmp_path: Path, size: int) -> None:
    whole = secret_key(tmp_path, "hmac")
    assert secret_key(tmp_path, "hmac") == whole
    (tmp_path / "keys" / "hmac").write_bytes(whole[:size])
    with pytest.raises(SettingsError, match="incomplete"):
        secret_key(tmp_path, "hmac")
