"""A gateway for tests: as users start it (a process), or in a thread where faults can be planted."""

import asyncio
import json
import os
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import httpx

from gateway.proxy.server import Gateway, _loop, _upstream, gateway
from gateway.settings import Settings
from tests.support.upstream import RecordingUpstream


def arguments(state: Path, upstream: RecordingUpstream) -> list[str]:
    address = getattr(upstream, "address", "127.0.0.1")  # stand-ins of other kinds have none of their own
    return [
        "serve", "--listen", "127.0.0.1:0", "--review", "127.0.0.1:0", "--state", str(state),
        "--connect-to", f"*:443={address}:{upstream.port}", "--upstream-ca", str(upstream.ca), "--workers", "1",
    ]  # fmt: skip


class GatewayProcess:
    """`leadglass serve`, started and stopped as an administrator would."""

    def __init__(self, state: Path, upstream: RecordingUpstream, *more: str) -> None:
        self.state = state
        self.command = [sys.executable, "-m", "gateway", *arguments(state, upstream), *more]
        self.process: subprocess.Popen[bytes]
        self.proxy = ""
        self.review = ""
        self.ca = ""
        self.watch = ""

    def __enter__(self) -> Self:
        self.log = self.state.parent / f"{self.state.name}.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=log)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log.read_text()
        ready = json.loads(line)
        assert ready["event"] == "ready"
        self.proxy, self.review, self.ca = ready["proxy"], ready["review"], ready["ca"]
        self.watch = ready.get("watch", "")
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        assert self.process.wait(30) in (0, -signal.SIGKILL)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca)

    def client(self, **more: Any) -> httpx.Client:
        return httpx.Client(
            proxy=f"http://{self.proxy}",
            verify=ssl.create_default_context(cafile=self.ca),
            timeout=30,
            **more,
        )

    def entries(self, *more: str) -> list[dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, "-m", "gateway", "audit", "list", "--json", "--state", str(self.state), *more],
            capture_output=True,
            check=True,
            env={**os.environ},
        )
        return [json.loads(line) for line in done.stdout.splitlines()]


class GatewayThread:
    """The same gateway in a thread of the test, so that a test can reach into it and break something."""

    def __init__(self, state: Path, upstream: RecordingUpstream, **more: Any) -> None:
        self.settings = Settings(
            listen="127.0.0.1:0",
            state=state,
            connect_to=(f"*:443=127.0.0.1:{upstream.port}",),
            upstream_ca=upstream.ca,
            workers=1,
            **more,
        )
        self.loop = _loop(_upstream(self.settings))
        self.gateway: Gateway
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(60)
        if self._failure:
            raise self._failure
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            try:
                runner.run(self._serve())
            except BaseException as error:  # noqa: BLE001 - handed to the test
                self._failure = error
                self._ready.set()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        async with gateway(self.settings) as self.gateway:
            from gateway.proxy.master import listening

            host, port = listening(self.gateway.master)[0][:2]
            self.proxy = f"{host}:{port}"
            self._ready.set()
            await self._stop.wait()

    def call[T](self, function: Callable[[], T]) -> T:
        """Run a function in the gateway's own loop."""

        async def work() -> T:
            return function()

        return asyncio.run_coroutine_threadsafe(work(), self.loop).result(30)

    def client(self, **more: Any) -> httpx.Client:
        ca = str(self.settings.state / "ca.pem")
        return httpx.Client(
            proxy=f"http://{self.proxy}", verify=ssl.create_default_context(cafile=ca), timeout=30, **more
        )
