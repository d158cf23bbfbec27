"""What only the tests add to the service."""

from typing import Final

from app.core.module import Module
from tests.support.callers import module as callers

MODULES: Final[list[Module]] = [
    callers,
]

ENVIRONMENT: Final = {
    "APP_ENV": "test",
}
