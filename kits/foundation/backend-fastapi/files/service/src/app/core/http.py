"""What routes depend on: the unit of work, the caller, a permission."""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import HTTPConnection
from starlette.responses import Response

from app.core.authz import AUTHORIZER
from app.core.context import Context
from app.core.problems import Forbidden, Unauthenticated
from app.core.runtime import Runtime
from app.core.unit import Unit


def runtime_of(connection: HTTPConnection) -> Runtime:
    """The runtime that serves this connection."""
    found = connection.app.state.runtime
    assert isinstance(found, Runtime)
    return found


def context_of_request(connection: HTTPConnection) -> Context:
    """What is known of a request before anyone has looked at its credentials."""
    return Context(
        request_id=connection.scope.get("state", {}).get("request_id", ""),
        client=connection.client.host if connection.client else "",
    )


async def _identify(connection: HTTPConnection, unit: Unit) -> None:
    """Find the caller, then what it works in."""
    for module in unit.runtime.modules:
        for authenticate in module.authenticators:
            if unit.context.principal is None:
                principal = await authenticate(connection, unit)
                if principal is not None:
                    await unit.narrow(unit.context.acting(principal))
    for scope in unit.runtime.scopes:
        context = await scope.resolve(unit.context, connection, unit)
        if context != unit.context:
            await unit.narrow(context)


async def _unit(request: Request) -> AsyncIterator[Unit]:
    async with runtime_of(request).unit(context_of_request(request)) as unit:
        await _identify(request, unit)
        yield unit


# `function`: the transaction ends before the response is sent, so a failed commit is an error.
Work = Annotated[Unit, Depends(_unit, scope="function")]


class Guard:
    """Requires a permission; the dependency that says how a route is protected."""

    def __init__(self, permission: StrEnum) -> None:
        self.permission: Final = permission

    async def __call__(self, request: Request, work: Work) -> None:
        """Refuse whoever may not."""
        if work.context.principal is None:
            raise Unauthenticated
        for gate in work.runtime.gates:
            await gate(request, work, self.permission)
        if not await work.runtime.ports.get(AUTHORIZER).allows(work.context, self.permission):
            raise Forbidden(f"this needs `{self.permission.value}`")
        request.state.allowed = work
        for interceptor in work.runtime.interceptors:
            await interceptor.before(request, work)


class Public:
    """Marks a route that anyone may call."""

    async def __call__(self) -> None:
        """Allow."""


def guard(permission: StrEnum) -> Any:
    """The route needs this permission."""
    return Depends(Guard(permission), scope="function")


def public() -> Any:
    """Anyone may call the route."""
    return Depends(Public())


class Route(APIRoute):
    """A route whose answer is seen by the interceptors before the commit."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Add the interceptors to what the framework does."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            response = await handle(request)
            unit = getattr(request.state, "allowed", None)
            if isinstance(unit, Unit):
                for interceptor in unit.runtime.interceptors:
                    await interceptor.after(request, unit, response)
            return response

        return answer


class Router(APIRouter):
    """A router of the service."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, route_class=Route, **kwargs)


def _walk(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for child in dependant.dependencies:
        yield from _walk(child)


def access(route: APIRoute) -> Guard | Public | None:
    """How a route is protected."""
    for dependant in _walk(route.dependant):
        if isinstance(dependant.call, Guard | Public):
            return dependant.call
    return None
