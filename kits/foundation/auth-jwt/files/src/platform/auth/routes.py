"""Signing up, in, on and out; the caller's sessions and password."""

from uuid import UUID

from fastapi import Request, Response

from app.core.http import Router, Work, context_of_request, guard, public, runtime_of
from app.platform.auth.accounts import Accounts
{% if option.cookies %}
from app.platform.auth.cookies import (
    REFRESH,
    check_known_origin,
    check_origin,
    clear_cookies,
    set_cookies,
)
{% endif %}
from app.platform.auth.keys import RING
{% if option.cookies %}
from app.platform.auth.problems import InvalidToken
{% endif %}
from app.platform.auth.schemas import (
{% if option.cookies %}
    Carrier,
{% endif %}
    DeviceRead,
    PasswordChange,
    PublicKeys,
    Refresh,
    SessionOpened,
    SignIn,
    SignUp,
)
from app.platform.auth.sessions import Device, Ended, Grant, Sessions
from app.wiring.permissions import Permission

router = Router(prefix="/auth", tags=["auth"])


def device_of(request: Request) -> Device:
    """Where a request comes from."""
    agent = request.headers.get("user-agent", "")
    return Device(agent, context_of_request(request).client)


def _accounts(request: Request) -> Accounts:
    return Accounts(runtime_of(request), context_of_request(request))


{% if option.cookies %}
def _opened(grant: Grant, carrier: Carrier, request: Request, response: Response) -> SessionOpened:
    response.headers["cache-control"] = "no-store"
    opened = SessionOpened(
        user_id=grant.user_id,
        session_id=grant.session_id,
        access_expires_at=grant.access_expires_at,
        refresh_expires_at=grant.refresh_expires_at,
    )
    if carrier is Carrier.COOKIE:
        set_cookies(response, grant, runtime_of(request))
        return opened
    tokens = {"access_token": grant.access_token, "refresh_token": grant.refresh_token}
    return opened.model_copy(update=tokens)
{% else %}
def _opened(grant: Grant, response: Response) -> SessionOpened:
    response.headers["cache-control"] = "no-store"
    return SessionOpened(
        user_id=grant.user_id,
        session_id=grant.session_id,
        access_expires_at=grant.access_expires_at,
        refresh_expires_at=grant.refresh_expires_at,
        access_token=grant.access_token,
        refresh_token=grant.refresh_token,
    )
{% endif %}


{% if option.cookies %}
@router.post("/sign-up", status_code=201, dependencies=[public()])
async def sign_up(body: SignUp, request: Request, response: Response) -> SessionOpened:
    """Make an account and sign in."""
    check_known_origin(request, runtime_of(request))
    grant = await _accounts(request).sign_up(
        body.email, body.password.get_secret_value(), body.name, device_of(request)
    )
    return _opened(grant, body.carrier, request, response)


@router.post("/login", dependencies=[public()])
async def sign_in(body: SignIn, request: Request, response: Response) -> SessionOpened:
    """Sign in with address and password."""
    check_known_origin(request, runtime_of(request))
    grant = await _accounts(request).sign_in(
        body.email, body.password.get_secret_value(), device_of(request)
    )
    return _opened(grant, body.carrier, request, response)


@router.post("/refresh", dependencies=[public()])
async def refresh(body: Refresh, request: Request, response: Response) -> SessionOpened:
    """Exchange a refresh token for the next pair; a token that comes twice ends its session."""
    if body.refresh_token is not None:
        grant = await _accounts(request).refresh(body.refresh_token.get_secret_value())
        return _opened(grant, Carrier.BODY, request, response)
    cookie = request.cookies.get(REFRESH)
    if cookie is None:
        raise InvalidToken
    check_origin(request, runtime_of(request))
    grant = await _accounts(request).refresh(cookie)
    return _opened(grant, Carrier.COOKIE, request, response)
{% else %}
@router.post("/sign-up", status_code=201, dependencies=[public()])
async def sign_up(body: SignUp, request: Request, response: Response) -> SessionOpened:
    """Make an account and sign in."""
    grant = await _accounts(request).sign_up(
        body.email, body.password.get_secret_value(), body.name, device_of(request)
    )
    return _opened(grant, response)


@router.post("/login", dependencies=[public()])
async def sign_in(body: SignIn, request: Request, response: Response) -> SessionOpened:
    """Sign in with address and password."""
    grant = await _accounts(request).sign_in(
        body.email, body.password.get_secret_value(), device_of(request)
    )
    return _opened(grant, response)


@router.post("/refresh", dependencies=[public()])
async def refresh(body: Refresh, request: Request, response: Response) -> SessionOpened:
    """Exchange a refresh token for the next pair; a token that comes twice ends its session."""
    grant = await _accounts(request).refresh(body.refresh_token.get_secret_value())
    return _opened(grant, response)
{% endif %}


@router.post("/logout", status_code=204, dependencies=[guard(Permission.ACCOUNT_MANAGE)])
{% if option.cookies %}
async def sign_out(request: Request, response: Response, work: Work) -> None:
    """End this session."""
    if work.principal.session is not None:
        await Sessions(work).end(work.principal.id, work.principal.session, Ended.SIGN_OUT)
    clear_cookies(response, runtime_of(request))
{% else %}
async def sign_out(work: Work) -> None:
    """End this session."""
    if work.principal.session is not None:
        await Sessions(work).end(work.principal.id, work.principal.session, Ended.SIGN_OUT)
{% endif %}


@router.get("/sessions", dependencies=[guard(Permission.ACCOUNT_MANAGE)])
async def list_sessions(work: Work) -> list[DeviceRead]:
    """Where the caller is signed in."""
    own = work.principal.session
    found = await Sessions(work).active(work.principal.id)
    return [
        DeviceRead.model_validate(session).model_copy(update={"current": session.id == own})
        for session in found
    ]


@router.delete("/sessions", status_code=204, dependencies=[guard(Permission.ACCOUNT_MANAGE)])
async def end_other_sessions(work: Work) -> None:
    """End every session of the caller but this one."""
    principal = work.principal
    await Sessions(work).end_all(principal.id, Ended.REVOKED, but=principal.session)


@router.delete(
    "/sessions/{session_id}", status_code=204, dependencies=[guard(Permission.ACCOUNT_MANAGE)]
)
async def end_session(session_id: UUID, work: Work) -> None:
    """End one session of the caller."""
    await Sessions(work).end(work.principal.id, session_id, Ended.REVOKED)


@router.post("/password", dependencies=[guard(Permission.ACCOUNT_MANAGE)])
async def change_password(
    body: PasswordChange, request: Request, response: Response, work: Work
) -> SessionOpened:
    """Change the password: every session ends and a new one begins."""
    grant = await Accounts(runtime_of(request), work.context).change_password(
        work.principal.id,
        body.current.get_secret_value(),
        body.new.get_secret_value(),
        device_of(request),
    )
{% if option.cookies %}
    return _opened(grant, body.carrier, request, response)
{% else %}
    return _opened(grant, response)
{% endif %}


@router.get("/keys", dependencies=[public()])
async def list_keys(request: Request) -> PublicKeys:
    """The keys that verify access tokens, as a JSON Web Key Set."""
    ring = runtime_of(request).ports.get(RING)
    return PublicKeys.model_validate({"keys": ring.published()})
