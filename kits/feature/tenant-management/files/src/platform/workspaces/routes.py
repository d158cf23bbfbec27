"""Workspaces, their members, and what a client asks for first."""

from collections.abc import Sequence
from uuid import UUID

from app.core.http import Router, Work, guard
from app.platform.identity.permissions import granted
from app.platform.identity.schemas import ProfileRead
from app.platform.identity.service import Users
from app.platform.workspaces.schemas import (
    MemberRead,
    MemberUpdate,
    SessionRead,
    WorkspaceCreate,
    WorkspaceRead,
    WorkspaceUpdate,
)
from app.platform.workspaces.service import Members, Workspaces
from app.wiring.permissions import Permission

router = Router(tags=["workspaces"])


@router.get("/session", dependencies=[guard(Permission.SESSION_READ)])
async def get_session(work: Work) -> SessionRead:
    """Who is calling, in which workspaces, and what the caller may do."""
    workspaces = await Workspaces(work).mine()
    asked = work.context.scope.get("tenant")
    return SessionRead(
        session_id=work.principal.session,
        user=ProfileRead.model_validate(await Users(work).current()),
        permissions=await granted(work),
        workspace=next((found for found in workspaces if str(found.id) == asked), None),
        workspaces=workspaces,
    )


@router.get("/workspaces", dependencies=[guard(Permission.WORKSPACES_READ)])
async def list_workspaces(work: Work) -> list[WorkspaceRead]:
    """The caller's workspaces."""
    return await Workspaces(work).mine()


@router.post("/workspaces", status_code=201, dependencies=[guard(Permission.WORKSPACES_CREATE)])
async def create_workspace(body: WorkspaceCreate, work: Work) -> WorkspaceRead:
    """Create a workspace that the caller owns."""
    return await Workspaces(work).create(body.name)


@router.get("/workspace", dependencies=[guard(Permission.WORKSPACE_READ)])
async def get_workspace(work: Work) -> WorkspaceRead:
    """The workspace that the header names."""
    return await Workspaces(work).current()


@router.patch("/workspace", dependencies=[guard(Permission.WORKSPACE_WRITE)])
async def update_workspace(body: WorkspaceUpdate, work: Work) -> WorkspaceRead:
    """Rename the workspace."""
    return await Workspaces(work).rename(body.name)


@router.delete("/workspace", status_code=204, dependencies=[guard(Permission.WORKSPACE_DELETE)])
async def delete_workspace(work: Work) -> None:
    """Delete the workspace with all that is in it."""
    await Workspaces(work).delete()


@router.post("/workspace/leave", status_code=204, dependencies=[guard(Permission.WORKSPACE_READ)])
async def leave_workspace(work: Work) -> None:
    """Leave the workspace."""
    await Members(work).remove(work.principal.id)


@router.get("/workspace/members", dependencies=[guard(Permission.MEMBERS_READ)])
async def list_members(work: Work) -> Sequence[MemberRead]:
    """The members of the workspace."""
    return await Members(work).list()


@router.patch("/workspace/members/{user_id}", dependencies=[guard(Permission.MEMBERS_WRITE)])
async def update_member(user_id: UUID, body: MemberUpdate, work: Work) -> MemberRead:
    """Give a member another role."""
    return await Members(work).change_role(user_id, body.role)


@router.delete(
    "/workspace/members/{user_id}",
    status_code=204,
    dependencies=[guard(Permission.MEMBERS_WRITE)],
)
async def remove_member(user_id: UUID, work: Work) -> None:
    """Take a member out of the workspace."""
    await Members(work).remove(user_id)
