"""Verification of e-mail addresses and password reset, over mail."""

import secrets
from datetime import timedelta
from typing import Annotated, Final

from fastapi import BackgroundTasks, Request
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from sqlalchemy import delete, select

from app.core.clock import now
from app.core.context import Context, Principal
from app.core.events import on
from app.core.http import Router, Work, context_of_request, guard, public, runtime_of
from app.core.module import Module
from app.core.problems import Problem
from app.core.runtime import Runtime
from app.core.unit import Unit
from app.platform.auth.accounts import set_password
from app.platform.auth.attempts import forget_attempts
from app.platform.auth.links import MailedLink, Purpose
from app.platform.auth.passwords import check_strength, hash_password
from app.platform.auth.schemas import NewPassword
from app.platform.auth.sessions import digest_of
from app.platform.identity.events import UserRegistered
from app.platform.identity.models import User
from app.platform.identity.schemas import Email
from app.platform.identity.service import Users
from app.platform.mail.letters import Action, Letter, link
from app.platform.mail.service import Mail
from app.wiring.permissions import Permission

VERIFY_WITHIN: Final = timedelta(seconds={= option.verify_ttl =})
RESET_WITHIN: Final = timedelta(seconds={= option.reset_ttl =})

router = Router(prefix="/auth", tags=["auth"])


class InvalidLink(Problem):
    """The link is unknown, used or too old."""

    status = 410
    type = "/problems/invalid-link"
    title = "This link is no longer valid"


class ResetRequest(BaseModel):
    """Whose password was forgotten."""

    model_config = ConfigDict(extra="forbid")

    email: Email


class LinkToken(BaseModel):
    """The token of a link."""

    model_config = ConfigDict(extra="forbid")

    token: Annotated[SecretStr, Field(min_length=1, max_length=200)]


class ResetConfirm(LinkToken):
    """The token of a link and the new password."""

    password: NewPassword


async def _new_token(unit: Unit, user: User, purpose: Purpose, lasting: timedelta) -> str:
    """A token for one purpose; the ones before it are void."""
    mine = (MailedLink.user_id == user.id) & (MailedLink.purpose == purpose.value)
    await unit.session.execute(delete(MailedLink).where(mine))
    token = secrets.token_urlsafe(32)
    unit.session.add(
        MailedLink(
            user_id=user.id,
            purpose=purpose.value,
            email=user.email,
            digest=digest_of(token),
            expires_at=now() + lasting,
        )
    )
    await unit.session.flush()
    return token


async def _redeem(unit: Unit, token: str, purpose: Purpose) -> User:
    """The user that a token was made for; it is used up."""
    used = (
        delete(MailedLink)
        .where(MailedLink.digest == digest_of(token), MailedLink.purpose == purpose.value)
        .returning(MailedLink.user_id, MailedLink.email, MailedLink.expires_at)
    )
    row = (await unit.session.execute(used)).one_or_none()
    if row is None or row.expires_at <= now():
        raise InvalidLink
    query = select(User).where(User.id == row.user_id, User.disabled_at.is_(None))
    user = (await unit.session.scalars(query)).one_or_none()
    if user is None or user.email != row.email:
        raise InvalidLink
    return user


async def send_verification(unit: Unit, user: User) -> None:
    """Ask a user to prove that the address is theirs."""
    token = await _new_token(unit, user, Purpose.VERIFY_EMAIL, VERIFY_WITHIN)
    await Mail(unit).queue(
        Letter(
            kind="auth.verify-email",
            to=user.email,
            subject="Confirm your e-mail address",
            paragraphs=(
                "Please confirm that this is your e-mail address.",
                "If you did not sign up, you need not do anything.",
                "The link works for {= option.verify_ttl | duration =}.",
            ),
            action=Action("Confirm the address", link(unit.runtime, "/verify-email", token)),
        )
    )


async def send_reset(runtime: Runtime, context: Context, email: str) -> None:
    """Send a link to who forgot the password; say nothing if there is no such user."""
    async with runtime.unit(context) as unit:
        user = await Users(unit).by_email(email)
        if user is None or user.disabled_at is not None:
            return
        token = await _new_token(unit, user, Purpose.RESET_PASSWORD, RESET_WITHIN)
        await Mail(unit).queue(
            Letter(
                kind="auth.reset-password",
                to=user.email,
                subject="Choose a new password",
                paragraphs=(
                    "Somebody asked for a new password for your account.",
                    "If it was not you, you need not do anything.",
                    "The link works once, for {= option.reset_ttl | duration =}.",
                ),
                action=Action(
                    "Choose a new password", link(unit.runtime, "/reset-password", token)
                ),
            )
        )


async def verify_new_user(event: UserRegistered, unit: Unit) -> None:
    """Whoever is new is asked for proof, unless there is one already."""
    user = await Users(unit).get(event.user_id)
    if user.email_verified_at is None:
        await send_verification(unit, user)


@router.post("/verify-email", status_code=202, dependencies=[guard(Permission.ACCOUNT_MANAGE)])
async def request_verification(work: Work) -> None:
    """Send the link that proves the caller's address, again."""
    user = await Users(work).current()
    if user.email_verified_at is None:
        await send_verification(work, user)


@router.post("/verify-email/confirm", status_code=204, dependencies=[public()])
async def confirm_verification(body: LinkToken, work: Work) -> None:
    """Prove an address."""
    user = await _redeem(work, body.token.get_secret_value(), Purpose.VERIFY_EMAIL)
    await work.narrow(work.context.acting(Principal(user.id)))
    await Users(work).verify_email(user)


@router.post("/reset-password", status_code=202, dependencies=[public()])
async def request_reset(body: ResetRequest, request: Request, later: BackgroundTasks) -> None:
    """Send a link to the address, if it has an account.

    It is done after the answer, so that the answer takes as long for any address.
    """
    later.add_task(send_reset, runtime_of(request), context_of_request(request), body.email)


@router.post("/reset-password/confirm", status_code=204, dependencies=[public()])
async def confirm_reset(body: ResetConfirm, request: Request) -> None:
    """Choose a new password: every session ends, and the account is unlocked."""
    password = body.password.get_secret_value()
    check_strength(password, "")
    hashed = await hash_password(password)
    async with runtime_of(request).unit(context_of_request(request)) as unit:
        user = await _redeem(unit, body.token.get_secret_value(), Purpose.RESET_PASSWORD)
        check_strength(password, user.email)
        await unit.narrow(unit.context.acting(Principal(user.id)))
        await set_password(unit, user.id, hashed)
        await forget_attempts(unit, user.email)
        await Users(unit).verify_email(user)


module = Module(
    name="auth_mail",
    routers=(router,),
    subscriptions=(on(UserRegistered, verify_new_user),),
)
