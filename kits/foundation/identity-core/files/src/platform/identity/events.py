"""What happens to users."""

from typing import ClassVar
from uuid import UUID

from app.core.events import Audited


class UserEvent(Audited):
    """Something that concerns one user."""

    user_id: UUID

    def subject(self) -> str:
        """The user."""
        return f"user:{self.user_id}"


class UserRegistered(UserEvent):
    """There is a new user."""

    type: ClassVar[str] = "identity.user-registered"


class ProfileUpdated(UserEvent):
    """A user changed the own profile; the names of the changed fields, never their values."""

    type: ClassVar[str] = "identity.profile-updated"
    fields: tuple[str, ...]


class EmailVerified(UserEvent):
    """A user proved that the e-mail address is theirs."""

    type: ClassVar[str] = "identity.email-verified"


class UserDisabled(UserEvent):
    """A user may no longer sign in."""

    type: ClassVar[str] = "identity.user-disabled"


class UserEnabled(UserEvent):
    """A user may sign in again."""

    type: ClassVar[str] = "identity.user-enabled"
