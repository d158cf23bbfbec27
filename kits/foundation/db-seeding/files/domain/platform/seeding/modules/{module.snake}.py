"""{= module.title =}: rows for the demonstration."""

{% set_global dated = false %}
{% set_global decimal = false %}
{% for entity in module.entities %}
{% for field in entity.fields %}
{% if not field.kit and field.type in ["date", "datetime"] %}
{% set_global dated = true %}
{% elif not field.kit and field.type == "decimal" %}
{% set_global decimal = true %}
{% endif %}
{% endfor %}
{% endfor %}
{# What others of the module belong to comes first; in a circle, only what they cannot do without. #}
{% set_global order = [] %}
{% for strict in [true, false] %}
{% for turn in module.entities %}
{% for entity in module.entities %}
{% set targets = [field for field in entity.fields if not field.kit and field.target and field.target.module] %}
{% set targets = [field.target.name for field in targets if field.required or strict] %}
{% set inside = [other.name for other in module.entities if other.name in targets and other.name != entity.name] %}
{% if entity.name not in order and not [name for name in inside if name not in order] %}
{% set_global order = [...order, entity.name] %}
{% endif %}
{% endfor %}
{% endfor %}
{% endfor %}
{% set_global tenant = false %}
{% set_global texts = false %}
{% set_global colleague = false %}
{% for entity in module.entities %}
{% for field in entity.fields %}
{% if not field.kit and field.type == "string" %}
{% set_global texts = true %}
{% elif not field.kit and field.target and not field.target.module %}
{% if tenancy and field.target.table == tenancy.table %}
{% set_global tenant = true %}
{% elif [set for set in entity.uniques if field.snake in set and not [name for name in set if name not in [entity.scope, field.snake]]] %}
{% set_global colleague = true %}
{% endif %}
{% endif %}
{% endfor %}
{% endfor %}
{% if dated %}
from datetime import timedelta
{% endif %}
{% if decimal %}
from decimal import Decimal
{% endif %}
{% if tenant %}
from uuid import UUID
{% endif %}
{% if dated or decimal or tenant %}

{% endif %}
{% filter imports(width=100) %}
{% if dated %}
from app.core.clock import now
{% endif %}
from app.core.runtime import Runtime
from app.core.unit import Unit
{% for entity in module.entities %}
from app.modules.{= module.snake =}.{= entity.snake =}.model import {= entity.pascal =}
{% endfor %}
from app.platform.seeding.demo import ROWS, context, key, put
{% if texts %}
from app.platform.seeding.demo import words
{% endif %}
{% if colleague %}
from app.platform.seeding.demo import colleague
{% endif %}
{% endfilter %}
{% set_global done = [] %}
{% for name in order %}
{% for entity in [entity for entity in module.entities if entity.name == name] %}


async def _{= entity.plural.snake =}(unit: Unit) -> None:
    for number in range(1, ROWS + 1):
        row_id = key("{= entity.snake =}", number)
        await put(
            unit,
            {= entity.pascal =}(
                id=row_id,
{% for field in entity.fields %}
{% if not field.kit %}
{% if field.target %}
{% if tenancy and field.target.table == tenancy.table %}
                {= field.snake =}=UUID(unit.context.scope["tenant"]),
{% elif field.target.name == "User" %}
{% if [set for set in entity.uniques if field.snake in set and not [name for name in set if name not in [entity.scope, field.snake]]] %}
                {= field.snake =}=await colleague(unit, number),
{% else %}
                {= field.snake =}=unit.principal.id,
{% endif %}
{% elif field.target.module and (field.target.module.name != module.name or field.target.name in done) %}
{% filter fit(width=100) %}
                {= field.snake =}=key(
                    "{= field.target.snake =}",
                    number,
                ),
{% endfilter %}
{% endif %}
{% elif field.type == "string" %}
{% filter fit(width=100) %}
                {= field.snake =}=words(
                    "{= entity.title =} {= field.lower =}",
                    number,
                    {= field.max or 200 =},
                ),
{% endfilter %}
{% elif field.type == "text" %}
                {= field.snake =}="Some words, to see how they look.",
{% elif field.type == "int" %}
                {= field.snake =}={% if field.max is not none %}min({= field.max =}, {% endif %}{% if field.min %}{= field.min =} + {% endif %}number{% if field.max is not none %}){% endif %},
{% elif field.type == "money" %}
                {= field.snake =}={% if field.max is not none %}min({= field.max =}, {% endif %}{% if field.min %}{= field.min =} + {% endif %}1_000 * number{% if field.max is not none %}){% endif %},
{% elif field.type == "decimal" %}
                {= field.snake =}=Decimal({% if field.max is not none %}min({= field.max =}, {% endif %}{% if field.min %}{= field.min =} + {% endif %}number{% if field.max is not none %}){% endif %}),
{% elif field.type == "bool" %}
                {= field.snake =}=number % 2 == 0,
{% elif field.type == "date" %}
                {= field.snake =}=(now() + timedelta(days=7 * number)).date(),
{% elif field.type == "datetime" %}
                {= field.snake =}=now() - timedelta(days=number),
{% elif field.type == "uuid" %}
{% filter fit(width=100) %}
                {= field.snake =}=key(
                    "{= entity.snake =}.{= field.snake =}",
                    number,
                ),
{% endfilter %}
{% elif field.type == "enum" %}
                {= field.snake =}="{= field.values | first =}",
{% elif field.type == "email" %}
                {= field.snake =}=f"demo-{number}@example.com",
{% elif field.type == "url" %}
                {= field.snake =}=f"https://example.com/{number}",
{% else %}
                {= field.snake =}={},
{% endif %}
{% endif %}
{% endfor %}
            ),
            row_id,
        )
{% set_global done = [...done, entity.name] %}
{% endfor %}
{% endfor %}


async def seed(runtime: Runtime) -> None:
    """Some rows of everything in this module."""
    async with runtime.unit(await context(runtime)) as unit:
{% for name in order %}
{% for entity in [entity for entity in module.entities if entity.name == name] %}
        await _{= entity.plural.snake =}(unit)
{% endfor %}
{% endfor %}
