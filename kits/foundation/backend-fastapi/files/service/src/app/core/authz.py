"""Deny by default: every route names its permission or says that it is public."""

from enum import StrEnum
from typing import Protocol

from app.core.context import Context
from app.core.ports import Port


class Authorizer(Protocol):
    """Decides whether a context may do something."""

    async def allows(self, context: Context, permission: StrEnum) -> bool:
        """Whether `permission` is granted."""


AUTHORIZER = Port[Authorizer]("core.authorizer")


class SignedIn:
    """The authoriser that knows callers, but no difference between them."""

    async def allows(self, context: Context, permission: StrEnum) -> bool:
        """Whether the caller is signed in."""
        del permission
        return context.principal is not None
