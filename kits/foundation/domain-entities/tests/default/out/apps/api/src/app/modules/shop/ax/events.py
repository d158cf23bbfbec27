"""What happens to axes."""

from typing import ClassVar, Final
from uuid import UUID

from app.core.events import Audited, Event

AREA: Final = "shop"
KIND: Final = "ax"


class AxEvent(Audited):
    """Something happened to one ax."""

    ax_id: UUID

    def subject(self) -> str:
        """The ax."""
        return f"{KIND}:{self.ax_id}"


class AxCreated(AxEvent):
    """There is one more ax."""

    type: ClassVar[str] = f"{AREA}.{KIND}-created"


class AxUpdated(AxEvent):
    """One ax has changed."""

    type: ClassVar[str] = f"{AREA}.{KIND}-updated"
    changed: tuple[str, ...]


class AxDeleted(AxEvent):
    """One ax is gone."""

    type: ClassVar[str] = f"{AREA}.{KIND}-deleted"


ALL: Final[tuple[type[Event], ...]] = (
    AxCreated,
    AxUpdated,
    AxDeleted,
)
