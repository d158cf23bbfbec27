"""Runs migrations as the owner of the tables, all of a run in one transaction."""

import asyncio
import os

from alembic import context
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.platform.migrations import history
from {= db.url_module =} import driver_url
from app.wiring.models import METADATA
from app.wiring.schema import PREPARE


def run(connection: Connection) -> None:
    """Bring the schema where the command wants it."""
    for statement in PREPARE:
        connection.execute(text(statement))
    scripts = context.script
    history.reduce(scripts)
    history.replace(connection, scripts)
    history.reconcile(connection, {script.revision for script in scripts.walk_revisions()})
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        compare_type=True,
        include_name=history.is_ours,
        on_version_apply=history.recorder(scripts),
    )
    with context.begin_transaction():
        context.run_migrations()


async def main() -> None:
    """Connect, run, commit."""
    url = driver_url(os.environ["MIGRATION_DATABASE_URL"])
    engine = create_async_engine(url, poolclass=pool.NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(run)
    finally:
        await engine.dispose()


if context.is_offline_mode():
    raise SystemExit("migrations need the database: `--sql` is not supported")
asyncio.run(main())
