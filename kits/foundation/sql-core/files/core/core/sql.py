"""The database contract as a module: sessions, and problems for what the database refuses."""

import re
from typing import Final

from sqlalchemy import Index
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.sql.schema import ColumnCollectionConstraint

from app.core.db import SESSIONS, make_sessions, missing
from app.core.module import Module, Translation
from app.core.orm import Base
from app.core.ports import bind
from app.core.problems import Conflict, FieldError, Forbidden, Invalid, Problem
from app.wiring.scope import SCOPE_COLUMNS

# `Key (name, size)=(…)`: which columns the database complains about, never their values.
COLUMNS: Final = re.compile(r"Key \(([^)]*)\)")


def _columns(error: DBAPIError) -> list[str]:
    """The columns of the constraint, as far as callers know them."""
    cause = getattr(error.orig, "__cause__", None)
    names = _of_model(getattr(cause, "table_name", None), getattr(cause, "constraint_name", None))
    if not names:
        # Where row level security hides no details, this works for tables without a model too.
        found = COLUMNS.search(str(getattr(cause, "detail", None)))
        column = getattr(cause, "column_name", None)
        names = found.group(1).split(", ") if found else [str(column)] if column else []
    return [name for name in names if name not in SCOPE_COLUMNS]


def _fields(error: DBAPIError, code: str, message: str) -> list[FieldError]:
    return [FieldError(field=name, message=message, code=code) for name in _columns(error)]


def _of_model(table: str | None, constraint: str | None) -> list[str]:
    model = Base.metadata.tables.get(str(table))
    if model is None or constraint is None:
        return []
    sets: list[ColumnCollectionConstraint | Index] = [
        *(item for item in model.constraints if isinstance(item, ColumnCollectionConstraint)),
        *model.indexes,
    ]
    for item in sets:
        if item.name == constraint:
            return [column.name for column in item.columns]
    return []


def integrity(error: Exception) -> Problem | None:
    """A constraint that does not hold."""
    assert isinstance(error, IntegrityError)
    state = getattr(error.orig, "sqlstate", "")
    if state == "23505":
        return Conflict("already exists", errors=_fields(error, "taken", "is taken"))
    if state in ("23503", "23001"):
        if "on table" in str(error.orig) and "insert or update" in str(error.orig):
            return missing(_columns(error))
        return Conflict("still in use")
    if state in ("23502", "23514"):
        wrong = _fields(error, "value", "is not allowed")
        return Invalid("a value is missing or not allowed", errors=wrong)
    return None


def refusal(error: Exception) -> Problem | None:
    """What else the database may refuse."""
    assert isinstance(error, DBAPIError)
    state = str(getattr(error.orig, "sqlstate", None) or "")
    if state.startswith("22") or isinstance(getattr(error.orig, "__cause__", None), ValueError):
        return Invalid("a value cannot be stored")
    if state in ("40001", "40P01"):
        return Conflict("try again")
    if state == "42501":
        return Forbidden()
    return None


def stale(error: Exception) -> Problem | None:
    """Somebody else changed the row first."""
    del error
    return Conflict("changed in the meantime")


module = Module(
    name="sql",
    bindings=(bind(SESSIONS, make_sessions),),
    translations=(
        Translation(IntegrityError, integrity),
        Translation(DBAPIError, refusal),
        Translation(StaleDataError, stale),
    ),
)
