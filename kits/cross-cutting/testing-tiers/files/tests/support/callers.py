"""Callers that sign in by saying who they are: `authorization: Test <id>`."""

from uuid import UUID

from starlette.requests import HTTPConnection

from app.core.context import Principal
from app.core.module import Module
from app.core.unit import Unit


async def believe(connection: HTTPConnection, unit: Unit) -> Principal | None:
    """Whoever the caller says it is."""
    kind, _, given = connection.headers.get("authorization", "").partition(" ")
    return Principal(UUID(given)) if kind == "Test" else None


module = Module(name="test-callers", authenticators=(believe,))


def headers_of(caller: UUID) -> dict[str, str]:
    """What such a caller sends."""
    return {"authorization": f"Test {caller}"}
