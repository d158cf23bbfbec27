"""Structured logs as a part of the service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.core.module import Middleware, Module, Stage
from app.core.runtime import Runtime
from app.platform.logging.requests import RequestLog
from app.platform.logging.settings import LogSettings
from app.platform.logging.setup import logging_to_stdout


@asynccontextmanager
async def lifespan(runtime: Runtime) -> AsyncIterator[None]:
    """Log as the settings say."""
    with logging_to_stdout(runtime.settings(LogSettings)):
        yield


module = Module(
    name="logging",
    settings=(LogSettings,),
    middleware=(Middleware(Stage.TELEMETRY, lambda app, _: RequestLog(app)),),
    lifespan=lifespan,
)
