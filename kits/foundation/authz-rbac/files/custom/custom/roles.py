"""Which roles have your own permissions: name the weakest that has each."""

from collections.abc import Mapping
from typing import Final

from app.custom.permissions import CustomPermission

GRANTS: Final[Mapping[CustomPermission, str]] = {}
