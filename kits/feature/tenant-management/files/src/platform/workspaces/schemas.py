"""Workspaces at the edge."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.platform.identity.schemas import ProfileRead
from app.wiring.roles import Role

WorkspaceName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    Field(pattern=r"^[^\x00-\x1f\x7f]*$"),
]


class WorkspaceCreate(BaseModel):
    """A new workspace."""

    model_config = ConfigDict(extra="forbid")

    name: WorkspaceName


class WorkspaceUpdate(BaseModel):
    """What can be changed about a workspace."""

    model_config = ConfigDict(extra="forbid")

    name: WorkspaceName


class WorkspaceRead(BaseModel):
    """A workspace, and the caller's role in it."""

    id: UUID
    name: str
    role: Role
    created_at: datetime


class MemberRead(BaseModel):
    """A member of the workspace."""

    user_id: UUID
    email: str
    name: str
    role: Role
    since: datetime


class MemberUpdate(BaseModel):
    """The role that a member should have."""

    model_config = ConfigDict(extra="forbid")

    role: Role


class SessionRead(BaseModel):
    """The caller, the workspaces, and what the caller may do in the one that is asked for."""

    session_id: UUID | None
    user: ProfileRead
    permissions: list[str]
    workspace: WorkspaceRead | None
    workspaces: list[WorkspaceRead]
