"""What happens to {= entity.plural.lower =}."""

from typing import ClassVar, Final
from uuid import UUID

from app.core.events import Audited, Event

AREA: Final = "{= module.kebab =}"
KIND: Final = "{= entity.kebab =}"


class {= entity.pascal =}Event(Audited):
    """Something happened to one {= entity.lower =}."""

    {= entity.snake =}_id: UUID

    def subject(self) -> str:
        """The {= entity.lower =}."""
        return f"{KIND}:{self.{= entity.snake =}_id}"


class {= entity.pascal =}Created({= entity.pascal =}Event):
    """There is one more {= entity.lower =}."""

    type: ClassVar[str] = f"{AREA}.{KIND}-created"


class {= entity.pascal =}Updated({= entity.pascal =}Event):
    """One {= entity.lower =} has changed."""

    type: ClassVar[str] = f"{AREA}.{KIND}-updated"
    changed: tuple[str, ...]


class {= entity.pascal =}Deleted({= entity.pascal =}Event):
    """One {= entity.lower =} is gone."""

    type: ClassVar[str] = f"{AREA}.{KIND}-deleted"


ALL: Final[tuple[type[Event], ...]] = (
    {= entity.pascal =}Created,
    {= entity.pascal =}Updated,
    {= entity.pascal =}Deleted,
)
