"""The roles, the weakest first, and the weakest role that has each permission."""

{% set_global names = authz.roles | pluck(attribute="name") %}
{% for item in backend.permissions %}
{% if item.role != "" and item.role not in names %}
{= throw(message="permission `" ~ item.name ~ "` names the role `" ~ item.role ~ "`, which does not exist") =}
{% endif %}
{% endfor %}
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from app.custom.roles import GRANTS
from app.wiring.permissions import Permission


class Role(StrEnum):
    """Roles, the weakest first."""

{% for item in authz.roles %}
    {= item.name | upper_snake =} = "{= item.name =}"
{% endfor %}


RANKS: Final[Mapping[Role, int]] = {
{% for item in authz.roles %}
    Role.{= item.name | upper_snake =}: {= item.rank =},
{% endfor %}
}

TITLES: Final[Mapping[Role, str]] = {
{% for item in authz.roles %}
    Role.{= item.name | upper_snake =}: {= item.title | quote =},
{% endfor %}
}

WEAKEST: Final[Mapping[StrEnum, Role]] = {
{% for item in backend.permissions %}
{% if item.role != "" and not item.signed_in %}
    Permission.{= item.name | replace(from=":", to="_") | upper_snake =}: Role.{= item.role | upper_snake =},
{% endif %}
{% endfor %}
    **{permission: Role(role) for permission, role in GRANTS.items()},
}
