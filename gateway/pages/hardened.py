"""What every page carries, and what becomes of one that breaks."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from gateway.errors import AuditError

logger = logging.getLogger(__name__)

type App = Callable[[Any, Any, Any], Awaitable[None]]

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with none at all, a browser would not say where a form comes from
    "Cache-Control": "no-store",
}


async def harden(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """The answer with the headers that it does not bring itself."""
    response = await call_next(request)
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response


class Guarded:
    """Whatever breaks inside becomes one plain answer; what broke can hold content and is not written down."""

    def __init__(self, app: App) -> None:
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
