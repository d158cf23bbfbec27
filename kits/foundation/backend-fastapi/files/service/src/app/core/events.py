"""Domain events: facts that happened, published in the transaction that made them true."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field

from app.core.context import Context
from app.core.ports import Port

if TYPE_CHECKING:
    from app.core.unit import Unit


class Event(BaseModel):
    """A fact. `type` is its public name and never changes."""

    model_config = ConfigDict(frozen=True)
    type: ClassVar[str]
    id: UUID = Field(default_factory=uuid4)


class Audited(Event):
    """Trait: worth keeping a record of."""

    def subject(self) -> str:
        """What the event is about, as `kind:id`."""
        return f"event:{self.id}"


E = TypeVar("E", bound=Event)


class Phase(Enum):
    """When a handler runs."""

    IN_TRANSACTION = "in-transaction"
    AFTER_COMMIT = "after-commit"


Handler = Callable[[E, "Unit"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Subscription(Generic[E]):
    """One handler of one event type or trait."""

    event: type[E]
    handler: Handler[E]
    phase: Phase

    @property
    def name(self) -> str:
        """A stable name; with the event's id it says what has been handled."""
        return f"{self.handler.__module__}.{self.handler.__qualname__}"


def on(event: type[E], handler: Handler[E], phase: Phase = Phase.AFTER_COMMIT) -> Subscription[E]:
    """Subscribe a handler."""
    return Subscription(event, handler, phase)


class Transport(Protocol):
    """Brings events to their after-commit handlers."""

    async def send(self, event: Event, unit: "Unit") -> None:
        """Accept an event within its transaction."""

    async def committed(self, events: Sequence[Event], context: Context) -> None:
        """Go on after the transaction that sent these events."""


TRANSPORT = Port[Transport]("core.event-transport")


class Bus:
    """All subscriptions of the service."""

    def __init__(self, subscriptions: Iterable[Subscription[Any]]) -> None:
        self._subscriptions = tuple(subscriptions)

    def of(self, event: Event, phase: Phase) -> tuple[Subscription[Any], ...]:
        """The handlers of one event in one phase, in module order."""
        return tuple(
            s for s in self._subscriptions if s.phase is phase and isinstance(event, s.event)
        )
