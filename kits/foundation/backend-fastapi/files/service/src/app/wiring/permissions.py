"""Every permission of the service."""

from enum import StrEnum
from typing import Final

from app.custom.permissions import CustomPermission


class Permission(StrEnum):
    """Permissions of the parts in use."""
{% if backend.permissions %}

{% for item in backend.permissions %}
{% set constant = item.name | replace(from=":", to="_") | upper_snake %}
{% set line = "    " ~ constant ~ " = ''" ~ item.name %}
{% if line | length <= 100 %}
    {= constant =} = "{= item.name =}"
{% else %}
    {= constant =} = (
        "{= item.name =}"
    )
{% endif %}
{% endfor %}
{% endif %}


AnyPermission = Permission | CustomPermission

# What everyone who is signed in may do.
{% filter fit(width=100) %}
SIGNED_IN: Final[frozenset[AnyPermission]] = frozenset(
    [
{% for item in backend.permissions %}
{% if item.signed_in %}
        Permission.{= item.name | replace(from=":", to="_") | upper_snake =},
{% endif %}
{% endfor %}
    ],
)
{% endfilter %}
