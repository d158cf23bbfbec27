"""The environment of the service under test, with a database of its own for each worker.

A template is migrated once and kept until the migrations change; workers get clones of it.
DATABASE_URL and MIGRATION_DATABASE_URL say which server and which roles; their own database
is never touched.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import URL

from {= db.url_module =} import driver_url
from tests.support import wiring

ROOT = Path(__file__).parents[2]
LOCK = 7355609


def at(url: URL, database: str) -> str:
    """The same server and role, another database."""
    return url.set(drivername="postgresql", database=database).render_as_string(hide_password=False)


def digest() -> str:
    """Changes with the migrations."""
    found = hashlib.sha256()
    for path in sorted((ROOT / "migrations").rglob("*.py")):
        found.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    found.update((ROOT / "src/app/wiring/schema.py").read_bytes())
    return found.hexdigest()


def migrate(url: str) -> None:
    """Bring a database up to date."""
    done = subprocess.run(
        [sys.executable, "-m", "app.tools.db", "upgrade"],
        cwd=ROOT,
        env={**os.environ, "MIGRATION_DATABASE_URL": url, "PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


async def drop(server: asyncpg.Connection, name: str) -> None:
    """Drop a database if it is there, and end who is connected to it.

    Not by `with (force)`: it fails where an autovacuum worker is at work, which only a
    superuser may end. A plain drop waits for those.
    """
    await server.execute(
        """
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = $1 and pg_has_role(usename, 'member')
        """,
        name,
    )
    await server.execute(f'drop database if exists "{name}"')


async def make_template(server: asyncpg.Connection, owner: URL, name: str) -> None:
    """Migrate the template, unless that has been done with these migrations."""
    query = """
        select shobj_description(oid, 'pg_database') from pg_database where datname = $1
    """
    if await server.fetchval(query, name) == digest():
        return
    await drop(server, name)
    await server.execute(f'create database "{name}"')
    migrate(at(owner, name))
    await server.execute(f"comment on database \"{name}\" is '{digest()}'")


@pytest.fixture(scope="session")
def owner_url() -> URL:
    """The owner of the tables, on the server for tests."""
    return driver_url(os.environ["MIGRATION_DATABASE_URL"])


@pytest.fixture(scope="session")
async def server(owner_url: URL) -> AsyncIterator[asyncpg.Connection]:
    """The server, to make databases on."""
    connection = await asyncpg.connect(at(owner_url, "postgres"))
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
def database(owner_url: URL) -> str:
    """The name of this worker's database."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return f"{str(owner_url.database)[:40]}_test_{worker}"


@pytest.fixture(scope="session")
async def environment(
    server: asyncpg.Connection,
    owner_url: URL,
    database: str,
) -> AsyncIterator[None]:
    """Clone the template and let the service use the clone, as its own role."""
    template = f"{str(owner_url.database)[:40]}_test_template"
    await server.execute("select pg_advisory_lock($1)", LOCK)
    try:
        await make_template(server, owner_url, template)
        await drop(server, database)
        await server.execute(f'create database "{database}" template "{template}"')
    finally:
        await server.execute("select pg_advisory_unlock($1)", LOCK)
    os.environ.update(wiring.ENVIRONMENT)
    os.environ["DATABASE_URL"] = at(driver_url(os.environ["DATABASE_URL"]), database)
    yield
    # The service has closed its pool by now.
    await drop(server, database)


@pytest.fixture
async def empty_database(server: asyncpg.Connection, owner_url: URL) -> AsyncIterator[str]:
    """A database with nothing in it, as its owner."""
    name = f"{str(owner_url.database)[:40]}_empty_{uuid4().hex[:8]}"
    await server.execute(f'create database "{name}"')
    yield at(owner_url, name)
    await drop(server, name)
