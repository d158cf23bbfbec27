"""Settings of mail."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from app.core.settings import Settings


class MailSettings(Settings):
    """`MAIL_*`."""

    model_config = SettingsConfigDict(env_prefix="MAIL_")

    sender: str
    links: str
    link_key: SecretStr = Field(min_length=16)
    server: str = Field(repr=False)
    relay: bool = True
