"""What one can do with users; other parts call this, never the table."""

from uuid import UUID

from sqlalchemy import select

from app.core.clock import now
from app.core.problems import Conflict, NotFound, Unauthenticated
from app.core.unit import Unit
from app.platform.identity.events import (
    EmailVerified,
    ProfileUpdated,
    UserDisabled,
    UserEnabled,
    UserRegistered,
)
from app.platform.identity.models import User
from app.platform.identity.schemas import ProfileUpdate


class EmailTaken(Conflict):
    """Another user has the address."""

    type = "/problems/email-taken"
    title = "There is an account with this e-mail address"


class Users:
    """Users within one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    async def by_email(self, email: str) -> User | None:
        """The user with that address, in its canonical form."""
        query = select(User).where(User.email == email)
        return (await self.unit.session.scalars(query)).one_or_none()

    async def get(self, user_id: UUID) -> User:
        """One user."""
        found = await self.unit.session.get(User, user_id)
        if found is None:
            raise NotFound
        return found

    async def current(self) -> User:
        """The caller."""
        principal = self.unit.principal
        if principal.kind != "user":
            raise Unauthenticated
        return await self.get(principal.id)

    async def register(self, email: str, name: str = "", *, verified: bool = False) -> User:
        """A new user; `verified` if it is already proven that the address is theirs."""
        if await self.by_email(email) is not None:
            raise EmailTaken
        user = User(email=email, name=name, email_verified_at=now() if verified else None)
        self.unit.session.add(user)
        await self.unit.session.flush()
        await self.unit.session.refresh(user)
        await self.unit.publish(UserRegistered(user_id=user.id))
        return user

    async def update_profile(self, body: ProfileUpdate) -> User:
        """Change the caller's own profile."""
        user = await self.current()
        changes = {
            name: value
            for name, value in body.model_dump(exclude_unset=True, exclude_none=True).items()
            if getattr(user, name) != value
        }
        if changes:
            for name, value in changes.items():
                setattr(user, name, value)
            await self.unit.session.flush()
            await self.unit.session.refresh(user)
            await self.unit.publish(ProfileUpdated(user_id=user.id, fields=tuple(sorted(changes))))
        return user

    async def verify_email(self, user: User) -> None:
        """The address is theirs."""
        if user.email_verified_at is None:
            user.email_verified_at = now()
            await self.unit.publish(EmailVerified(user_id=user.id))

    async def disable(self, user: User) -> None:
        """Keep a user out."""
        if user.disabled_at is None:
            user.disabled_at = now()
            await self.unit.publish(UserDisabled(user_id=user.id))

    async def enable(self, user: User) -> None:
        """Let a user in again."""
        if user.disabled_at is not None:
            user.disabled_at = None
            await self.unit.publish(UserEnabled(user_id=user.id))
