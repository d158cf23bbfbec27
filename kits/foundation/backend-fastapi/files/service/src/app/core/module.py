"""What one part adds to the service. Platform parts, domain modules and your code all use this."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp

from app.core.context import Context, Principal
from app.core.events import Event, Subscription
from app.core.ports import Binding
from app.core.problems import Problem
from app.core.settings import Settings

if TYPE_CHECKING:
    from app.core.http import Router
    from app.core.runtime import Runtime
    from app.core.unit import Unit


class Stage(IntEnum):
    """Where a middleware stands, outermost first. For what needs no caller."""

    REQUEST_ID = 10
    TELEMETRY = 20
    ERRORS = 30
    TRUSTED_HOST = 40
    SECURITY_HEADERS = 50
    CORS = 60
    ORIGIN = 70
    BODY_LIMIT = 80
    RATE_LIMIT = 90


@dataclass(frozen=True, slots=True)
class Middleware:
    """A pure ASGI middleware and its place; in one stage, module order decides."""

    stage: Stage
    wrap: Callable[[ASGIApp, "Runtime"], ASGIApp]


class Authenticator(Protocol):
    """Recognises a caller by a request's credentials."""

    async def __call__(self, connection: HTTPConnection, unit: "Unit") -> Principal | None:
        """The caller, or nothing if these credentials are not of this kind."""


class Scope(Protocol):
    """Narrows a context, and what the database shows with it."""

    async def resolve(self, context: Context, connection: HTTPConnection, unit: "Unit") -> Context:
        """The context of one request; refuses with a problem."""

    def settings(self, context: Context) -> dict[str, str]:
        """Transaction-local database settings that stand for the context."""


class Gate(Protocol):
    """May refuse a known caller before its permission is looked at."""

    async def __call__(self, request: Request, unit: "Unit", permission: StrEnum) -> None:
        """Refuse with a problem, or let pass."""


class Interceptor(Protocol):
    """Stands around an allowed call, inside its transaction."""

    async def before(self, request: Request, unit: "Unit") -> None:
        """Run ahead of the handler."""

    async def after(self, request: Request, unit: "Unit", response: Response) -> None:
        """See the response before the commit."""


@dataclass(frozen=True, slots=True)
class Health:
    """Something without which the service is not ready; `check` raises then."""

    name: str
    check: Callable[["Runtime"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Translation:
    """Turns an exception of a library into a problem, or leaves it an error."""

    error: type[Exception]
    to_problem: Callable[[Exception], Problem | None]


class Tier(StrEnum):
    """What seed data is for."""

    REFERENCE = "reference"
    DEMO = "demo"


@dataclass(frozen=True, slots=True)
class Seed:
    """Data that a database starts with; running it again changes nothing."""

    name: str
    tier: Tier
    run: Callable[["Runtime"], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One part of the service. Its routers are mounted below `prefix`, or else the API's prefix."""

    name: str
    prefix: str | None = None
    routers: tuple["Router", ...] = ()
    settings: tuple[type[Settings], ...] = ()
    middleware: tuple[Middleware, ...] = ()
    lifespan: Callable[["Runtime"], AbstractAsyncContextManager[None]] | None = None
    authenticators: tuple[Authenticator, ...] = ()
    scopes: tuple[Scope, ...] = ()
    gates: tuple[Gate, ...] = ()
    interceptors: tuple[Interceptor, ...] = ()
    events: tuple[type[Event], ...] = ()
    subscriptions: tuple[Subscription[Any], ...] = ()
    bindings: tuple[Binding[Any], ...] = ()
    health: tuple[Health, ...] = ()
    translations: tuple[Translation, ...] = ()
    seeds: tuple[Seed, ...] = ()
