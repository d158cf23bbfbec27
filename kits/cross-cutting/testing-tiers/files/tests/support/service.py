"""The service under test: the whole of it, once for each worker."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from app.core.runtime import Runtime
from app.factory import create_app
from app.wiring.modules import MODULES
from tests.support import wiring


@pytest.fixture(scope="session")
async def app(environment: None) -> AsyncIterator[FastAPI]:
    """The whole service, started."""
    found = create_app((*MODULES, *wiring.MODULES))
    async with found.state.runtime.running():
        yield found


@pytest.fixture(scope="session")
def runtime(app: FastAPI) -> Runtime:
    """What the service is composed of."""
    found = app.state.runtime
    assert isinstance(found, Runtime)
    return found


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """Calls the service; keeps no cookies from one test to the next."""
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://test") as found:
        yield found
