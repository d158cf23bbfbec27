"""The service signs in as a role that can do no harm."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.platform.postgres.url import driver_url


async def test_the_role_of_the_service_is_harmless(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        role = """
            select rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = current_user
        """
        assert tuple((await connection.execute(text(role))).one()) == (False, False, False)
        owned = "select count(*) from pg_class where relowner = current_user::regrole"
        assert await connection.scalar(text(owned)) == 0
        member = "select pg_has_role(current_user, '{= db.owner =}', 'member')"
        assert await connection.scalar(text(member)) is False


async def test_it_cannot_change_the_schema(engine: AsyncEngine) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with engine.begin() as connection:
            await connection.execute(text("create table forbidden (id int)"))


async def test_statements_end(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        for name in ("statement_timeout", "idle_in_transaction_session_timeout"):
            assert await connection.scalar(text(f"show {name}")) not in ("0", None)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("postgres://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgresql://u@h:6/d?sslmode=require", "postgresql+asyncpg://u@h:6/d?ssl=require"),
        ("postgresql+asyncpg://h/d", "postgresql+asyncpg://h/d"),
    ],
)
def test_addresses(given: str, expected: str) -> None:
    assert driver_url(given).render_as_string(hide_password=False) == expected


def test_other_databases_are_refused() -> None:
    with pytest.raises(ValueError, match="not a PostgreSQL address"):
        driver_url("mysql://u:hidden@h/d")
