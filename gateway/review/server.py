"""The reviewers' desk in a thread of its own, so that a slow page never holds up an upload."""

import ipaddress
import socket
import threading
import time
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from gateway.errors import SettingsError
from gateway.review.app import OpenReader, create_app
from gateway.review.books import Books


class ReviewServer:
    """Serves the pages on `address` (`host:port`, loopback only) while it is entered."""

    def __init__(
        self, address: str, books: Books, open_reader: OpenReader, people: ASGIApp | None = None
    ) -> None:
        host, _, port = address.rpartition(":")
        try:
            loopback = ipaddress.ip_address(host.strip("[]")).is_loopback
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self._socket = socket.socket(family)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((host.strip("[]"), int(port)))
        except (ValueError, OSError) as error:
            raise SettingsError(
                f"the review pages cannot be served at {address} ({type(error).__name__})"
            ) from None
        if not loopback:
            self._socket.close()
            raise SettingsError(
                "the review pages have no sign-in yet, so --review takes a loopback address only"
            )
        self._books = books
        self.address = f"{host}:{self._socket.getsockname()[1]}"
        configuration = uvicorn.Config(
            create_app(open_reader, books, people), log_config=None, access_log=False, lifespan="off"
        )
        self._server = uvicorn.Server(configuration)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(5)
        self._socket.close()
        self._books.close()
