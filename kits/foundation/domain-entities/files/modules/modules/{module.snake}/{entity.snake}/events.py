"""What happens to {= entity.plural.lower =}."""

from typing import ClassVar, Final
from uuid import UUID

from app.core.events import Audited, Event


class {= entity.pascal =}Event(Audited):
    """Something happened to a {= entity.lower =}."""

    {= entity.snake =}_id: UUID

    def subject(self) -> str:
        """The {= entity.lower =}."""
        return f"{= entity.kebab =}:{self.{= entity.snake =}_id}"


class {= entity.pascal =}Created({= entity.pascal =}Event):
    """There is a new {= entity.lower =}."""

    type: ClassVar[str] = "{= module.kebab =}.{= entity.kebab =}-created"


class {= entity.pascal =}Updated({= entity.pascal =}Event):
    """A {= entity.lower =} has changed."""

    type: ClassVar[str] = "{= module.kebab =}.{= entity.kebab =}-updated"
    changed: tuple[str, ...]


class {= entity.pascal =}Deleted({= entity.pascal =}Event):
    """A {= entity.lower =} is gone."""

    type: ClassVar[str] = "{= module.kebab =}.{= entity.kebab =}-deleted"


ALL: Final[tuple[type[Event], ...]] = (
    {= entity.pascal =}Created,
    {= entity.pascal =}Updated,
    {= entity.pascal =}Deleted,
)
