"""Someone who is signed in."""

from uuid import uuid4

import pytest

from app.core.context import Context, Principal
from tests.support.callers import headers_of
from tests.support.scope import Actor, MakeActor


@pytest.fixture
def actor() -> MakeActor:
    """Makes someone who is signed in."""

    async def make(role: str = "owner") -> Actor:
        caller = uuid4()
        return Actor(caller, headers_of(caller), Context(Principal(caller)))

    return make
