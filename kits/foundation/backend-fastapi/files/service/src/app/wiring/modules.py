"""The parts of the service, in the order in which they start."""

from typing import Final

{% filter imports(width=100) %}
from app.core.module import Module
from app.custom.module import module as custom
{% for item in backend.modules %}
from {= item.path =} import module as {= item.name =}
{% endfor %}
{% endfilter %}

MODULES: Final[tuple[Module, ...]] = (
{% for item in backend.modules %}
    {= item.name =},
{% endfor %}
    custom,
)
