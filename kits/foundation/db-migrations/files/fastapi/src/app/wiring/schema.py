"""Chains of migrations, and what the owner of the tables runs before them."""

from typing import Final

CHAINS: Final = frozenset(
    {
        "app",
{% for item in migrations.chains %}
        "{= item.name =}",
{% endfor %}
    }
)

PREPARE: Final[tuple[str, ...]] = (
{% for item in migrations.prepare %}
    {= item.statement | quote =},
{% endfor %}
)
