"""What only the tests add to the service."""

from typing import Final

{% filter imports(width=100) %}
from app.core.module import Module
{% for item in tests.modules %}
from {= item.path =} import module as {= item.name =}
{% endfor %}
{% endfilter %}

MODULES: Final[list[Module]] = [
{% for item in tests.modules %}
    {= item.name =},
{% endfor %}
]

ENVIRONMENT: Final = {
{% for item in tests.environment %}
    "{= item.name =}": {= item.value | quote =},
{% endfor %}
}
