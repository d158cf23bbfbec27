"""The HTTP application."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core import problems
from app.core.http import Route, access
from app.core.module import Middleware, Module, Translation
from app.core.problems import ProblemDetails
from app.core.runtime import Runtime
from app.wiring.about import TITLE, VERSION
from app.wiring.modules import MODULES

PREFIX: Final = "{= backend.prefix =}"


def operation_id(route: APIRoute) -> str:
    """`<tag>-<function>`: names in clients do not change with paths."""
    return "-".join([*(str(tag) for tag in route.tags[:1]), route.name])


def routes_of(module: Module) -> list[APIRoute]:
    """The routes of one part, all of them protected or public."""
    found: list[APIRoute] = []
    for route in (route for router in module.routers for route in router.routes):
        if not isinstance(route, Route):
            message = f"{route} of {module.name} is not of a core router"
            raise TypeError(message)
        if access(route) is None:
            message = f"{route.path} of {module.name} has neither guard nor public"
            raise TypeError(message)
        found.append(route)
    return found


class _Stacked:
    """Gives a middleware the runtime."""

    def __init__(self, app: ASGIApp, item: Middleware, runtime: Runtime) -> None:
        self._app = item.wrap(app, runtime)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def _translate(app: FastAPI, item: Translation) -> None:
    async def handler(request: Request, error: Exception) -> Response:
        problem = item.to_problem(error)
        if problem is None:
            raise error
        request_id = request.scope["state"]["request_id"]
        return problems.respond(problems.details_of(problem, request_id), problem.headers)

    app.add_exception_handler(item.error, handler)


def _document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with problems as the answer to every failure."""
    if app.openapi_schema is None:
        document = get_openapi(title=TITLE, version=VERSION, routes=app.routes)
        for path in document["paths"].values():
            for operation in path.values():
                content = operation["responses"]["default"]["content"]
                content[problems.MEDIA_TYPE] = content.pop("application/json")
        app.openapi_schema = document
    return app.openapi_schema


def create_app(modules: Sequence[Module] = MODULES) -> FastAPI:
    """Compose the service."""
    runtime = Runtime(modules)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with runtime.running():
            yield

    app = FastAPI(
        title=TITLE,
        version=VERSION,
        lifespan=lifespan,
        openapi_url=None,
        generate_unique_id_function=operation_id,
        responses={"default": {"model": ProblemDetails, "description": "A problem"}},
    )
    app.state.runtime = runtime
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    problems.install(app)
    for translation in runtime.translations:
        _translate(app, translation)
    app.state.paths = []
    for module in modules:
        prefix = PREFIX if module.prefix is None else module.prefix
        for route in routes_of(module):
            app.state.paths.append((compile_path(prefix + route.path)[0], route.methods))
        for router in module.routers:
            app.include_router(router, prefix=prefix)
    # The last one added is the outermost.
    stack = [item for module in reversed(modules) for item in reversed(module.middleware)]
    for item in sorted(stack, key=lambda item: -item.stage):
        app.add_middleware(_Stacked, item=item, runtime=runtime)
    return app
