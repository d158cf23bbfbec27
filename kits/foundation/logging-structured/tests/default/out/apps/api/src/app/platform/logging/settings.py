"""How much is logged, and how."""

from typing import Literal

from pydantic_settings import SettingsConfigDict

from app.core.settings import Settings


class LogSettings(Settings):
    """Level and format."""

    model_config = SettingsConfigDict(env_prefix="LOG_")

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "console"] = "json"
