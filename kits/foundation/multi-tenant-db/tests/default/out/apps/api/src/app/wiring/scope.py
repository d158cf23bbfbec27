"""Whom the rows of this service belong to: a tenant."""

from typing import Final

from app.platform.tenancy.scoped import OptionallyScoped, Scoped

SCOPE_COLUMNS: Final[frozenset[str]] = frozenset({"tenant_id"})

__all__ = ["SCOPE_COLUMNS", "OptionallyScoped", "Scoped"]
