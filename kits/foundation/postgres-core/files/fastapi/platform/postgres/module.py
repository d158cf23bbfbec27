"""The engine and whether it works."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.core.db import ENGINE
from app.core.module import Health, Module
from app.core.ports import Container, bind
from app.core.runtime import RUNTIME, Runtime
from app.platform.postgres.settings import DatabaseSettings
from app.platform.postgres.url import driver_url


def make_engine(ports: Container) -> AsyncEngine:
    """A pool of connections that can neither hang nor hold locks for ever."""
    settings = ports.get(RUNTIME).settings(DatabaseSettings)
    timeout = str(settings.statement_timeout * 1000)
    return create_async_engine(
        driver_url(settings.url),
        pool_size=settings.pool_size,
        max_overflow=settings.pool_overflow,
        pool_pre_ping=True,
        pool_use_lifo=True,
        connect_args={
            "server_settings": {
                "application_name": "api",
                "idle_in_transaction_session_timeout": timeout,
                "jit": "off",
                "statement_timeout": timeout,
                "timezone": "UTC",
            },
        },
    )


@asynccontextmanager
async def lifespan(runtime: Runtime) -> AsyncIterator[None]:
    """Close the pool at the end."""
    try:
        yield
    finally:
        if runtime.ports.made(ENGINE):
            await runtime.ports.get(ENGINE).dispose()


async def answers(runtime: Runtime) -> None:
    """Ask the database something."""
    async with runtime.ports.get(ENGINE).connect() as connection:
        await connection.execute(text("select 1"))


module = Module(
    name="postgres",
    settings=(DatabaseSettings,),
    lifespan=lifespan,
    bindings=(bind(ENGINE, make_engine),),
    health=(Health("postgres", answers),),
)
