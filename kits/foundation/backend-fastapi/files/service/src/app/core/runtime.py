"""The composed service: the same for the API, tools and tests."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final, TypeVar

from app.core.context import Context
from app.core.events import TRANSPORT, Bus, Event, Phase
from app.core.ports import Container, Port, bind
from app.core.settings import Settings, read
from app.core.unit import Unit, transaction

if TYPE_CHECKING:
    from app.core.module import Module

S = TypeVar("S", bound=Settings)
LOG = logging.getLogger(__name__)
PATIENCE: Final = 3.0  # seconds that one health check may take

RUNTIME = Port["Runtime"]("core.runtime")


class Runtime:
    """Modules put together."""

    def __init__(self, modules: Sequence["Module"]) -> None:
        names = [module.name for module in modules]
        doubles = sorted({name for name in names if names.count(name) > 1})
        if doubles:
            message = f"modules of the same name: {', '.join(doubles)}"
            raise ValueError(message)
        self.modules = tuple(modules)
        self.bus = Bus(s for module in modules for s in module.subscriptions)
        self.scopes = tuple(s for module in modules for s in module.scopes)
        self.gates = tuple(g for module in modules for g in module.gates)
        self.interceptors = tuple(i for module in modules for i in module.interceptors)
        self.translations = tuple(t for module in modules for t in module.translations)
        self.event_types = _by_type([e for module in modules for e in module.events])
        self.ports = Container(
            (bind(RUNTIME, lambda _: self), *(b for module in modules for b in module.bindings))
        )
        self._settings = read(cls for module in modules for cls in module.settings)

    def settings(self, cls: type[S]) -> S:
        """The settings of one part, read and validated at the start."""
        found = self._settings[cls]
        assert isinstance(found, cls)
        return found

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Runtime"]:
        """Start every part in order, stop in reverse."""
        async with AsyncExitStack() as stack:
            for module in self.modules:
                if module.lifespan is not None:
                    await stack.enter_async_context(module.lifespan(self))
            yield self

    @asynccontextmanager
    async def unit(self, context: Context | None = None) -> AsyncIterator[Unit]:
        """One transaction in one context; events go out after it is committed."""
        async with transaction(self, context or Context()) as unit:
            yield unit
        if unit.sent:
            await self.ports.get(TRANSPORT).committed(unit.sent, unit.context)

    def database_settings(self, context: Context) -> dict[str, str]:
        """What stands for the context in the database."""
        caller = context.principal
        found = {"app.user_id": str(caller.id) if caller else ""}
        for scope in self.scopes:
            found.update(scope.settings(context))
        return found

    async def ready(self) -> list[str]:
        """The names of the health checks that fail."""
        failing = []
        for module in self.modules:
            for health in module.health:
                try:
                    await asyncio.wait_for(health.check(self), PATIENCE)
                except Exception:
                    LOG.exception("not ready", extra={"check": health.name})
                    failing.append(health.name)
        return failing


def _by_type(events: Sequence[type[Event]]) -> dict[str, type[Event]]:
    found: dict[str, type[Event]] = {}
    for event in events:
        if found.setdefault(event.type, event) is not event:
            message = f"two events are called `{event.type}`"
            raise ValueError(message)
    return found


class Direct:
    """The event transport of a single process: handlers run right after the commit."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def send(self, event: Event, unit: Unit) -> None:
        """Keep nothing: `committed` gets the events."""

    async def committed(self, events: Sequence[Event], context: Context) -> None:
        """Run each handler in its own unit; a failure is logged, the work stays done."""
        for event in events:
            for subscription in self._runtime.bus.of(event, Phase.AFTER_COMMIT):
                try:
                    async with self._runtime.unit(context) as unit:
                        await subscription.handler(event, unit)
                except Exception:
                    LOG.exception("handler failed", extra={"handler": subscription.name})
