"""The core as a module: what holds when no other part says otherwise."""

from fastapi import Request
from starlette.responses import JSONResponse

from app.core.authz import AUTHORIZER, SignedIn
from app.core.events import TRANSPORT
from app.core.http import Router, public, runtime_of
from app.core.module import Middleware, Module, Stage
from app.core.ports import bind
from app.core.requests import LastResort, RequestIds
from app.core.runtime import RUNTIME, Direct
from app.core.settings import CoreSettings

router = Router(tags=["health"], include_in_schema=False)


@router.get("{= backend.live =}", dependencies=[public()])
async def live() -> dict[str, str]:
    """The process answers; nothing else is looked at."""
    return {"status": "ok"}


@router.get("{= backend.ready =}", dependencies=[public()])
async def ready(request: Request) -> JSONResponse:
    """Everything that a request needs is there."""
    failing = await runtime_of(request).ready()
    status = {"status": "failing" if failing else "ok", "failing": failing}
    return JSONResponse(status, status_code=503 if failing else 200)


module = Module(
    name="core",
    prefix="",
    routers=(router,),
    settings=(CoreSettings,),
    middleware=(
        Middleware(Stage.REQUEST_ID, lambda app, _: RequestIds(app)),
        Middleware(Stage.ERRORS, lambda app, _: LastResort(app)),
    ),
    bindings=(
        bind(AUTHORIZER, lambda _: SignedIn()),
        bind(TRANSPORT, lambda ports: Direct(ports.get(RUNTIME))),
    ),
)
