"""Sessions: each is a family of refresh tokens, of which only the newest is good."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import aliased

from app.core.clock import now
from app.core.context import Principal
from app.core.ports import Port
from app.core.problems import NotFound
from app.core.unit import Unit
from app.platform.auth.events import RefreshTokenReused, SignedIn, SignedOut
from app.platform.auth.models import RefreshToken, Session
from app.platform.auth.settings import REFRESH_GRACE, SESSION_LIFETIME
from app.platform.auth.tokens import AccessTokens
from app.platform.identity.models import User

TOKENS: Final = Port[AccessTokens]("auth.tokens")

# How long an ended session can still be looked up by whoever investigates.
KEPT: Final = timedelta(days=30)


class Ended(StrEnum):
    """Why a session is over."""

    SIGN_OUT = "sign-out"
    REVOKED = "revoked"
    PASSWORD = "password"  # noqa: S105
    REUSE = "reuse"


@dataclass(frozen=True, slots=True)
class Device:
    """Where a session is used."""

    user_agent: str
    address: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What a client gets: shown once, kept only as a digest."""

    user_id: UUID
    session_id: UUID
    access_token: str
    access_expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime


def digest_of(token: str) -> bytes:
    """What is stored of a random token."""
    return hashlib.sha256(token.encode()).digest()


class Sessions:
    """Sessions within one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self._tokens = unit.runtime.ports.get(TOKENS)

    async def start(self, user_id: UUID, device: Device) -> Grant:
        """A new session; the user's long gone ones are forgotten."""
        moment = now()
        gone = (Session.user_id == user_id) & (Session.expires_at < moment - KEPT)
        await self.unit.session.execute(delete(Session).where(gone))
        session = Session(
            user_id=user_id,
            user_agent=device.user_agent[:200],
            address=device.address[:45],
            created_at=moment,
            used_at=moment,
            expires_at=moment + SESSION_LIFETIME,
        )
        self.unit.session.add(session)
        await self.unit.session.flush()
        who = Principal(user_id, session=session.id)
        await self.unit.narrow(self.unit.context.acting(who))
        await self.unit.publish(SignedIn(user_id=user_id, session_id=session.id))
        return await self._issue(session, None)

    async def rotate(self, presented: str) -> Grant | None:
        """Exchange a refresh token; nothing if it is not good.

        A used token ends its session: somebody has a copy. Two exceptions keep honest clients in:
        it was used a moment ago, and what came of it has not been used yet.
        """
        digest = digest_of(presented)
        query = select(RefreshToken.session_id).where(RefreshToken.digest == digest)
        session_id = await self.unit.session.scalar(query)
        if session_id is None:
            return None
        # One exchange of a family at a time.
        session = await self.unit.session.get_one(Session, session_id, with_for_update=True)
        token = (
            await self.unit.session.scalars(
                select(RefreshToken).where(RefreshToken.digest == digest)
            )
        ).one()
        moment = now()
        if session.ended_at is not None or session.expires_at <= moment:
            return None
        user = await self.unit.session.get_one(User, session.user_id)
        if user.disabled_at is not None:
            return None
        if token.used_at is None:
            token.used_at = moment
        elif not await self._within_grace(token, token.used_at, moment):
            _end(session, Ended.REUSE)
            reused = RefreshTokenReused(user_id=session.user_id, session_id=session.id)
            await self.unit.publish(reused)
            return None
        session.used_at = moment
        return await self._issue(session, token.id)

    async def active(self, user_id: UUID) -> Sequence[Session]:
        """Where a user is signed in, the newest first."""
        query = select(Session).where(
            Session.user_id == user_id, Session.ended_at.is_(None), Session.expires_at > now()
        )
        return (await self.unit.session.scalars(query.order_by(Session.used_at.desc()))).all()

    async def end(self, user_id: UUID, session_id: UUID, why: Ended) -> None:
        """End one session of a user."""
        session = await self.unit.session.get(Session, session_id, with_for_update=True)
        if session is None or session.user_id != user_id or session.ended_at is not None:
            raise NotFound
        _end(session, why)
        await self.unit.publish(SignedOut(user_id=user_id, session_id=session_id))

    async def end_all(self, user_id: UUID, why: Ended, *, but: UUID | None = None) -> None:
        """End a user's sessions, except perhaps one."""
        ending = (
            update(Session)
            .where(Session.user_id == user_id, Session.ended_at.is_(None))
            .values(ended_at=now(), ended_by=why.value)
            .returning(Session.id)
        )
        if but is not None:
            ending = ending.where(Session.id != but)
        for session_id in (await self.unit.session.scalars(ending)).all():
            await self.unit.publish(SignedOut(user_id=user_id, session_id=session_id))

    async def _issue(self, session: Session, parent: UUID | None) -> Grant:
        moment = now()
        refresh = secrets.token_urlsafe(32)
        self.unit.session.add(
            RefreshToken(
                session_id=session.id,
                parent_id=parent,
                digest=digest_of(refresh),
                issued_at=moment,
            )
        )
        await self.unit.session.flush()
        return Grant(
            user_id=session.user_id,
            session_id=session.id,
            access_token=self._tokens.issue(session.user_id, session.id, moment),
            access_expires_at=moment + self._tokens.lifetime,
            refresh_token=refresh,
            refresh_expires_at=session.expires_at,
        )

    async def _within_grace(self, token: RefreshToken, used: datetime, moment: datetime) -> bool:
        child = aliased(RefreshToken)
        passed_on = exists().where(child.parent_id == token.id, child.used_at.is_not(None))
        if moment - used > REFRESH_GRACE:
            return False
        return not await self.unit.session.scalar(select(passed_on))


def _end(session: Session, why: Ended) -> None:
    session.ended_at = now()
    session.ended_by = why.value
