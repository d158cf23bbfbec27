"""The schema can be made from nothing, taken back and made again; chains come and go."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.platform.migrations import history
from {= db.url_module =} import driver_url
from app.wiring.models import METADATA
from app.wiring.schema import CHAINS

ROOT = Path(__file__).parents[3]


def db(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.tools.db", *arguments],
        cwd=ROOT,
        env={**os.environ, "MIGRATION_DATABASE_URL": url, "PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        check=False,
    )


def ok(url: str, *arguments: str) -> str:
    done = db(url, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def tables(url: str) -> set[str]:
    engine = create_async_engine(driver_url(url), poolclass=pool.NullPool)
    async with engine.connect() as connection:
        return set(await connection.run_sync(lambda c: inspect(c).get_table_names()))


async def test_up_down_and_up_again(empty_database: str) -> None:
    ok(empty_database, "upgrade")
    ok(empty_database, "check")
    full = await tables(empty_database)
    assert {table.name for table in METADATA.sorted_tables} <= full
    ok(empty_database, "downgrade", "base")
    assert await tables(empty_database) == {"alembic_version", history.TABLE}
    ok(empty_database, "upgrade")
    ok(empty_database, "check")
    assert await tables(empty_database) == full


async def test_a_chain_leaves_and_comes_back(empty_database: str) -> None:
    ok(empty_database, "upgrade")
    assert "forgot app_0001" in ok(empty_database, "forget", "app")
    assert "app_0001" not in ok(empty_database, "history")
    refused = db(empty_database, "forget", "app")
    assert refused.returncode == 1
    assert "no chain `app`" in refused.stderr
    ok(empty_database, "upgrade")
    assert "app_0001" in ok(empty_database, "history")


@pytest.mark.nightly
@pytest.mark.parametrize("chain", sorted(CHAINS))
async def test_each_chain_is_taken_back_and_comes_again(empty_database: str, chain: str) -> None:
    ok(empty_database, "upgrade")
    full = await tables(empty_database)
    ok(empty_database, "downgrade", f"{chain}@base")
    ok(empty_database, "upgrade")
    ok(empty_database, "check")
    assert await tables(empty_database) == full


async def test_a_database_that_is_ahead_is_refused(empty_database: str) -> None:
    ok(empty_database, "upgrade")

    def later(connection: Connection) -> None:
        row = {"revision": "later_0001", "chain": "later", "after": ""}
        connection.execute(text(history.INSERT), row)

    engine = create_async_engine(driver_url(empty_database), poolclass=pool.NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(later)
    refused = db(empty_database, "upgrade")
    assert refused.returncode != 0
    assert "the database has later, which the code lacks" in refused.stderr
    ok(empty_database, "forget", "later")
    ok(empty_database, "upgrade")


def scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(Config(str(ROOT / "alembic.ini")))


def test_chains_are_independent() -> None:
    found = list(scripts().walk_revisions())
    assert {label for script in found for label in script.branch_labels} == CHAINS
    assert len([script for script in found if script.is_base]) == len(CHAINS)
    for script in found:
        assert len(script.revision) <= 32, script.revision
        assert len(script.branch_labels) == 1, script.revision


def test_implied_dependencies_are_left_out(tmp_path: Path) -> None:
    needs = {"a": [], "b": ["a"], "c": ["a"], "d": ["a", "b", "c"]}
    (tmp_path / "versions").mkdir()
    for name, others in needs.items():
        text_ = f"revision = {name!r}\ndown_revision = None\ndepends_on = {tuple(others)!r}\n"
        (tmp_path / "versions" / f"{name}.py").write_text(text_)
    found = ScriptDirectory(str(tmp_path))
    history.reduce(found)
    last = found.get_revision("d")
    assert last is not None
    assert set(last._normalized_resolved_dependencies) == {"b", "c"}


async def test_a_revision_stands_for_others(empty_database: str, tmp_path: Path) -> None:
    ok(empty_database, "upgrade")
    (tmp_path / "versions").mkdir()
    text_ = (
        "revision = 'x_base'\ndown_revision = None\nbranch_labels = ('x',)\n"
        "replaces = ('x_0001', 'x_0002')\n"
    )
    (tmp_path / "versions" / "x_base.py").write_text(text_)
    found = ScriptDirectory(str(tmp_path))

    def replaced(connection: Connection) -> set[str]:
        history.replace(connection, found)
        return {name for name, item in history.applied(connection).items() if item.chain == "x"}

    def insert(connection: Connection, revision: str, after: str) -> None:
        row = {"revision": revision, "chain": "x", "after": after}
        connection.execute(text(history.INSERT), row)

    engine = create_async_engine(driver_url(empty_database), poolclass=pool.NullPool)
    async with engine.begin() as connection:
        assert await connection.run_sync(replaced) == set()
        await connection.run_sync(insert, "x_0001", "")
        with pytest.raises(history.HistoryError, match="only a part of what x_base stands for"):
            await connection.run_sync(replaced)
        await connection.run_sync(insert, "x_0002", "x_0001")
        assert await connection.run_sync(replaced) == {"x_base"}
        assert await connection.run_sync(replaced) == {"x_base"}
        heads = await connection.execute(text("select version_num from alembic_version"))
        assert {"x_base"} == {row.version_num for row in heads} & {"x_base", "x_0001", "x_0002"}


@pytest.mark.parametrize("path", sorted((ROOT / "migrations/chains").rglob("*.py")), ids=str)
def test_migrations_do_not_depend_on_code_that_changes(path: Path) -> None:
    assert not re.search(r"^\s*(from|import) app\b", path.read_text(), re.MULTILINE)
