"""No request is larger than the service wants to hold in memory."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.problems import ProblemDetails, respond

TOO_LARGE = ProblemDetails(type="/problems/too-large", title="Request too large", status=413)


class BodyLimit:
    """Counts what arrives, since the announced length may be missing or a lie."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced) > self._limit:
            details = TOO_LARGE.model_copy(update={"request_id": scope["state"]["request_id"]})
            await respond(details)(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._limit:
                raise HTTPException(413, TOO_LARGE.title)
            return message

        await self._app(scope, counted, send)
