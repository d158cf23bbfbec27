"""What one can do with tenants."""

from uuid import UUID, uuid4

from app.core.context import Context
from app.core.unit import Unit
from app.platform.tenancy.models import Membership, Tenant


def within(context: Context, tenant: UUID, role: str) -> Context:
    """The context of someone who works in a tenant."""
    return context.scoped("tenant", str(tenant)).scoped("role", role)


async def create_tenant(unit: Unit, name: str, owner: UUID, role: str = "owner") -> Tenant:
    """Make a tenant with its first member, and go on working inside it."""
    tenant = Tenant(id=uuid4(), name=name)
    await unit.narrow(within(unit.context, tenant.id, role))
    unit.session.add(tenant)
    await unit.session.flush()
    unit.session.add(Membership(tenant_id=tenant.id, user_id=owner, role=role))
    await unit.session.flush()
    return tenant
