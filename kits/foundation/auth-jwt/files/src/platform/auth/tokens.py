"""Access tokens: signed, short-lived, bound to issuer, audience and session (RFC 9068)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import jwt

from app.platform.auth.keys import ALGORITHM, KeyRing

TYPE: Final = "at+jwt"

_REQUIRED: Final = ["iss", "aud", "sub", "sid", "jti", "iat", "exp"]


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a valid token says."""

    user_id: UUID
    session_id: UUID


class AccessTokens:
    """Issues and verifies access tokens of this service."""

    def __init__(self, ring: KeyRing, issuer: str, audience: str, lifetime: timedelta) -> None:
        self._ring = ring
        self._issuer = issuer
        self._audience = audience
        self.lifetime: Final = lifetime

    def issue(self, user_id: UUID, session_id: UUID, now: datetime) -> str:
        """A token for one session; it carries no personal data and no rights."""
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": str(user_id),
            "sid": str(session_id),
            "jti": str(uuid4()),
            "iat": now,
            "exp": now + self.lifetime,
        }
        key = self._ring.current
        headers = {"kid": key.kid, "typ": TYPE}
        return jwt.encode(claims, key.private, algorithm=ALGORITHM, headers=headers)

    def verify(self, token: str) -> AccessToken | None:
        """What the token says, or nothing if it is not a valid one of ours."""
        try:
            header = jwt.get_unverified_header(token)
            key = self._ring.find(header.get("kid"))
            if key is None or header.get("typ") != TYPE:
                return None
            claims = jwt.decode(
                token,
                key.public,
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                audience=self._audience,
                leeway=timedelta(seconds=5),
                options={"require": _REQUIRED},
            )
            return AccessToken(UUID(claims["sub"]), UUID(claims["sid"]))
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError):
            return None
