"""Nothing leaves without an explicit release that is bound to the bytes that were examined.

mitmproxy logs what a hook raises and lets the request go on. The guard stands around all hooks together: when they
have run, successfully or not, a request that carries no release of this guard, or is no longer what was released,
is answered with a refusal; a message is emptied; a stream is cut.
"""

import contextlib
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from mitmproxy import flow as mitm_flow
from mitmproxy import http, tcp
from mitmproxy.addonmanager import AddonManager
from mitmproxy.hooks import Hook
from mitmproxy.proxy.layer import NextLayerHook
from mitmproxy.proxy.layers.http._hooks import HttpConnectHook, HttpRequestHeadersHook, HttpRequestHook
from mitmproxy.proxy.layers.tcp import TcpMessageHook
from mitmproxy.proxy.layers.websocket import WebsocketMessageHook

from gateway.proxy.layers import Closed


@dataclass(frozen=True, slots=True)
class Release:
    """The word of the gateway that exactly this may leave."""

    envelope: tuple[object, ...] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(slots=True)
class Guard:
    """Stands between mitmproxy's hooks and the wire."""

    addons: AddonManager
    on_unexamined: Callable[[http.HTTPFlow], Awaitable[http.Response]]
    is_sound: Callable[[], bool]  # whether the proxy's options are still the ones it was started with
    _released: dict[str, Release] = field(default_factory=dict)
    _messages: dict[int, bytes] = field(default_factory=dict)
    _connects: set[str] = field(default_factory=set)
    _chain: list[object] = field(default_factory=list)
    _found: dict[str, list[Callable[..., object]]] = field(default_factory=dict)

    def install(self) -> None:
        """Take the place of mitmproxy's own dispatch of hooks."""
        self.addons.handle_lifecycle = self.dispatch  # type: ignore[method-assign]

    @staticmethod
    def of(addons: AddonManager) -> "Guard":
        """The guard that stands around these hooks. TypeError where there is none."""
        guard = getattr(addons.handle_lifecycle, "__self__", None)
        if not isinstance(guard, Guard):
            raise TypeError
        return guard

    def release(self, flow: http.HTTPFlow) -> None:
        """Let the request leave as it is at this moment; any later change takes the release away again."""
        self._released[flow.id] = Release(_envelope(flow), flow.request.raw_content or b"")

    def release_connect(self, flow: http.HTTPFlow) -> None:
        """Let a tunnel be opened; what travels inside is decided on later."""
        self._connects.add(flow.id)

    def release_message(self, message: object, content: bytes) -> None:
        """Let this WebSocket message leave with this content."""
        self._messages[id(message)] = content

    def at_once(self, event: Any) -> None:
        """Run hooks that do not wait; a request whose body would be streamed is stopped, as in `dispatch`."""
        for hook in self._hooks(event.name):
            with contextlib.suppress(BaseException):
                result = hook(event.flow)
                if inspect.iscoroutine(result):
                    result.close()  # a hook that waits has no place here
        if isinstance(event, HttpRequestHeadersHook):
            _hold(event.flow)

    async def dispatch(self, event: Hook) -> None:
        """Run the hooks of an event, then make sure that silence meant no."""
        match event:
            case HttpRequestHook(flow):
                await self._request(event, flow)
            case HttpRequestHeadersHook(flow):
                await self._run(event)
                _hold(flow)
            case WebsocketMessageHook(flow):
                await self._message(event, flow)
            case TcpMessageHook(flow):
                await self._run(event)
                flow.messages[-1] = tcp.TCPMessage(flow.messages[-1].from_client, b"")
            case HttpConnectHook(flow):
                await self._run(event)
                if flow.id not in self._connects and not flow.response and not flow.error:
                    flow.response = http.Response.make(403, b"Leadglass: not examined.\n")
                self._connects.discard(flow.id)
            case NextLayerHook(pending):
                if not await self._run(event) and pending.layer is None:
                    pending.layer = Closed(pending.context)
            case _:
                await self._run(event)

    async def _request(self, event: Hook, flow: http.HTTPFlow) -> None:
        try:
            await self._run(event)
            if self._may_leave(flow):
                return
            flow.response = await self.on_unexamined(flow)
        except BaseException:  # noqa: BLE001 - a cancelled or broken refusal is still a refusal
            flow.response = http.Response.make(403, b"", {"x-should-retry": "false"})
        finally:
            self._released.pop(flow.id, None)

    def _may_leave(self, flow: http.HTTPFlow) -> bool:
        if flow.response or _is_killed(flow):
            return True  # answered here; nothing is sent on
        release = self._released.get(flow.id)
        return (
            release is not None
            and self.is_sound()
            and not flow.request.stream
            and (flow.request.raw_content or b"") == release.body  # identity in the usual case: costs nothing
            and _envelope(flow) == release.envelope
        )

    async def _message(self, event: Hook, flow: http.HTTPFlow) -> None:
        assert flow.websocket is not None
        message = flow.websocket.messages[-1]
        await self._run(event)
        released = self._messages.pop(id(message), None)
        if released is None or message.content != released or not self.is_sound():
            message.drop()
        # mitmproxy keeps every message of a socket for its whole life; nothing here is read again.
        flow.websocket.messages[:] = [message]

    async def _run(self, event: Hook) -> bool:
        """Run all hooks of an event; whether none raised. What one raises is dropped: it can hold content."""
        arguments = event.args()
        sound = True
        for hook in self._hooks(event.name):
            try:
                result = hook(*arguments)
                if inspect.isawaitable(result):
                    await result
            except BaseException:  # noqa: BLE001 - only a release counts
                sound = False
        return sound

    def _hooks(self, name: str) -> list[Callable[..., object]]:
        """Every addon's hook of this name, looked up anew only when there are other addons than before."""
        if self._chain != self.addons.chain:
            self._chain, self._found = list(self.addons.chain), {}
        hooks = self._found.get(name)
        if hooks is None:
            given = (getattr(addon, name, None) for addon in self._chain)
            hooks = self._found[name] = [hook for hook in given if hook is not None]
        return hooks


def _envelope(flow: http.HTTPFlow) -> tuple[object, ...]:
    request = flow.request
    trailers = request.trailers
    return (
        request.method,
        request.scheme,
        request.host,
        request.port,
        request.authority,
        request.path,
        request.headers.fields,
        trailers.fields if trailers else None,
    )


def _is_killed(flow: http.HTTPFlow) -> bool:
    # mitmproxy stops at this one message; a flow with any other error on it is sent on.
    return flow.error is not None and flow.error.msg == mitm_flow.Error.KILLED_MESSAGE


def _hold(flow: http.HTTPFlow) -> None:
    """A body that is streamed is upstream before it can be examined: such a request is ended."""
    if flow.request.stream:
        flow.request.stream = False
        _kill(flow)


def _kill(flow: mitm_flow.Flow) -> None:
    if flow.killable:
        flow.kill()
