"""What happens to invitations."""

from typing import ClassVar
from uuid import UUID

from app.core.events import Audited


class InvitationEvent(Audited):
    """Something about one invitation."""

    invitation_id: UUID
    role: str

    def subject(self) -> str:
        """The invitation."""
        return f"invitation:{self.invitation_id}"


class InvitationSent(InvitationEvent):
    """Somebody was invited, perhaps again."""

    type: ClassVar[str] = "invitations.invitation-sent"


class InvitationRevoked(InvitationEvent):
    """An invitation no longer holds."""

    type: ClassVar[str] = "invitations.invitation-revoked"


class InvitationAccepted(InvitationEvent):
    """Somebody became a member."""

    type: ClassVar[str] = "invitations.invitation-accepted"
    user_id: UUID
