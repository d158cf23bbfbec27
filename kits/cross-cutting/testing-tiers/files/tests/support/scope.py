"""Someone who can work."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from app.core.context import Context


@dataclass(frozen=True)
class Actor:
    """A caller with all that a request, or a unit of work, needs."""

    id: UUID
    headers: dict[str, str]
    context: Context


class MakeActor(Protocol):
    """Makes someone new."""

    def __call__(self, role: str = "owner") -> Awaitable[Actor]:
        """Someone with a role, where there are roles."""
