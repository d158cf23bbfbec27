"""Chains of migrations, and what the owner of the tables runs before them."""

from typing import Final

CHAINS: Final = frozenset(
    {
        "app",
    }
)

PREPARE: Final[tuple[str, ...]] = (
    "select pg_advisory_xact_lock(7355608)",
    "alter default privileges in schema public grant select, insert, update, delete on tables to app_rw",
    "alter default privileges in schema public grant usage, select on sequences to app_rw",
)
