"""The base of every model."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import JSON, DateTime, MetaData, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.core.clock import now

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# JSON that the database can look into, where it is able to.
Json = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    """Base of every model."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        dict[str, Any]: Json,
        list[str]: Json,
    }


class Keyed:
    """Rows with a random key."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4, sort_order=-100)


class Timestamped:
    """Rows that know when they were made and changed."""

    created_at: Mapped[datetime] = mapped_column(
        default=now,
        server_default=func.now(),
        sort_order=910,
    )
    updated_at: Mapped[datetime] = mapped_column(
        default=now,
        onupdate=now,
        server_default=func.now(),
        sort_order=911,
    )
