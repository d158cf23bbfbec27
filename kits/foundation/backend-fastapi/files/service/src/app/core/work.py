"""The part of a unit of work that does not depend on where data is stored."""

from typing import TYPE_CHECKING, cast

from app.core.context import Context, Principal
from app.core.events import TRANSPORT, Event, Phase
from app.core.problems import Unauthenticated

if TYPE_CHECKING:
    from app.core.runtime import Runtime
    from app.core.unit import Unit


class BaseUnit:
    """One piece of work in one context, with the events that it published."""

    def __init__(self, runtime: "Runtime", context: Context) -> None:
        self.runtime = runtime
        self.sent: list[Event] = []
        self._context = context

    @property
    def context(self) -> Context:
        """The context as it is now: a scope may have narrowed it."""
        return self._context

    @property
    def principal(self) -> Principal:
        """The caller; refuses if there is none."""
        if self._context.principal is None:
            raise Unauthenticated
        return self._context.principal

    async def narrow(self, context: Context) -> None:
        """Go on in another context."""
        self._context = context

    async def publish(self, event: Event) -> None:
        """Tell the handlers of the transaction now, the others after the commit."""
        unit = cast("Unit", self)
        for subscription in self.runtime.bus.of(event, Phase.IN_TRANSACTION):
            await subscription.handler(event, unit)
        await self.runtime.ports.get(TRANSPORT).send(event, unit)
        self.sent.append(event)
