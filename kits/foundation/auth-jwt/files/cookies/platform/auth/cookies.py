"""Cookies of browsers: no script can read them, and no other site can use them."""

from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import Response

from app.core.clock import now
from app.core.runtime import Runtime
from app.platform.auth.problems import ForeignOrigin
from app.platform.auth.sessions import Grant
from app.platform.auth.settings import AuthSettings

# The prefixes make the browser insist on Secure and keep other hosts from setting them.
ACCESS: Final = "__Host-access"
REFRESH: Final = "__Secure-refresh"

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_SAME: Final = frozenset({"same-origin", "none"})


def check_origin(connection: HTTPConnection, runtime: Runtime) -> None:
    """Refuse what a page of another site made the browser send."""
    if connection.scope.get("method") in _SAFE:
        return
    origin = connection.headers.get("origin")
    if origin is not None:
        allowed = {_origin(known) for known in runtime.settings(AuthSettings).origins}
        if _origin(origin) not in allowed:
            raise ForeignOrigin
    elif connection.headers.get("sec-fetch-site") not in _SAME:
        raise ForeignOrigin


def check_known_origin(connection: HTTPConnection, runtime: Runtime) -> None:
    """The same where no cookie is needed yet: clients that are no browser send no origin."""
    if "origin" in connection.headers or "sec-fetch-site" in connection.headers:
        check_origin(connection, runtime)


def set_cookies(response: Response, grant: Grant, runtime: Runtime) -> None:
    """Give the browser its session."""
    moment = now()
    response.set_cookie(
        ACCESS,
        grant.access_token,
        max_age=int((grant.access_expires_at - moment).total_seconds()),
        path="/",
        secure=True,
        httponly=True,
        samesite="{= option.same_site =}",
    )
    response.set_cookie(
        REFRESH,
        grant.refresh_token,
        max_age=int((grant.refresh_expires_at - moment).total_seconds()),
        path=runtime.settings(AuthSettings).refresh_path,
        secure=True,
        httponly=True,
        samesite="strict",
    )


def clear_cookies(response: Response, runtime: Runtime) -> None:
    """Take them away."""
    path = runtime.settings(AuthSettings).refresh_path
    response.delete_cookie(ACCESS, path="/", secure=True, httponly=True)
    response.delete_cookie(REFRESH, path=path, secure=True, httponly=True)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.lower()
