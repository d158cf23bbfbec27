"""Users for tests."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from app.core.runtime import Runtime
from app.platform.identity.service import Users


@dataclass(frozen=True)
class TestUser:
    """Someone who is signed in."""

    __test__ = False

    id: UUID
    email: str
    headers: dict[str, str]


SignUp = Callable[[], Awaitable[TestUser]]


def new_address() -> str:
    """An e-mail address that nobody has."""
    return f"{uuid4().hex}@example.com"


@pytest.fixture
def sign_up(runtime: Runtime) -> SignUp:
    """Registers someone."""

    async def register() -> TestUser:
        email = new_address()
        async with runtime.unit() as unit:
            user = await Users(unit).register(email, "Someone")
        return TestUser(user.id, email, {"authorization": f"Test {user.id}"})

    return register
