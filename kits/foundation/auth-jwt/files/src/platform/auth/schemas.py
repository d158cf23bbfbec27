"""Signing in at the edge."""

from datetime import datetime
{% if option.cookies %}
from enum import StrEnum
{% endif %}
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from app.platform.auth.passwords import MAXIMUM, MINIMUM
from app.platform.identity.schemas import Email, PersonName

Password = Annotated[SecretStr, Field(min_length=1, max_length=MAXIMUM)]
NewPassword = Annotated[SecretStr, Field(min_length=MINIMUM, max_length=MAXIMUM)]
Opaque = Annotated[SecretStr, Field(min_length=1, max_length=200)]
{% if option.cookies %}


class Carrier(StrEnum):
    """How the tokens reach the client."""

    COOKIE = "cookie"
    BODY = "body"
{% endif %}


class SignUp(BaseModel):
    """A new account."""

    model_config = ConfigDict(extra="forbid")

    email: Email
    password: NewPassword
    name: PersonName = ""
{% if option.cookies %}
    carrier: Carrier = Carrier.COOKIE
{% endif %}


class SignIn(BaseModel):
    """Address and password."""

    model_config = ConfigDict(extra="forbid")

    email: Email
    password: Password
{% if option.cookies %}
    carrier: Carrier = Carrier.COOKIE
{% endif %}


class Refresh(BaseModel):
{% if option.cookies %}
    """The refresh token of a client that keeps it itself; a browser sends its cookie."""
{% else %}
    """The refresh token."""
{% endif %}

    model_config = ConfigDict(extra="forbid")

{% if option.cookies %}
    refresh_token: Opaque | None = None
{% else %}
    refresh_token: Opaque
{% endif %}


class PasswordChange(BaseModel):
    """The old password and the new one."""

    model_config = ConfigDict(extra="forbid")

    current: Password
    new: NewPassword
{% if option.cookies %}
    carrier: Carrier = Carrier.COOKIE
{% endif %}


class SessionOpened(BaseModel):
{% if option.cookies %}
    """A session; the tokens are here only if the client did not ask for cookies."""
{% else %}
    """A session and its tokens."""
{% endif %}

    user_id: UUID
    session_id: UUID
    access_expires_at: datetime
    refresh_expires_at: datetime
{% if option.cookies %}
    access_token: str | None = None
    refresh_token: str | None = None
{% else %}
    access_token: str
    refresh_token: str
{% endif %}


class DeviceRead(BaseModel):
    """One signed-in device."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    user_agent: str
    address: str
    created_at: datetime
    used_at: datetime
    expires_at: datetime
    current: bool = False


class PublicKey(BaseModel):
    """The public half of a key, as a JSON Web Key."""

    model_config = ConfigDict(extra="allow")

    kty: str
    crv: str
    kid: str
    use: str
    alg: str


class PublicKeys(BaseModel):
    """The keys that verify access tokens."""

    keys: list[PublicKey]
