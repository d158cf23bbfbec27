"""Roles: deny by default, and nobody reaches above themselves."""

from enum import StrEnum
from itertools import pairwise
from uuid import uuid4

import pytest

from app.core.context import Context, Principal
from app.platform.rbac.roles import (
    RoleAuthorizer,
    RoleTooStrong,
    may_touch,
    permissions_of,
    require_touch,
)
from app.wiring.permissions import SIGNED_IN
from app.wiring.roles import RANKS, WEAKEST, Role


class Unknown(StrEnum):
    """A permission that nobody granted."""

    UNKNOWN = "unknown:thing"


def holding(role: str | None) -> Context:
    return Context(Principal(uuid4()), {} if role is None else {"role": role})


@pytest.mark.parametrize("role", [*Role, "gone", None])
async def test_what_nobody_granted_is_denied(role: str | None) -> None:
    assert not await RoleAuthorizer().allows(holding(role), Unknown.UNKNOWN)


async def test_nobody_and_strangers_have_no_permission() -> None:
    for permission in WEAKEST:
        assert not await RoleAuthorizer().allows(Context(scope={"role": "owner"}), permission)
        assert not await RoleAuthorizer().allows(holding(None), permission)
        assert not await RoleAuthorizer().allows(holding("gone"), permission)


async def test_everyone_who_is_signed_in_has_the_common_ones() -> None:
    for permission in SIGNED_IN:
        assert await RoleAuthorizer().allows(holding(None), permission)
        assert not await RoleAuthorizer().allows(Context(), permission)


def test_stronger_roles_have_what_weaker_ones_have() -> None:
    held = [set(permissions_of(role)) for role in Role]
    assert all(weak <= strong for weak, strong in pairwise(held))
    assert list(RANKS.values()) == sorted(set(RANKS.values()))


@pytest.mark.parametrize("own", Role)
@pytest.mark.parametrize("other", Role)
def test_nobody_reaches_above_themselves(own: Role, other: Role) -> None:
    fits = list(Role).index(own) >= list(Role).index(other)
    assert may_touch(holding(own), other) is fits
    if not fits:
        with pytest.raises(RoleTooStrong):
            require_touch(holding(own), other)


def test_who_has_no_role_reaches_nobody() -> None:
    assert not any(may_touch(holding(None), role) for role in Role)
