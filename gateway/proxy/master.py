"""mitmproxy, embedded: only what the gateway needs of it, under the guard.

No script loader (a script that fails to reload lets traffic flow uninspected), no storage, no replay, no
rewriting by option, no onboarding page: each is a way for an upload to leave or to be kept.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.master import Master
from mitmproxy.options import Options

from gateway.errors import SettingsError
from gateway.proxy.layers import LayerChoice
from gateway.proxy.options import REQUIRED, assert_safe
from gateway.proxy.tls import GatewayTls


def make_master(
    authority: Path,
    mode: str,
    listen: tuple[str, int],
    choice: LayerChoice,
    *,
    upstream_ca: Path | None = None,
    wants_certificates: Callable[[], bool] = lambda: False,
) -> Master:
    """A master with its options set and proven, and no addon of ours yet. Must be called in a running loop."""
    options = Options()
    master = Master(options, asyncio.get_running_loop(), with_termlog=False)
    master.addons.add(Proxyserver(), GatewayTls(authority, wants_certificates), choice)
    options.update(
        **{name: value for name, value in REQUIRED.items() if name in options},
        mode=[mode],
        listen_host=listen[0],
        listen_port=listen[1],
        **({"ssl_verify_upstream_trusted_ca": str(upstream_ca)} if upstream_ca else {}),
    )
    assert_safe(options)
    return master


class Soundness:
    """Whether the options are still the ones that were proven at start; asked before every release."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._sound = True
        options.changed.connect(self.check)

    def __call__(self) -> bool:
        """The answer of the last proof; a change is proven the moment it is made."""
        return self._sound

    def check(self, *_: object, **__: object) -> None:
        """Prove the options again: at every change, and now and then in case one was made without notice."""
        try:
            assert_safe(self._options)
        except SettingsError:
            self._sound = False  # for good: who changed one may have changed more


def listening(master: Master) -> Sequence[Any]:
    """The addresses that the proxy listens on."""
    server = master.addons.get("proxyserver")
    return server.listen_addrs() if isinstance(server, Proxyserver) else ()


async def stop_accepting(master: Master) -> None:
    """Close the listening sockets; open connections go on."""
    server = master.addons.get("proxyserver")
    if isinstance(server, Proxyserver):
        await server.servers.update([])
