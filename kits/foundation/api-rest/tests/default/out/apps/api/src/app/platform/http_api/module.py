"""The API's limits."""

from starlette.types import ASGIApp

from app.core.module import Middleware, Module, Stage
from app.core.runtime import Runtime
from app.platform.http_api.limits import BodyLimit
from app.platform.http_api.settings import HttpSettings


def limit_body(app: ASGIApp, runtime: Runtime) -> ASGIApp:
    """Limit what requests may carry."""
    return BodyLimit(app, runtime.settings(HttpSettings).max_body)


module = Module(
    name="http-api",
    settings=(HttpSettings,),
    middleware=(Middleware(Stage.BODY_LIMIT, limit_body),),
)
