"""The outermost middleware: an id for every request, an answer to every error."""

import logging
import re
from typing import Any, Final
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.problems import ProblemDetails, respond

LOG = logging.getLogger(__name__)
HEADER: Final = "x-request-id"
ACCEPTED: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIds:
    """Takes over the caller's request id if it is harmless, else makes one; answers with it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        request_id = given if ACCEPTED.fullmatch(given) else uuid4().hex
        state: dict[str, Any] = scope.setdefault("state", {})
        state["request_id"] = request_id

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        await self._app(scope, receive, named)


class LastResort:
    """Answers errors that nobody expected, without telling what they are."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            LOG.exception("unexpected error")
            if started:
                raise
            details = ProblemDetails(
                type="/problems/internal",
                title="Something went wrong",
                status=500,
                request_id=scope["state"]["request_id"],
            )
            await respond(details)(scope, receive, send)
