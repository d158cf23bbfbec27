"""What a role may do, and what one role may do to another."""

from enum import StrEnum

from app.core.context import Context
from app.core.problems import Forbidden
from app.wiring.permissions import SIGNED_IN
from app.wiring.roles import RANKS, WEAKEST, Role


class RoleTooStrong(Forbidden):
    """Nobody makes somebody else stronger than themselves, or touches who is."""

    type = "/problems/role-too-strong"
    title = "This role is stronger than yours"


def role_of(context: Context) -> Role | None:
    """The caller's role, if there is one that is still known."""
    held = context.scope.get("role")
    return Role(held) if held in set(Role) else None


def permissions_of(role: Role) -> list[str]:
    """Everything that a role may do."""
    held = [p.value for p, weakest in WEAKEST.items() if RANKS[role] >= RANKS[weakest]]
    return sorted(held)


def may_touch(context: Context, role: Role) -> bool:
    """Whether the caller is at least as strong as a role."""
    own = role_of(context)
    return own is not None and RANKS[own] >= RANKS[role]


def require_touch(context: Context, *roles: Role) -> None:
    """Refuse a caller who is weaker than one of the roles."""
    if not all(may_touch(context, role) for role in roles):
        raise RoleTooStrong


class RoleAuthorizer:
    """Grants by role; what nobody granted is denied."""

    async def allows(self, context: Context, permission: StrEnum) -> bool:
        """Whether the caller's role has the permission."""
        if context.principal is None:
            return False
        if permission in SIGNED_IN:
            return True
        weakest = WEAKEST.get(permission)
        return weakest is not None and may_touch(context, weakest)
