"""Every model, so that the metadata is complete."""

{% if sql.models %}
{% filter imports(width=100) %}
{% for item in sql.models %}
import {= item.module =}
{% endfor %}
{% endfilter %}
{% endif %}
from app.core.orm import Base

METADATA = Base.metadata
