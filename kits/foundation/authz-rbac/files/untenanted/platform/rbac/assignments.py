"""Roles in this installation: who has which, and who may change that."""

from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from starlette.requests import HTTPConnection

from app.core.context import Context
from app.core.events import Audited
from app.core.http import Router, Work, guard
from app.core.module import Module
from app.core.problems import Conflict, NotFound
from app.core.unit import Unit
from app.platform.identity.models import User
from app.platform.rbac.models import RoleAssignment
from app.platform.rbac.roles import require_touch
from app.wiring.permissions import Permission
from app.wiring.roles import RANKS, Role

STRONGEST = max(Role, key=lambda role: RANKS[role])

router = Router(prefix="/users", tags=["roles"])


class LastOwner(Conflict):
    """Somebody must be able to give roles."""

    type = "/problems/last-owner"
    title = "Nobody else has the strongest role"


class RoleAssigned(Audited):
    """A user has another role."""

    type: ClassVar[str] = "rbac.role-assigned"
    user_id: UUID
    before: str | None
    after: str | None

    def subject(self) -> str:
        """The user."""
        return f"user:{self.user_id}"


class UserWithRole(BaseModel):
    """A user and the user's role."""

    id: UUID
    email: str
    name: str
    role: Role | None


class RoleChange(BaseModel):
    """The role to have."""

    model_config = ConfigDict(extra="forbid")

    role: Role | None


class RoleScope:
    """Finds the caller's role anew for each request, so that a change holds at once."""

    async def resolve(self, context: Context, connection: HTTPConnection, unit: Unit) -> Context:
        """The context with the role."""
        del connection
        if context.principal is None:
            return context
        found = await unit.session.get(RoleAssignment, context.principal.id)
        return context if found is None else context.scoped("role", found.role)

    def settings(self, context: Context) -> dict[str, str]:
        """Nothing: the database does not know roles."""
        del context
        return {}


async def assign(unit: Unit, user_id: UUID, role: Role | None) -> None:
    """Give a user a role; somebody always has the strongest one."""
    # One change at a time, so that two owners cannot remove each other.
    owners = select(RoleAssignment).where(RoleAssignment.role == STRONGEST.value)
    strong = (await unit.session.scalars(owners.with_for_update())).all()
    found = await unit.session.get(RoleAssignment, user_id)
    before = found.role if found is not None else None
    if before == role:
        return
    if before == STRONGEST and len(strong) == 1:
        raise LastOwner
    if found is None and role is not None:
        unit.session.add(RoleAssignment(user_id=user_id, role=role.value))
    elif found is not None and role is not None:
        found.role = role.value
    elif found is not None:
        await unit.session.delete(found)
    await unit.session.flush()
    await unit.publish(RoleAssigned(user_id=user_id, before=before, after=role))


@router.get("", dependencies=[guard(Permission.USERS_READ)])
async def list_users(work: Work) -> list[UserWithRole]:
    """Everybody who has a role."""
    query = (
        select(User.id, User.email, User.name, RoleAssignment.role)
        .join(RoleAssignment, RoleAssignment.user_id == User.id)
        .order_by(User.email)
    )
    return [
        UserWithRole(id=row.id, email=row.email, name=row.name, role=row.role)
        for row in (await work.session.execute(query)).all()
    ]


@router.put("/{user_id}/role", dependencies=[guard(Permission.USERS_WRITE)])
async def change_role(user_id: UUID, body: RoleChange, work: Work) -> UserWithRole:
    """Give a user a role, or none."""
    user = await work.session.get(User, user_id)
    if user is None:
        raise NotFound
    found = await work.session.get(RoleAssignment, user_id)
    touched = [found.role if found is not None else None, body.role]
    require_touch(work.context, *(Role(role) for role in touched if role in set(Role)))
    await assign(work, user_id, body.role)
    return UserWithRole(id=user.id, email=user.email, name=user.name, role=body.role)


module = Module(
    name="role_assignments", routers=(router,), scopes=(RoleScope(),), events=(RoleAssigned,)
)
