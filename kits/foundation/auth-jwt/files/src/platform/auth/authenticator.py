"""Recognises a caller by an access token, and asks each time whether its session still holds."""

from sqlalchemy import select
from starlette.requests import HTTPConnection

from app.core.clock import now
from app.core.context import Principal
from app.core.unit import Unit
{% if option.cookies %}
from app.platform.auth.cookies import ACCESS, check_origin
{% endif %}
from app.platform.auth.models import Session
from app.platform.auth.problems import InvalidToken
from app.platform.auth.sessions import TOKENS
from app.platform.identity.models import User


async def _principal(token: str, unit: Unit) -> Principal | None:
    said = unit.runtime.ports.get(TOKENS).verify(token)
    if said is None:
        return None
    query = (
        select(Session.id)
        .join(User, User.id == Session.user_id)
        .where(
            Session.id == said.session_id,
            Session.user_id == said.user_id,
            Session.ended_at.is_(None),
            Session.expires_at > now(),
            User.disabled_at.is_(None),
        )
    )
    found = await unit.session.scalar(query)
    return None if found is None else Principal(said.user_id, session=found)


class BearerToken:
    """`Authorization: Bearer …`, for clients that keep their tokens themselves."""

    async def __call__(self, connection: HTTPConnection, unit: Unit) -> Principal | None:
        """The token's user; a token that is not good is refused rather than ignored."""
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        principal = await _principal(token.strip(), unit)
        if principal is None:
            raise InvalidToken
        return principal
{% if option.cookies %}


class AccessCookie:
    """The httpOnly cookie of a browser. What it changes must come from an origin of ours."""

    async def __call__(self, connection: HTTPConnection, unit: Unit) -> Principal | None:
        """The token's user; nobody if the cookie is old."""
        token = connection.cookies.get(ACCESS)
        if token is None or "authorization" in connection.headers:
            return None
        principal = await _principal(token, unit)
        if principal is not None:
            check_origin(connection, unit.runtime)
        return principal
{% endif %}
