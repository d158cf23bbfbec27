"""Someone with a workspace of their own."""

import pytest

from app.core.context import Context, Principal
from app.core.runtime import Runtime
from app.platform.tenancy.scope import HEADER
from app.platform.tenancy.service import create_tenant, within
from tests.support.identity import SignUp
from tests.support.scope import Actor, MakeActor


@pytest.fixture
def actor(sign_up: SignUp, runtime: Runtime) -> MakeActor:
    """Makes someone in a new workspace."""

    async def make(role: str = "owner") -> Actor:
        user = await sign_up()
        context = Context(Principal(user.id))
        async with runtime.unit(context) as unit:
            tenant = await create_tenant(unit, "Workspace", user.id, role)
        headers = {**user.headers, HEADER: str(tenant.id)}
        return Actor(user.id, headers, within(context, tenant.id, role))

    return make
