"""Whom the rows of this service belong to: the installation."""

from typing import Final

SCOPE_COLUMNS: Final[frozenset[str]] = frozenset()


class Scoped:
    """Rows of the installation."""


class OptionallyScoped:
    """Rows of the installation."""
