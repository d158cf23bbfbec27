"""The environment of the service under test."""

import os

import pytest

from tests.support import wiring


@pytest.fixture(scope="session")
def environment() -> None:
    """Set it, once for each worker."""
    os.environ.update(wiring.ENVIRONMENT)
