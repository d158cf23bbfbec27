"""From a request to a tenant: the header proposes, the membership decides."""

from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy import select
from starlette.requests import HTTPConnection, Request

from app.core.context import Context
from app.core.problems import NotFound, Problem
from app.core.unit import Unit
from app.platform.tenancy.models import Membership
from app.platform.tenancy.service import within
from app.wiring.permissions import SIGNED_IN

HEADER: Final = "x-workspace-id"


class WorkspaceRequired(Problem):
    """The request does not say which workspace it is about."""

    status: ClassVar[int] = 400
    type: ClassVar[str] = "/problems/workspace-required"
    title: ClassVar[str] = "Which workspace?"


class TenantScope:
    """One tenant at a time."""

    async def resolve(self, context: Context, connection: HTTPConnection, unit: Unit) -> Context:
        """The tenant that the caller asks for, if it is a member; an unknown one is not found."""
        asked = connection.headers.get(HEADER)
        if asked is None or context.principal is None:
            return context
        try:
            tenant = UUID(asked)
        except ValueError:
            raise NotFound from None
        query = select(Membership.role).where(
            Membership.tenant_id == tenant,
            Membership.user_id == context.principal.id,
        )
        role = await unit.session.scalar(query)
        if role is None:
            raise NotFound
        return within(context, tenant, role)

    def settings(self, context: Context) -> dict[str, str]:
        """What the policies of the tables compare with."""
        return {"app.tenant_id": context.scope.get("tenant", "")}


async def in_a_workspace(request: Request, unit: Unit, permission: StrEnum) -> None:
    """Let nobody work outside a tenant, except on what concerns only the caller."""
    del request
    if permission not in SIGNED_IN and "tenant" not in unit.context.scope:
        raise WorkspaceRequired(f"send the header `{HEADER}`")
