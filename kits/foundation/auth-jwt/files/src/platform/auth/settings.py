"""Settings and limits of signing in."""

from datetime import timedelta
from typing import Annotated, Final

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from app.core.settings import Settings

ACCESS_LIFETIME: Final = timedelta(seconds={= option.access_ttl =})
SESSION_LIFETIME: Final = timedelta(seconds={= option.refresh_ttl =})
# Two tabs may refresh at the same moment; a token is not stolen because it comes twice within it.
REFRESH_GRACE: Final = timedelta(seconds={= option.refresh_grace =})


class AuthSettings(Settings):
    """`AUTH_*`."""

    model_config = SettingsConfigDict(env_prefix="AUTH_")

    signing_key: SecretStr = Field(min_length=32)
    previous_signing_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    issuer: str = "api"
    audience: str = "api"
{% if option.cookies %}
    origins: Annotated[tuple[str, ...], NoDecode]
    refresh_path: str = "/api/v1/auth/refresh"
{% endif %}

{% if option.cookies %}
    @field_validator("previous_signing_keys", "origins", mode="before")
{% else %}
    @field_validator("previous_signing_keys", mode="before")
{% endif %}
    @classmethod
    def _parts(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value
