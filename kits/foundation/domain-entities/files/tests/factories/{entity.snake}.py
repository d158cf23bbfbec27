"""{= entity.plural.title =} for tests."""

{% filter imports(width=100) %}
from typing import Any
{% for field in entity.fields %}
{% if field.kit is none and not field.hidden and field.required %}
{% if field.type == "decimal" %}
from decimal import Decimal
{% endif %}
{% if field.target is none and (field.type == "string" or field.type == "text" or field.type == "int" or field.type == "money" or field.type == "decimal" or field.type == "uuid" or field.type == "email" or field.type == "url") %}
from uuid import uuid4
{% endif %}
{% endif %}
{% endfor %}
{% endfilter %}

{% filter imports(width=100) %}
from app.core.runtime import Runtime
from app.modules.{= module.snake =}.{= entity.snake =}.model import {= entity.pascal =}
from tests.support.scope import Actor
{% for field in entity.fields %}
{% if field.kit is none and not field.hidden and field.required %}
{% if field.type == "date" or field.type == "datetime" %}
from app.core.clock import now
{% endif %}
{% if field.target is not none %}
from tests.factories.{= field.target.snake =} import make_{= field.target.snake =}
{% endif %}
{% endif %}
{% endfor %}
{% endfilter %}


{% filter fit(width=100) %}
async def {= entity.snake =}_values(
    runtime: Runtime,
    actor: Actor,
) -> dict[str, Any]:
{% endfilter %}
    """What a new {= entity.lower =} needs."""
{% for field in entity.fields %}
{% if field.kit is none and not field.hidden and field.required and field.target is not none %}
{% filter fit(width=100) %}
    {= field.snake | trim_end(pat="_id") =}_row = await make_{= field.target.snake =}(
        runtime,
        actor,
    )
{% endfilter %}
{% endif %}
{% endfor %}
{% filter fit(width=100) %}
    return {
{% for field in entity.fields %}
{% if field.kit is none and not field.hidden and field.required %}
{% if field.target is not none %}
        "{= field.snake =}": {= field.snake | trim_end(pat="_id") =}_row.id,
{% elif field.type == "string" %}
        "{= field.snake =}": uuid4().hex{% if field.max is not none %}{% if field.max < 32 %}[:{= field.max =}]{% endif %}{% endif %},
{% elif field.type == "text" %}
        "{= field.snake =}": uuid4().hex,
{% elif field.type == "int" or field.type == "money" or field.type == "decimal" %}
{% set low = field.min if field.min is not none else 0 %}
{% set high = field.max if field.max is not none else low + 1000000 %}
        "{= field.snake =}": {% if field.type == "decimal" %}Decimal({% endif %}{= low =} + uuid4().int % {= high - low + 1 =}{% if field.type == "decimal" %}){% endif %},
{% elif field.type == "bool" %}
        "{= field.snake =}": False,
{% elif field.type == "date" %}
        "{= field.snake =}": now().date(),
{% elif field.type == "datetime" %}
        "{= field.snake =}": now(),
{% elif field.type == "uuid" %}
        "{= field.snake =}": uuid4(),
{% elif field.type == "enum" %}
        "{= field.snake =}": {= field.values | first | quote =},
{% elif field.type == "email" %}
        "{= field.snake =}": f"{uuid4().hex}@example.com",
{% elif field.type == "url" %}
        "{= field.snake =}": f"https://example.com/{uuid4().hex}",
{% else %}
        "{= field.snake =}": {"some": "thing"},
{% endif %}
{% endif %}
{% endfor %}
    }
{% endfilter %}


{% filter fit(width=100) %}
async def make_{= entity.snake =}(
    runtime: Runtime,
    actor: Actor,
    **values: Any,
) -> {= entity.pascal =}:
{% endfilter %}
    """One {= entity.lower =} of the actor's."""
    needed = await {= entity.snake =}_values(runtime, actor)
    row = {= entity.pascal =}(**{**needed, **values})
    async with runtime.unit(actor.context) as unit:
        unit.session.add(row)
    return row
