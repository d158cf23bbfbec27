"""Routes that show the document and a page made from it, outside production."""

from typing import Any, Final

from fastapi import Depends, Request
from starlette.responses import HTMLResponse

from app.core.http import Router, public, runtime_of
from app.core.module import Module
from app.core.problems import NotFound
from app.core.settings import CoreSettings, Environment
from app.platform.openapi.document import document
from app.platform.openapi.page import HEADERS, render

HIDDEN: Final = frozenset({Environment.PRODUCTION})

router = Router(tags=["docs"], include_in_schema=False)


async def not_in_production(request: Request) -> None:
    """Hide the routes where the service is deployed."""
    if runtime_of(request).settings(CoreSettings).environment in HIDDEN:
        raise NotFound


@router.get("/openapi.json", dependencies=[public(), Depends(not_in_production)])
async def schema(request: Request) -> dict[str, Any]:
    """The document."""
    return document(request.app)


@router.get("/docs", dependencies=[public(), Depends(not_in_production)])
async def page(request: Request) -> HTMLResponse:
    """The document as a page."""
    return HTMLResponse(render(document(request.app)), headers=HEADERS)


module = Module(name="openapi", prefix="", routers=(router,))
