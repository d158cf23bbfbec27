"""Someone who is signed in."""

import pytest

from app.core.context import Context, Principal
from tests.support.identity import SignUp
from tests.support.scope import Actor, MakeActor


@pytest.fixture
def actor(sign_up: SignUp) -> MakeActor:
    """Makes someone who is signed in."""

    async def make(role: str = "owner") -> Actor:
        user = await sign_up()
        return Actor(user.id, user.headers, Context(Principal(user.id)))

    return make
