"""Lists in pages: a cursor says after which row to go on, so that no row is missed or repeated."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python
from sqlalchemy import Select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.core.problems import BadRequest, FieldError

T = TypeVar("T")

Limit = Annotated[int, Field(ge=1, le={= option.max_page_size =})]
Cursor = Annotated[str, Field(max_length=1000)]


class Page(BaseModel, Generic[T]):
    """Some of the items, and where the others go on."""

    items: list[T]
    next_cursor: str | None = None


class PageQuery(BaseModel):
    """Which page; lists add their filters."""

    model_config = ConfigDict(extra="forbid")

    limit: Limit = {= option.page_size =}
    cursor: Cursor | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """By which column, and which way; rows of the same value are ordered by their key."""

    name: str
    column: InstrumentedAttribute[Any]
    key: InstrumentedAttribute[Any]

    @property
    def descending(self) -> bool:
        """Whether the name begins with a minus."""
        return self.name.startswith("-")


def _encode(name: str, values: Sequence[Any]) -> str:
    text = json.dumps([name, *to_jsonable_python(list(values))], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str, order: Order) -> list[Any]:
    """The values that the page goes on after; a cursor of another order is refused."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        name, *values = json.loads(text)
        types = [column.type.python_type for column in (order.column, order.key)]
        if name != order.name or len(values) != len(types):
            raise _refused()
        return [TypeAdapter(t).validate_python(v) for t, v in zip(types, values, strict=True)]
    except (binascii.Error, TypeError, ValueError, ValidationError, RecursionError):
        raise _refused() from None


def _refused() -> BadRequest:
    error = FieldError(field="query.cursor", message="is not of this list", code="cursor")
    return BadRequest("the cursor is not of this list", errors=[error])


async def paginate(
    session: AsyncSession,
    query: Select[tuple[T]],
    order: Order,
    *,
    limit: int,
    cursor: str | None,
) -> tuple[list[T], str | None]:
    """One page of a query, and the cursor of the next one."""
    columns = tuple_(order.column, order.key)
    if cursor is not None:
        after = tuple_(*_decode(cursor, order))
        query = query.where(columns < after if order.descending else columns > after)
    ways = [c.desc() if order.descending else c.asc() for c in (order.column, order.key)]
    rows = list(await session.scalars(query.order_by(*ways).limit(limit + 1)))
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    values = [getattr(last, order.column.key), getattr(last, order.key.key)]
    return rows[:limit], _encode(order.name, values)
