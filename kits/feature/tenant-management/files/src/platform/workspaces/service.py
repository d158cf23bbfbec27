"""What one can do with workspaces and members."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Row, Select, func, select

from app.core.problems import Conflict, NotFound
from app.core.unit import Unit
from app.platform.identity.models import User
from app.platform.rbac.roles import require_touch
from app.platform.tenancy.models import Membership, Tenant
from app.platform.tenancy.service import create_tenant
from app.platform.workspaces.events import (
    MemberRemoved,
    MemberRoleChanged,
    WorkspaceCreated,
    WorkspaceDeleted,
    WorkspaceUpdated,
)
from app.platform.workspaces.schemas import MemberRead, WorkspaceRead
from app.wiring.roles import Role


class LastOwner(Conflict):
    """A workspace always has an owner."""

    type = "/problems/last-owner"
    title = "A workspace keeps at least one owner"


class Workspaces:
    """Workspaces within one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    async def create(self, name: str) -> WorkspaceRead:
        """A new workspace that the caller owns."""
        owner = self.unit.principal.id
        tenant = await create_tenant(self.unit, name, owner, Role.OWNER.value)
        await self.unit.publish(WorkspaceCreated(workspace_id=tenant.id))
        return WorkspaceRead(
            id=tenant.id, name=tenant.name, role=Role.OWNER, created_at=tenant.created_at
        )

    async def mine(self) -> list[WorkspaceRead]:
        """The caller's workspaces, by name."""
        query = self._with_role().order_by(func.lower(Tenant.name), Tenant.id)
        return [_workspace(row) for row in (await self.unit.session.execute(query)).all()]

    async def current(self) -> WorkspaceRead:
        """The workspace that the request is about."""
        query = self._with_role().where(Tenant.id == self.current_id())
        row = (await self.unit.session.execute(query)).one_or_none()
        if row is None:
            raise NotFound
        return _workspace(row)

    async def rename(self, name: str) -> WorkspaceRead:
        """Give the workspace another name."""
        tenant = await self._locked()
        if tenant.name != name:
            tenant.name = name
            await self.unit.session.flush()
            await self.unit.publish(WorkspaceUpdated(workspace_id=tenant.id))
        return await self.current()

    async def delete(self) -> None:
        """Delete the workspace with all that is in it."""
        tenant = await self._locked()
        await self.unit.publish(WorkspaceDeleted(workspace_id=tenant.id))
        await self.unit.session.delete(tenant)
        await self.unit.session.flush()

    def current_id(self) -> UUID:
        """The workspace that the request is about."""
        found = self.unit.context.scope.get("tenant")
        if found is None:
            raise NotFound
        return UUID(found)

    def _with_role(self) -> Select[tuple[Tenant, str]]:
        return (
            select(Tenant, Membership.role)
            .join(Membership, Membership.tenant_id == Tenant.id)
            .where(Membership.user_id == self.unit.principal.id)
        )

    async def _locked(self) -> Tenant:
        return await self.unit.session.get_one(Tenant, self.current_id(), with_for_update=True)


class Members:
    """Members of the workspace within one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self._workspace = Workspaces(unit).current_id()

    async def list(self) -> Sequence[MemberRead]:
        """All members, by address."""
        query = self._query().order_by(User.email)
        return [_member(row) for row in (await self.unit.session.execute(query)).all()]

    async def change_role(self, user_id: UUID, role: Role) -> MemberRead:
        """Give a member another role: neither the old nor the new one above the caller's."""
        membership = await self._locked(user_id)
        before = Role(membership.role)
        require_touch(self.unit.context, before, role)
        if before is not role:
            await self._keep_an_owner(before)
            membership.role = role.value
            await self.unit.session.flush()
            await self.unit.publish(
                MemberRoleChanged(
                    workspace_id=self._workspace, user_id=user_id, before=before, after=role
                )
            )
        query = self._query().where(User.id == user_id)
        return _member((await self.unit.session.execute(query)).one())

    async def remove(self, user_id: UUID) -> None:
        """Take somebody out of the workspace; everybody may take out themselves."""
        membership = await self._locked(user_id)
        role = Role(membership.role)
        if user_id != self.unit.principal.id:
            require_touch(self.unit.context, role)
        await self._keep_an_owner(role)
        # Before the row goes: afterwards the leaving caller no longer sees the workspace.
        await self.unit.publish(
            MemberRemoved(workspace_id=self._workspace, user_id=user_id, role=role)
        )
        await self.unit.session.delete(membership)
        await self.unit.session.flush()

    def _query(self) -> Select[tuple[User, Membership]]:
        return (
            select(User, Membership)
            .join(Membership, Membership.user_id == User.id)
            .where(Membership.tenant_id == self._workspace)
        )

    async def _locked(self, user_id: UUID) -> Membership:
        # One change of members at a time, so that two owners cannot remove each other.
        await self.unit.session.get_one(Tenant, self._workspace, with_for_update=True)
        query = select(Membership).where(
            Membership.tenant_id == self._workspace, Membership.user_id == user_id
        )
        found = (await self.unit.session.scalars(query)).one_or_none()
        if found is None:
            raise NotFound
        return found

    async def _keep_an_owner(self, leaving: Role) -> None:
        if leaving is not Role.OWNER:
            return
        query = select(func.count()).where(
            Membership.tenant_id == self._workspace, Membership.role == Role.OWNER.value
        )
        if await self.unit.session.scalar(query) == 1:
            raise LastOwner


def _workspace(row: Row[tuple[Tenant, str]]) -> WorkspaceRead:
    tenant, role = row._tuple()
    return WorkspaceRead(
        id=tenant.id, name=tenant.name, role=Role(role), created_at=tenant.created_at
    )


def _member(row: Row[tuple[User, Membership]]) -> MemberRead:
    user, membership = row._tuple()
    return MemberRead(
        user_id=user.id,
        email=user.email,
        name=user.name,
        role=Role(membership.role),
        since=membership.created_at,
    )
