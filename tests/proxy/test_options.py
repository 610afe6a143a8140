"""mitmproxy runs under the proven options or not at all."""

from typing import Any

import pytest
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.options import Options

from gateway.errors import SettingsError
from gateway.proxy.master import Soundness
from gateway.proxy.options import REQUIRED, assert_safe

UNSAFE: dict[str, Any] = {
    "stream_large_bodies": "1m", "store_streamed_bodies": True, "body_size_limit": "1m", "rawtcp": True, "http3": True,
    "validate_inbound_headers": False, "ssl_insecure": True, "ignore_hosts": ["x"], "allow_hosts": ["x"], "tcp_hosts": ["x"],
    "udp_hosts": ["x"], "connection_strategy": "eager", "upstream_cert": True, "keep_host_header": True,
    "show_ignored_hosts": True, "request_client_cert": True, "anticache": True, "anticomp": True,
}  # fmt: skip


def options() -> Options:
    """mitmproxy's options with those of its server, as required."""
    made = Options()

    class Loader:
        def add_option(self, name: str, typespec: Any, default: Any, help: str, choices: Any = None) -> None:  # noqa: A002
            made.add_option(name, typespec, default, help, choices)

    Proxyserver().load(Loader())
    # Options of addons that are not loaded cannot be set, and so cannot be wrong.
    made.update(**{name: value for name, value in REQUIRED.items() if name in made})
    return made


def known() -> list[str]:
    return [name for name in REQUIRED if name in options()]


def test_every_requirement_has_an_unsafe_twin_here() -> None:
    assert UNSAFE.keys() == REQUIRED.keys()
    assert len(known()) >= 14


def test_the_required_options_are_safe() -> None:
    assert_safe(options())


@pytest.mark.parametrize("name", known())
def test_each_option_that_fails_open_is_refused_by_name(name: str) -> None:
    changed = options()
    changed.update(**{name: UNSAFE[name]})
    with pytest.raises(SettingsError, match=name):
        assert_safe(changed)


def test_a_change_while_running_ends_all_releases_for_good() -> None:
    changed = options()
    soundness = Soundness(changed)
    assert soundness()
    changed.update(stream_large_bodies="1m")
    assert not soundness()
    changed.update(stream_large_bodies=None)
    assert not soundness()
