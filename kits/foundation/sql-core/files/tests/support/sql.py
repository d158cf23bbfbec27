"""The database of the service under test."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import ENGINE
from app.core.runtime import Runtime


@pytest.fixture(scope="session")
def engine(runtime: Runtime) -> AsyncEngine:
    """The pool of the service itself."""
    return runtime.ports.get(ENGINE)
