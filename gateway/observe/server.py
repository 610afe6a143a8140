"""`/metrics`, `/healthz` and `/readyz`, on an address of their own that holds nothing about anybody."""

import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from socketserver import ThreadingMixIn
from typing import Any, Self, override
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app

from gateway.errors import SettingsError
from gateway.observe.metrics import VitalsCollector
from gateway.vitals import Vitals

type Start = Callable[[str, list[tuple[str, str]]], Any]


class Watch:
    """Answers probes and Prometheus at `address` (`HOST:PORT`) while it is entered."""

    def __init__(self, address: str, vitals: Vitals) -> None:
        """SettingsError where the address cannot be used."""
        host, _, port = address.rpartition(":")
        try:
            self._server = make_server(
                host.strip("[]"), int(port), application(vitals), server_class=_Server, handler_class=_Handler
            )
        except (ValueError, OSError) as error:
            raise SettingsError(f"metrics cannot be served at {address} ({type(error).__name__})") from None
        self.address = f"{host}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def application(vitals: Vitals) -> Callable[[dict[str, Any], Start], Iterable[bytes]]:
    """The WSGI application (PEP 3333) behind the three paths."""
    registry = CollectorRegistry()
    registry.register(VitalsCollector(vitals))
    metrics = make_wsgi_app(registry)

    def answer(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        match environ.get("PATH_INFO"):
            case "/metrics":
                return metrics(environ, start)  # type: ignore[no-any-return]
            case "/healthz":
                return _say(start, HTTPStatus.OK, "ok")
            case "/readyz":
                why = vitals.unready()
                return _say(start, HTTPStatus.SERVICE_UNAVAILABLE if why else HTTPStatus.OK, why or "ready")
            case _:
                return _say(start, HTTPStatus.NOT_FOUND, "here are /metrics, /healthz and /readyz")

    return answer


def _say(start: Start, status: HTTPStatus, words: str) -> Iterable[bytes]:
    start(f"{status} {status.phrase}", [("Content-Type", "text/plain; charset=utf-8")])
    return (words.encode() + b"\n",)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    timeout = 10

    @override
    def log_message(self, *_: object) -> None:
        """Probes come every few seconds; nobody wants to read of them."""
