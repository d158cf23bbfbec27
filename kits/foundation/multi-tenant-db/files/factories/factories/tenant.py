"""Tenants for tests."""

from app.core.context import Context
from app.core.runtime import Runtime
from app.platform.tenancy.models import Tenant
from app.platform.tenancy.service import create_tenant
from tests.support.scope import Actor


async def make_tenant(runtime: Runtime, actor: Actor) -> Tenant:
    """Another tenant of the actor's."""
    async with runtime.unit(Context(actor.context.principal)) as unit:
        return await create_tenant(unit, "Another", actor.id)
