"""What the caller may do, whoever decides it."""

from app.core.authz import AUTHORIZER
from app.core.unit import Unit
from app.custom.permissions import CustomPermission
from app.wiring.permissions import Permission


async def granted(unit: Unit) -> list[str]:
    """Every permission that the caller has in the context of the unit."""
    authorizer = unit.runtime.ports.get(AUTHORIZER)
    everything = (*Permission, *CustomPermission)
    held = [p.value for p in everything if await authorizer.allows(unit.context, p)]
    return sorted(held)
