"""One entry for each request, and the request's id on whatever is logged meanwhile."""

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

LOG = logging.getLogger("app.requests")


class RequestLog:
    """Logs method, path, status and time; no query, no headers, no address."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with bound_contextvars(request_id=scope["state"]["request_id"]):
            try:
                await self._app(scope, receive, watched)
            finally:
                entry = {
                    "method": scope["method"],
                    "path": scope["path"],
                    "status": status,
                    "milliseconds": round((time.perf_counter() - started) * 1000, 1),
                }
                LOG.log(logging.WARNING if status >= 500 else logging.INFO, "request", extra=entry)
