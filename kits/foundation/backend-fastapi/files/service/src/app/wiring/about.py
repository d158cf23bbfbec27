"""What the service calls itself."""

from typing import Final

{% set line = "TITLE: Final = " ~ project.title | quote %}
{% if line | length <= 100 %}
TITLE: Final = {= project.title | quote =}
{% else %}
TITLE: Final = (
    {= project.title | quote =}
)
{% endif %}
VERSION: Final = "0.1.0"
