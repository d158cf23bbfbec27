"""The roles, for whoever chooses one."""

from pydantic import BaseModel

from app.core.http import Router, guard
from app.platform.rbac.roles import permissions_of
from app.wiring.permissions import Permission
from app.wiring.roles import TITLES, Role

router = Router(prefix="/roles", tags=["roles"])


class RoleRead(BaseModel):
    """A role and what it may do."""

    name: Role
    title: str
    permissions: list[str]


@router.get("", dependencies=[guard(Permission.ROLES_READ)])
async def list_roles() -> list[RoleRead]:
    """All roles, the weakest first."""
    return [
        RoleRead(name=role, title=TITLES[role], permissions=permissions_of(role)) for role in Role
    ]
