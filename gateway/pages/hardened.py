"""What every page carries, and what becomes of one that breaks."""

import logging
from collections.abc import Mapping
from typing import Any, Final

from starlette.middleware.base import DispatchFunction, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp

from gateway.errors import AuditError

logger = logging.getLogger(__name__)

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with none at all, a browser would not say where a form comes from
    "Cache-Control": "no-store",
}


def hardening(headers: Mapping[str, str]) -> DispatchFunction:
    """For a middleware: gives an answer these headers, as far as it does not bring its own."""

    async def harden(request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    return harden


class Guarded:
    """Whatever breaks inside becomes one plain answer; what broke can hold content and is not written down."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI."""
        begun = False

        async def sending(message: Any) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except Exception as error:  # noqa: BLE001 - a page is no reason to write down what was on it
            logger.error("a page failed: %s", type(error).__name__)  # noqa: TRY400 - a traceback can hold content
            if not begun:
                unavailable = isinstance(error, AuditError | OSError)
                await PlainTextResponse(
                    "Leadglass: this page cannot be shown now.\n", 503 if unavailable else 500
                )(scope, receive, send)
