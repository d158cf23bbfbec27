"""What happens to workspaces and their members."""

from typing import ClassVar
from uuid import UUID

from app.core.events import Audited


class WorkspaceEvent(Audited):
    """Something about one workspace."""

    workspace_id: UUID

    def subject(self) -> str:
        """The workspace."""
        return f"workspace:{self.workspace_id}"


class WorkspaceCreated(WorkspaceEvent):
    """There is a new workspace."""

    type: ClassVar[str] = "workspaces.workspace-created"


class WorkspaceUpdated(WorkspaceEvent):
    """A workspace has another name."""

    type: ClassVar[str] = "workspaces.workspace-updated"


class WorkspaceDeleted(WorkspaceEvent):
    """A workspace is gone with all that was in it."""

    type: ClassVar[str] = "workspaces.workspace-deleted"


class MemberEvent(WorkspaceEvent):
    """Something about one member."""

    user_id: UUID

    def subject(self) -> str:
        """The member."""
        return f"user:{self.user_id}"


class MemberRoleChanged(MemberEvent):
    """A member has another role."""

    type: ClassVar[str] = "workspaces.member-role-changed"
    before: str
    after: str


class MemberRemoved(MemberEvent):
    """Somebody is no longer a member."""

    type: ClassVar[str] = "workspaces.member-removed"
    role: str
