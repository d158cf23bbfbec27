"""Signing in as a part of the service."""

from app.core.module import Module
from app.core.ports import Container, bind
from app.core.runtime import RUNTIME
from app.platform.auth.authenticator import AccessCookie, BearerToken
from app.platform.auth.events import (
    PasswordChanged,
    RefreshTokenReused,
    SignedIn,
    SignedOut,
    SignInFailed,
)
from app.platform.auth.keys import RING, KeyRing
from app.platform.auth.routes import router
from app.platform.auth.sessions import TOKENS
from app.platform.auth.settings import ACCESS_LIFETIME, AuthSettings
from app.platform.auth.tokens import AccessTokens


def _ring(ports: Container) -> KeyRing:
    settings = ports.get(RUNTIME).settings(AuthSettings)
    previous = (key.get_secret_value() for key in settings.previous_signing_keys)
    return KeyRing(settings.signing_key.get_secret_value(), previous)


def _tokens(ports: Container) -> AccessTokens:
    settings = ports.get(RUNTIME).settings(AuthSettings)
    return AccessTokens(ports.get(RING), settings.issuer, settings.audience, ACCESS_LIFETIME)


module = Module(
    name="auth",
    routers=(router,),
    settings=(AuthSettings,),
    authenticators=(BearerToken(), AccessCookie()),
    events=(SignedIn, SignedOut, SignInFailed, PasswordChanged, RefreshTokenReused),
    bindings=(bind(RING, _ring), bind(TOKENS, _tokens)),
)
