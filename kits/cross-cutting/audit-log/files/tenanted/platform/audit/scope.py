"""Whom entries belong to: the tenant in which it happened, or the installation."""

from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

CURRENT: Final = "nullif(current_setting('app.tenant_id', true), '')::uuid"


class Owned:
    """Entries of a tenant. They refer to no row of it: they outlive the tenant."""

    tenant_id: Mapped[UUID | None] = mapped_column(server_default=text(CURRENT), sort_order=900)
