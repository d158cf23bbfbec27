"""The database, as the other parts ask for it."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from app.core.ports import Container, Port
from app.core.problems import Conflict, FieldError

ENGINE = Port[AsyncEngine]("sql.engine")
SESSIONS = Port[async_sessionmaker[AsyncSession]]("sql.sessions")


def make_sessions(ports: Container) -> async_sessionmaker[AsyncSession]:
    """Sessions on the engine; objects stay readable after the commit."""
    return async_sessionmaker(ports.get(ENGINE), expire_on_commit=False)


def missing(fields: Iterable[str]) -> Conflict:
    """These refer to something that does not exist, or that the caller may not know of."""
    errors = [FieldError(field=name, message="does not exist", code="missing") for name in fields]
    return Conflict("refers to something that does not exist", errors=errors)
