"""The service on a real port, for calls that are made up from its OpenAPI document."""

import socket
import threading
from collections.abc import Iterator
from typing import Final

import pytest
import uvicorn
from hypothesis import HealthCheck, settings

from app.factory import create_app
from app.wiring.modules import MODULES
from tests.support import wiring

# One caller serves all calls of an operation, and what the document asks for may be rare.
UNWORRIED: Final = (
    HealthCheck.function_scoped_fixture,
    HealthCheck.too_slow,
    HealthCheck.filter_too_much,
)

# The same calls each time, so that a failure is never luck. The others are made anew: `thorough`
# every night, `exhaustive` every week.
settings.register_profile(
    "contract",
    max_examples={= option.examples =},
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=UNWORRIED,
)
settings.register_profile(
    "thorough",
    max_examples={= option.thorough_examples =},
    deadline=None,
    suppress_health_check=UNWORRIED,
)
settings.register_profile(
    "exhaustive",
    parent=settings.get_profile("thorough"),
    max_examples={= option.weekly_examples =},
)
settings.load_profile("contract")


class _Server(uvicorn.Server):
    """Says when it can be called."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@pytest.fixture(scope="session")
def service_url(environment: None) -> Iterator[str]:
    """Where the service answers, in a thread and an event loop of its own."""
    app = create_app((*MODULES, *wiring.MODULES))
    server = _Server(uvicorn.Config(app, lifespan="on", log_level="error", ws="none"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        assert server.ready.wait(30), "the service did not start"
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(30)
