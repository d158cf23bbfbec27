"""Someone who is signed in and has a role."""

import pytest

from app.core.context import Context, Principal
from app.core.runtime import Runtime
from app.platform.rbac.models import RoleAssignment
from tests.support.identity import SignUp
from tests.support.scope import Actor, MakeActor


@pytest.fixture
def actor(runtime: Runtime, sign_up: SignUp) -> MakeActor:
    """Makes someone who is signed in and has a role."""

    async def make(role: str = "owner") -> Actor:
        user = await sign_up()
        async with runtime.unit() as unit:
            unit.session.add(RoleAssignment(user_id=user.id, role=role))
        return Actor(user.id, user.headers, Context(Principal(user.id), {"role": role}))

    return make
