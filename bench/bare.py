"""The same embedded mitmproxy with no addon of ours: the peer that the gateway's cost is measured against."""

import asyncio
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Any, override

from gateway.enrol import open_authority
from gateway.limits import Limits
from gateway.proxy.layers import InFlight, LayerChoice
from gateway.proxy.master import listening, make_master
from gateway.proxy.upstream import GuardedLoop, Upstream, connect, parse_connect_to


class PlainLoop(asyncio.SelectorEventLoop):
    """asyncio's own event loop, on which mitmproxy runs by itself."""

    upstream: Upstream | None = None

    @override
    async def create_connection(self, protocol_factory: Any, *where: Any, **kwargs: Any) -> Any:
        """As the gateway's: the origin is elsewhere than its name says."""
        return await connect(
            self, self.upstream, super().create_connection, protocol_factory, *where, **kwargs
        )


LOOPS: dict[str, type[PlainLoop | GuardedLoop]] = {"asyncio": PlainLoop, "uvloop": GuardedLoop}


async def serve(state: Path, mode: str, upstream_ca: Path) -> None:
    """Forward everything, examine nothing, until SIGTERM; prints the address it listens on."""
    authority = open_authority(state, ("localhost",))
    choice = LayerChoice(lambda _host, _port: True, InFlight(Limits()), lambda: None, lambda _c, _r: None)
    master = make_master(authority.secret, mode, ("127.0.0.1", 0), choice, upstream_ca=upstream_ca)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, master.shutdown)
    running = asyncio.ensure_future(master.run())
    while not listening(master):  # noqa: ASYNC110 - mitmproxy announces it to no one
        await asyncio.sleep(0.01)
    host, port = listening(master)[0][:2]
    print(f"{host}:{port}", flush=True)
    await running


def loop(name: str, connect_to: str) -> asyncio.AbstractEventLoop:
    """The loop mitmproxy uses by itself, or the gateway's; only the origin is elsewhere than its name says."""
    made = LOOPS[name]()
    made.upstream = Upstream(dict([parse_connect_to(connect_to)]))
    return made


if __name__ == "__main__":
    state_dir, mode_spec, ca, redirect, loop_name = sys.argv[1:]
    with asyncio.Runner(loop_factory=partial(loop, loop_name, redirect)) as runner:
        runner.run(serve(Path(state_dir), mode_spec, Path(ca)))
