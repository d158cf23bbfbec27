"""The service with routes that only one test needs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum

from httpx import ASGITransport, AsyncClient

from app.core.authz import AUTHORIZER, SignedIn
from app.core.http import Router
from app.core.module import Module
from app.core.ports import bind
from app.core.runtime import Runtime
from app.factory import create_app


class Probing(StrEnum):
    """What the routes of a test ask for; whoever is signed in has it."""

    ANYTHING = "probe:anything"


@asynccontextmanager
async def serving(runtime: Runtime, *routers: Router) -> AsyncIterator[AsyncClient]:
    """A client of the service with these routes, started anew."""
    anyone = bind(AUTHORIZER, lambda _: SignedIn())
    probe = Module(name="probe", routers=routers, bindings=(anyone,))
    app = create_app((*runtime.modules, probe))
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.state.runtime.running(),
        AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        yield client
