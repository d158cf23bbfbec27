"""The database, as the other parts ask for it."""

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from app.core.ports import Container, Port

ENGINE = Port[AsyncEngine]("sql.engine")
SESSIONS = Port[async_sessionmaker[AsyncSession]]("sql.sessions")


def make_sessions(ports: Container) -> async_sessionmaker[AsyncSession]:
    """Sessions on the engine; objects stay readable after the commit."""
    return async_sessionmaker(ports.get(ENGINE), expire_on_commit=False)
