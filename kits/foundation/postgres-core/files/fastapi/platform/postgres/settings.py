"""How the service reaches PostgreSQL."""

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from app.core.settings import Settings
from app.platform.postgres.url import driver_url


class DatabaseSettings(Settings):
    """Address and limits."""

    model_config = SettingsConfigDict(env_prefix="DATABASE_")

    url: str = Field(repr=False)
    pool_size: int = Field({= option.pool_size =}, ge=1)
    pool_overflow: int = Field({= option.pool_overflow =}, ge=0)
    statement_timeout: int = Field({= option.statement_timeout =}, ge=1)

    @field_validator("url")
    @classmethod
    def _of_postgres(cls, value: str) -> str:
        try:
            driver_url(value)
        except Exception:
            message = "not the address of a PostgreSQL database"
            raise ValueError(message) from None
        return value
