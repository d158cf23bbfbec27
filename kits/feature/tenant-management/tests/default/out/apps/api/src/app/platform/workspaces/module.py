"""Workspaces as a part of the service."""

from app.core.module import Module
from app.platform.workspaces.events import (
    MemberRemoved,
    MemberRoleChanged,
    WorkspaceCreated,
    WorkspaceDeleted,
    WorkspaceUpdated,
)
from app.platform.workspaces.routes import router

module = Module(
    name="workspaces",
    routers=(router,),
    events=(
        WorkspaceCreated,
        WorkspaceUpdated,
        WorkspaceDeleted,
        MemberRoleChanged,
        MemberRemoved,
    ),
)
