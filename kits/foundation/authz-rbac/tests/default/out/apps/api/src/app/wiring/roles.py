"""The roles, the weakest first, and the weakest role that has each permission."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from app.custom.roles import GRANTS
from app.wiring.permissions import Permission


class Role(StrEnum):
    """Roles, the weakest first."""

    VIEWER = "viewer"
    MEMBER = "member"
    ADMIN = "admin"
    OWNER = "owner"


RANKS: Final[Mapping[Role, int]] = {
    Role.VIEWER: 10,
    Role.MEMBER: 20,
    Role.ADMIN: 30,
    Role.OWNER: 40,
}

TITLES: Final[Mapping[Role, str]] = {
    Role.VIEWER: "Viewer",
    Role.MEMBER: "Member",
    Role.ADMIN: "Admin",
    Role.OWNER: "Owner",
}

WEAKEST: Final[Mapping[StrEnum, Role]] = {
    Permission.USERS_READ: Role.ADMIN,
    Permission.USERS_WRITE: Role.ADMIN,
    **{permission: Role(role) for permission, role in GRANTS.items()},
}
