"""The options under which mitmproxy may run, and the proof that they still hold.

Every line is a way in which mitmproxy would let an upload go unexamined, so a start with any other value is
refused and the running gateway checks again before each release.
"""

from collections.abc import Mapping
from typing import Any, Final

from mitmproxy.options import Options

from gateway.errors import SettingsError

REQUIRED: Final[Mapping[str, Any]] = {
    "stream_large_bodies": None,  # would send a body on, chunk by chunk, before the request hook
    "store_streamed_bodies": False,
    "body_size_limit": None,  # caps downloads too; `layers.BoundedHttpStream` caps requests alone
    "rawtcp": False,  # would tunnel what is not HTTP
    "http3": False,  # QUIC never reaches an explicit proxy
    "validate_inbound_headers": True,  # request smuggling
    "ssl_insecure": False,  # would accept any upstream
    "ignore_hosts": [],  # match the SNI, which the sender chooses
    "allow_hosts": [],
    "tcp_hosts": [],
    "udp_hosts": [],
    "connection_strategy": "lazy",  # no contact with a destination before the decision
    "upstream_cert": False,  # a leaf names what the client asked for, nothing else
    "keep_host_header": False,  # reverse mode: upstream is asked for by its own name
    "show_ignored_hosts": False,
    "request_client_cert": False,
    "anticache": False,
    "anticomp": False,
}


def assert_safe(options: Options) -> None:
    """Raise SettingsError naming every option that would let uploads pass unexamined."""
    wrong = [
        name
        for name, value in REQUIRED.items()
        if name in options and _differs(getattr(options, name), value)
    ]
    if wrong:
        raise SettingsError(
            f"these proxy options would let uploads pass unexamined: {', '.join(sorted(wrong))}"
        )


def _differs(actual: object, required: object) -> bool:
    return (list(actual) if isinstance(actual, list | tuple) else actual) != required
