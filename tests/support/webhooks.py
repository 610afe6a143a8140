"""A webhook's receiver for tests: a real HTTPS server on loopback that answers as it is told to."""

import ssl
import threading
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

type Answer = tuple[int, dict[str, str]]

HANG: Answer = (0, {})
"""No answer before the server is closed."""


class WebhookHost:
    """`answers` are given in turn, then 204; `seen` is every request, `taken` those that were answered 2xx."""

    def __init__(self, certificates: Path) -> None:
        self.answers: deque[Answer] = deque()
        self.seen: list[tuple[str, dict[str, str], bytes]] = []
        self.times: list[float] = []
        """When each request came, by the monotonic clock."""
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self._released, host = threading.Event(), self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, more = host.answers.popleft() if host.answers else (204, {})
                host.times.append(time.monotonic())
                host.seen.append((self.path, headers, body))
                if not status:
                    host._released.wait(60)
                    self.close_connection = True
                    return
                if status // 100 == 2:
                    host.taken.append((headers, body))
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(30)
