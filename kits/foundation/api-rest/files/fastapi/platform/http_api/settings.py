"""Limits of the API."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from app.core.settings import Settings


class HttpSettings(Settings):
    """Limits of requests."""

    model_config = SettingsConfigDict(env_prefix="HTTP_")

    max_body: int = Field({= option.max_body =}, ge=1024)
