"""Settings from the environment: typed, read once, every fault reported at the same time."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SHORTEST_SECRET: Final = 16
PLACEHOLDERS: Final = ("change", "example", "placeholder", "secret", "password", "insecure", "todo")


class Environment(StrEnum):
    """Where the service runs."""

    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """Base of every part's settings. Subclasses set `env_prefix`."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    environment: Environment = Field(Environment.PRODUCTION, validation_alias="APP_ENV")

    @model_validator(mode="after")
    def _refuse_placeholders(self) -> Self:
        """A deployed service has no short or made-up secret."""
        if self.environment is not Environment.PRODUCTION:
            return self
        weak = [
            variable(type(self), name)
            for name, value in self
            if isinstance(value, SecretStr) and _is_weak(value.get_secret_value())
        ]
        if weak:
            message = f"{', '.join(weak)}: too short or a placeholder"
            raise ValueError(message)
        return self


class CoreSettings(Settings):
    """What the core itself needs."""


class ConfigurationError(Exception):
    """The environment does not configure the service."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("invalid configuration\n" + "\n".join(f"  {fault}" for fault in faults))
        self.faults = faults


def _is_weak(secret: str) -> bool:
    low = secret.lower()
    return bool(secret) and (
        len(secret) < SHORTEST_SECRET or any(word in low for word in PLACEHOLDERS)
    )


def variable(settings: type[Settings], field: str) -> str:
    """The environment variable that sets a field."""
    alias = settings.model_fields[field].validation_alias
    if isinstance(alias, str):
        return alias
    return f"{settings.model_config.get('env_prefix', '')}{field}".upper()


def read(classes: Iterable[type[Settings]]) -> dict[type[Settings], Settings]:
    """Read all settings, or raise with all that is wrong with them."""
    found: dict[type[Settings], Settings] = {}
    faults: dict[str, None] = {}
    for cls in classes:
        try:
            found[cls] = cls()
        except ValidationError as error:
            for item in error.errors(include_input=False, include_url=False):
                faults[_fault(cls, item["loc"], item["msg"])] = None
    if faults:
        raise ConfigurationError(list(faults))
    return found


def _fault(cls: type[Settings], location: tuple[Any, ...], message: str) -> str:
    if not location:
        return message.removeprefix("Value error, ")
    name = str(location[0])
    return f"{variable(cls, name) if name in cls.model_fields else name}: {message}"
