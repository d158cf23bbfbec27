"""More people for a workspace."""

from collections.abc import Awaitable
from typing import Protocol
from uuid import UUID

import pytest

from app.core.context import Context, Principal
from app.core.runtime import Runtime
from app.platform.tenancy.models import Membership
from app.platform.tenancy.scope import HEADER
from app.platform.tenancy.service import within
from tests.support.identity import SignUp
from tests.support.scope import Actor


class Join(Protocol):
    """Lets someone new into a workspace."""

    def __call__(self, host: Actor, role: str = "member") -> Awaitable[Actor]:
        """The new member of the host's workspace."""


@pytest.fixture
def join(sign_up: SignUp, runtime: Runtime) -> Join:
    """Makes members."""

    async def make(host: Actor, role: str = "member") -> Actor:
        user = await sign_up()
        tenant = UUID(host.context.scope["tenant"])
        async with runtime.unit(host.context) as unit:
            unit.session.add(Membership(tenant_id=tenant, user_id=user.id, role=role))
        headers = {**user.headers, HEADER: host.headers[HEADER]}
        return Actor(user.id, headers, within(Context(Principal(user.id)), tenant, role))

    return make
