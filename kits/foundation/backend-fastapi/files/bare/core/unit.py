"""A unit of work of a service that stores nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from app.core.context import Context
from app.core.work import BaseUnit

if TYPE_CHECKING:
    from app.core.runtime import Runtime


class Unit(BaseUnit):
    """One piece of work in one context."""


@asynccontextmanager
async def transaction(runtime: "Runtime", context: Context) -> AsyncIterator[Unit]:
    """Work in a context; there is nothing to commit."""
    yield Unit(runtime, context)
