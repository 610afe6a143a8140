"""One client connection, carried with as few detours as its safety allows.

mitmproxy makes an asyncio task for every hook and lets the connection wait for it. Most hooks of the gateway only
look and answer; they are run where they stand, and a task is made only for those that wait: the decision on an
upload, a message, a new connection.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any, ClassVar, Final, override

from mitmproxy.http import Headers, MessageData
from mitmproxy.master import Master
from mitmproxy.proxy import commands, events, mode_servers
from mitmproxy.proxy.layers.http._hooks import (
    HttpRequestHeadersHook,
    HttpResponseHeadersHook,
    HttpResponseHook,
)
from mitmproxy.proxy.server import ConnectionIO

from gateway.proxy.balancing import HeaderError, read_client
from gateway.proxy.guard import Guard

logger = logging.getLogger(__name__)

AT_ONCE: Final[frozenset[type]] = frozenset(
    {HttpRequestHeadersHook, HttpResponseHeadersHook, HttpResponseHook}
)
"""The hooks that never wait. One that nevertheless did would not be run to its end, which counts as a no."""


RUNNING: Final = set[asyncio.Task[None]]()
"""An event loop forgets a task that nobody holds."""


def carry(balancers: tuple[IPv4Network | IPv6Network, ...] = ()) -> None:
    """Have every new connection of this process carried here; before the proxy listens.

    mitmproxy offers no other place to say so. The checks of its own types that it makes on every message while
    being developed (`__debug__`) are left out too: they took a tenth of each request. Headers are looked up faster.
    """
    Connection.balancers = balancers
    mode_servers.ProxyConnectionHandler = Connection  # type: ignore[misc]
    MessageData.__post_init__ = _unchecked  # type: ignore[method-assign]
    Headers.get_all = find_all  # type: ignore[method-assign]


def _unchecked(_: MessageData) -> None:
    """In the place of a check of the framework's own constructor calls."""


def find_all(self: Headers, name: str | bytes) -> list[str]:
    """What `Headers.get_all` gives, for 20 headers in a third of its time: mitmproxy asks some 25 times a request."""
    wanted = (name if isinstance(name, bytes) else name.encode()).lower()
    return [
        value.decode("utf-8", "surrogateescape") for known, value in self.fields if known.lower() == wanted
    ]


class Connection(mode_servers.ProxyConnectionHandler):
    """mitmproxy's handler of one client and its servers."""

    balancers: ClassVar[tuple[IPv4Network | IPv6Network, ...]] = ()
    """Whose word on the client's address is believed, and demanded."""

    def __init__(self, master: Master, *arguments: Any) -> None:
        """TypeError where no guard stands around the master's hooks: its connections are not carried at all."""
        super().__init__(master, *arguments)  # type: ignore[no-untyped-call]
        self.guard = Guard.of(master.addons)
        self._unsent: list[commands.SendData] = []

    @override
    async def handle_client(self) -> None:
        """Learn from a load balancer who the client is, before anything is asked about it."""
        carried = self.transports[self.client]
        near = ip_address(str(self.client.peername[0]).partition("%")[0])
        if any(near in network for network in self.balancers):
            assert isinstance(carried.reader, asyncio.StreamReader)
            assert isinstance(carried.writer, asyncio.StreamWriter)
            try:
                self.client.peername = await read_client(carried.reader) or self.client.peername
            except HeaderError:
                logger.warning("a connection from a load balancer did not say whose it is")
                carried.writer.close()
                return
        await super().handle_client()

    @override
    async def server_event(self, event: events.Event) -> None:
        """Hand an event to the layers and carry out what they ask for; never more than one event at a time."""
        async with self._server_event_lock:
            # Nothing below may wait: a layer must not be entered while it runs.
            self.timeout_watchdog.register_activity()
            waiting = deque((event,))
            try:
                while waiting:
                    for command in self.layer.handle_event(waiting.popleft()):
                        if isinstance(command, commands.SendData):
                            self._unsent.append(command)
                        elif isinstance(command, commands.StartHook) and type(command) in AT_ONCE:
                            self.guard.at_once(command)
                            waiting.append(events.HookCompleted(command))
                        else:
                            self._send()
                            self._carry_out(command)
                self._send()
            except Exception as error:  # noqa: BLE001 - in whatever state it is, it is not carried on
                logger.error("a connection failed: %s", type(error).__name__)  # noqa: TRY400 - a traceback can hold content
                self._give_up()

    def _carry_out(self, command: commands.Command) -> None:
        match command:
            case commands.OpenConnection():
                handler = self._start(self.open_connection(command))
                self.transports[command.connection] = ConnectionIO(handler=handler)
            case commands.ConnectionCommand() if command.connection not in self.transports:
                pass  # it has ended meanwhile
            case commands.CloseConnection():
                half = isinstance(command, commands.CloseTcpConnection) and command.half_close
                self.close_connection(command.connection, half)
            case commands.StartHook():
                self._start(self.hook_task(command))
            case commands.RequestWakeup():
                self.wakeup_timer.add(self._start(self.wakeup(command)))
            case commands.Log():
                self.log(command.message, command.level)
            case _:
                raise NotImplementedError

    def _send(self) -> None:
        """Write what the layers gave since the last time: head and body of a message in one packet, not in two."""
        unsent, self._unsent = self._unsent, []
        while unsent:
            to = unsent[0].connection
            data = b"".join(command.data for command in unsent if command.connection is to)
            unsent = [command for command in unsent if command.connection is not to]
            carried = self.transports.get(to)
            if carried is not None and carried.writer is not None and not carried.writer.is_closing():
                carried.writer.write(data)

    @override
    async def drain_writers(self) -> None:
        """Wait until the other ends have taken what was written, where they are behind."""
        if any(is_behind(carried.writer) for carried in self.transports.values()):
            await super().drain_writers()  # type: ignore[no-untyped-call]

    @override
    async def handle_hook(self, hook: commands.StartHook) -> None:
        """Run a hook that may wait; meanwhile the connection is not idle, whatever the clock says."""
        with self.timeout_watchdog.disarm():
            await self.guard.dispatch(hook)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        if not task.done():
            RUNNING.add(task)
            task.add_done_callback(RUNNING.discard)
        return task

    def _give_up(self) -> None:
        for carried in self.transports.values():
            if carried.handler is not None:
                carried.handler.cancel("the connection failed")


def is_behind(writer: Any) -> bool:
    """Whether the other end has not yet taken all that was written."""
    return isinstance(writer, asyncio.StreamWriter) and writer.transport.get_write_buffer_size() > 0
