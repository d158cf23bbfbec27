"""What happens when people sign in and out."""

from typing import ClassVar
from uuid import UUID

from app.core.events import Audited


class SignInEvent(Audited):
    """Something about the sign-in of one user."""

    user_id: UUID

    def subject(self) -> str:
        """The user."""
        return f"user:{self.user_id}"


class SignedIn(SignInEvent):
    """A session began."""

    type: ClassVar[str] = "auth.signed-in"
    session_id: UUID


class SignedOut(SignInEvent):
    """A session was ended by its user."""

    type: ClassVar[str] = "auth.signed-out"
    session_id: UUID


class SignInFailed(Audited):
    """Somebody gave a wrong password, or an address that has no account."""

    type: ClassVar[str] = "auth.sign-in-failed"
    user_id: UUID | None = None
    locked: bool = False

    def subject(self) -> str:
        """The user, if there is one."""
        return f"user:{self.user_id}" if self.user_id else "user:unknown"


class PasswordChanged(SignInEvent):
    """A user has a new password; every session before it is ended."""

    type: ClassVar[str] = "auth.password-changed"


class RefreshTokenReused(SignInEvent):
    """A refresh token came twice, so one of the two was stolen; the session is ended."""

    type: ClassVar[str] = "auth.refresh-token-reused"
    session_id: UUID
