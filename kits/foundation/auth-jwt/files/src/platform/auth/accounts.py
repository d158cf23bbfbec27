"""Signing up, in and on. Failures are kept too, so each step is a unit of its own."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.core.clock import now
from app.core.context import Context
from app.core.runtime import Runtime
from app.core.unit import Unit
from app.platform.auth.attempts import begin_attempt, forget_attempts
from app.platform.auth.events import PasswordChanged, SignInFailed
from app.platform.auth.models import Credential
from app.platform.auth.passwords import check_strength, hash_password, verify_password
from app.platform.auth.problems import InvalidCredentials, InvalidToken
from app.platform.auth.sessions import Device, Ended, Grant, Sessions
from app.platform.identity.models import User
from app.platform.identity.service import Users


@dataclass(frozen=True, slots=True)
class _Account:
    user_id: UUID
    password_hash: str | None


class Accounts:
    """Accounts with a password."""

    def __init__(self, runtime: Runtime, context: Context) -> None:
        self._runtime = runtime
        self._context = context

    async def sign_up(self, email: str, password: str, name: str, device: Device) -> Grant:
        """A new account and its first session."""
        check_strength(password, email)
        hashed = await hash_password(password)
        async with self._runtime.unit(self._context) as unit:
            user = await Users(unit).register(email, name)
            unit.session.add(Credential(user_id=user.id, password_hash=hashed))
            await unit.session.flush()
            return await Sessions(unit).start(user.id, device)

    async def sign_in(self, email: str, password: str, device: Device) -> Grant:
        """A new session for who knows the password."""
        user_id, renewed = await self._prove(email, password)
        async with self._runtime.unit(self._context) as unit:
            await forget_attempts(unit, email)
            if renewed is not None:
                credential = await unit.session.get_one(Credential, user_id)
                credential.password_hash = renewed
            return await Sessions(unit).start(user_id, device)

    async def refresh(self, presented: str) -> Grant:
        """The next pair of tokens of a session."""
        async with self._runtime.unit(self._context) as unit:
            grant = await Sessions(unit).rotate(presented)
        # Outside of the unit: that a token was reused must be kept.
        if grant is None:
            raise InvalidToken
        return grant

    async def change_password(self, user_id: UUID, current: str, new: str, device: Device) -> Grant:
        """A new password; every session ends, and the caller gets a new one."""
        async with self._runtime.unit(self._context) as unit:
            email = (await Users(unit).get(user_id)).email
        check_strength(new, email)
        await self._prove(email, current)
        hashed = await hash_password(new)
        async with self._runtime.unit(self._context) as unit:
            await forget_attempts(unit, email)
            await set_password(unit, user_id, hashed)
            return await Sessions(unit).start(user_id, device)

    async def _prove(self, email: str, password: str) -> tuple[UUID, str | None]:
        """Who has this address and password, and a renewed hash if there is one.

        Whatever is wrong, it takes one hash and one row, and it is answered alike.
        """
        async with self._runtime.unit(self._context) as unit:
            unlocked = await begin_attempt(unit, email)
            account = await _account(unit, email)
        known = account.password_hash if account is not None and unlocked else None
        fits, renewed = await verify_password(password, known)
        if account is None or not fits:
            async with self._runtime.unit(self._context) as unit:
                user_id = account.user_id if account is not None else None
                await unit.publish(SignInFailed(user_id=user_id, locked=not unlocked))
            raise InvalidCredentials
        return account.user_id, renewed


async def _account(unit: Unit, email: str) -> _Account | None:
    query = (
        select(User.id, Credential.password_hash)
        .outerjoin(Credential, Credential.user_id == User.id)
        .where(User.email == email, User.disabled_at.is_(None))
    )
    row = (await unit.session.execute(query)).one_or_none()
    return None if row is None else _Account(row[0], row[1])


async def set_password(unit: Unit, user_id: UUID, hashed: str) -> None:
    """Store a new hash and end every session."""
    credential = await unit.session.get(Credential, user_id)
    if credential is None:
        unit.session.add(Credential(user_id=user_id, password_hash=hashed))
    else:
        credential.password_hash = hashed
        credential.changed_at = now()
    await unit.session.flush()
    await unit.publish(PasswordChanged(user_id=user_id))
    await Sessions(unit).end_all(user_id, Ended.PASSWORD)
