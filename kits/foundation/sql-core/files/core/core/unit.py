"""The unit of work: one database transaction in one context."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Executable, event, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, SessionTransaction

from app.core.context import Context
from app.core.db import SESSIONS
from app.core.work import BaseUnit

if TYPE_CHECKING:
    from app.core.runtime import Runtime


class Unit(BaseUnit):
    """One transaction in one context."""

    def __init__(self, runtime: "Runtime", context: Context, session: AsyncSession) -> None:
        super().__init__(runtime, context)
        self.session = session
        # Whatever begins a transaction on this session gets the context, so no code can forget it.
        event.listen(session.sync_session, "after_begin", self._apply)

    async def narrow(self, context: Context) -> None:
        """Go on in another context, within the same transaction."""
        await super().narrow(context)
        await self.session.execute(self._settings())

    def _settings(self) -> Executable:
        """Set what stands for the context; it ends with the transaction."""
        settings = self.runtime.database_settings(self.context)
        calls = (f"set_config(:name{i}, :value{i}, true)" for i in range(len(settings)))
        values = {
            f"{kind}{i}": value
            for i, setting in enumerate(settings.items())
            for kind, value in zip(("name", "value"), setting, strict=True)
        }
        return text(f"select {', '.join(calls)}").bindparams(**values)

    def _apply(self, _: Session, __: SessionTransaction, connection: Connection) -> None:
        connection.execute(self._settings())


@asynccontextmanager
async def transaction(runtime: "Runtime", context: Context) -> AsyncIterator[Unit]:
    """Commit at the end, or roll back if it raises."""
    async with runtime.ports.get(SESSIONS)() as session:
        unit = Unit(runtime, context, session)
        async with session.begin():
            yield unit
