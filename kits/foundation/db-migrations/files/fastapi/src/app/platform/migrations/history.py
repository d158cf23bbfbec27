"""A table of applied revisions, so that a chain can leave the code and come back."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, bindparam, inspect, text

TABLE: Final = "schema_history"
CREATE: Final = """
    create table if not exists schema_history (
        revision varchar(32) primary key,
        chain varchar(32) not null,
        after text not null,
        parked boolean not null default false
    )
"""
INSERT: Final = """
    insert into schema_history (revision, chain, after) values (:revision, :chain, :after)
"""
DELETE: Final = "delete from schema_history where revision = :revision"
SELECT: Final = "select revision, chain, after from schema_history where parked = :parked"
PARK: Final = "update schema_history set parked = :parked where revision in :revisions"


class HistoryError(Exception):
    """The database and the code do not fit together."""


@dataclass(frozen=True, slots=True)
class Applied:
    """One applied revision: its chain, and the revisions that it builds on."""

    chain: str
    after: frozenset[str]


def is_ours(name: str | None, kind: str, _: Mapping[str, str | None]) -> bool:
    """Whether autogenerate looks at a table: not at the history."""
    return not (kind == "table" and name == TABLE)


def recorder(scripts: ScriptDirectory) -> Callable[..., None]:
    """What writes the history while revisions are applied and reverted."""

    def record(*, ctx: Any, step: Any, **_: Any) -> None:
        connection = ctx.connection
        connection.execute(text(CREATE))
        revision = step.up_revision_id
        if not step.is_upgrade:
            connection.execute(text(DELETE), {"revision": revision})
            return
        script = scripts.get_revision(revision)
        after = {*_names(script.down_revision), *_names(script._resolved_dependencies)}
        row = {
            "revision": revision,
            "chain": min(script.branch_labels),
            "after": " ".join(sorted(after)),
        }
        connection.execute(text(INSERT), row)

    return record


def reduce(scripts: ScriptDirectory) -> None:
    """Leave out dependencies that a revision's other ones imply: alembic stumbles over them."""
    revisions = scripts.revision_map
    for script in scripts.walk_revisions():
        direct = {*_names(script.down_revision), *script._normalized_resolved_dependencies}
        implied = {
            node.revision
            for name in direct
            for node in revisions._get_ancestor_nodes(revisions.get_revisions(name))
            if node.revision != name
        }
        script._normalized_resolved_dependencies = tuple(
            name for name in script._normalized_resolved_dependencies if name not in implied
        )


def _names(value: str | Iterable[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def applied(connection: Connection, *, parked: bool = False) -> dict[str, Applied]:
    """The applied revisions; the parked ones are those whose chain has left the code."""
    if not inspect(connection).has_table(TABLE):
        return {}
    rows = connection.execute(text(SELECT), {"parked": parked})
    return {row.revision: Applied(row.chain, frozenset(row.after.split())) for row in rows}


def replace(connection: Connection, scripts: ScriptDirectory) -> None:
    """Where the revisions that another one stands for are applied, that one is."""
    now = applied(connection)
    gone: set[str] = set()
    for script in scripts.walk_revisions():
        old = set(_names(getattr(script.module, "replaces", None)))
        missing = old - now.keys()
        if script.revision in now or missing == old:
            continue
        if missing:
            message = (
                f"the database has only a part of what {script.revision} stands for: "
                "run the migrations of the version before it first"
            )
            raise HistoryError(message)
        after = {*_names(script.down_revision), *_names(script._resolved_dependencies)}
        row = {
            "revision": script.revision,
            "chain": min(script.branch_labels),
            "after": " ".join(sorted(after)),
        }
        connection.execute(text(INSERT), row)
        gone |= old
    for revision in sorted(gone):
        connection.execute(text(DELETE), {"revision": revision})
    if gone:
        _set_heads(connection, applied(connection))


def _set_heads(connection: Connection, revisions: Mapping[str, Applied]) -> None:
    """Alembic remembers only the revisions that nothing builds on."""
    heads = set(revisions) - {name for item in revisions.values() for name in item.after}
    connection.execute(text("delete from alembic_version"))
    for head in sorted(heads):
        connection.execute(text("insert into alembic_version values (:head)"), {"head": head})


def _park(connection: Connection, revisions: Iterable[str], *, parked: bool) -> None:
    query = text(PARK).bindparams(bindparam("revisions", expanding=True))
    connection.execute(query, {"parked": parked, "revisions": sorted(revisions)})


def reconcile(connection: Connection, known: set[str]) -> None:
    """Pick up chains that came back; refuse a database that is ahead of the code."""
    now = applied(connection)
    unknown = sorted({item.chain for name, item in now.items() if name not in known})
    if unknown:
        message = (
            f"the database has {', '.join(unknown)}, which the code lacks: "
            "run `python -m app.tools.db forget CHAIN` to keep the tables, "
            "or `retire CHAIN` with the version that had them"
        )
        raise HistoryError(message)
    back = applied(connection, parked=True).keys() & known
    if back:
        _park(connection, back, parked=False)
        _set_heads(connection, applied(connection))


def forget(connection: Connection, chain: str) -> list[str]:
    """Leave the tables of a chain alone from now on; the names of its revisions."""
    now = applied(connection)
    gone = {name for name, item in now.items() if item.chain == chain}
    if not gone:
        message = f"the database has no chain `{chain}`"
        raise HistoryError(message)
    left = {name: item for name, item in now.items() if name not in gone}
    users = sorted({item.chain for item in left.values() if item.after & gone})
    if users:
        message = f"{', '.join(users)} build on `{chain}`: forget them first"
        raise HistoryError(message)
    _park(connection, gone, parked=True)
    _set_heads(connection, left)
    return sorted(gone)


def to_retire(connection: Connection, chain: str) -> list[str]:
    """The chains that go when `chain` is dropped, in that order: its integrations, then itself."""
    now = applied(connection)
    gone = {name for name, item in now.items() if item.chain == chain}
    if not gone:
        message = f"the database has no chain `{chain}`"
        raise HistoryError(message)
    users: set[str] = set()
    while more := {name for name, item in now.items() if name not in gone and item.after & gone}:
        gone |= more
        users |= {now[name].chain for name in more}
    users.discard(chain)
    others = sorted(user for user in users if chain not in user.split("__"))
    if others:
        message = f"this would drop tables of {', '.join(others)} too: retire them first"
        raise HistoryError(message)
    return [*sorted(users), chain]
