"""Settings of mail."""

from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from app.core.settings import Environment, Settings


class MailSettings(Settings):
    """`MAIL_*`."""

    model_config = SettingsConfigDict(env_prefix="MAIL_")

    sender: str = "Local <no-reply@example.com>"
    links: str = "http://localhost:3000"
    link_key: SecretStr = SecretStr("")
    server: str = Field("folder:.mail", repr=False)
    relay: bool = True

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.environment is Environment.PRODUCTION and not self.link_key.get_secret_value():
            message = "MAIL_LINK_KEY: must be set"
            raise ValueError(message)
        return self
