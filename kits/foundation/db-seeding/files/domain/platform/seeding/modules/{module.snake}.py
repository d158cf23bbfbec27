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
{% if dated %}
from datetime import timedelta
{% endif %}
{% if decimal %}
from decimal import Decimal
{% endif %}
{% if dated or decimal %}

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
from app.platform.seeding.demo import ROWS, context, key, put, words
{% endfilter %}
{% for entity in module.entities %}


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
{% if field.target.name == "User" %}
                {= field.snake =}=unit.principal.id,
{% elif field.target.module and field.target.name != entity.name %}
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
                {= field.snake =}={% if field.max is not none %}min({= field.max =}, {= field.min or 0 =} + number){% else %}{= field.min or 0 =} + number{% endif %},
{% elif field.type == "money" %}
                {= field.snake =}=1_000 * number,
{% elif field.type == "decimal" %}
                {= field.snake =}=Decimal(number),
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
{% endfor %}


async def seed(runtime: Runtime) -> None:
    """Some rows of everything in this module."""
    async with runtime.unit(await context(runtime)) as unit:
{% for entity in module.entities %}
        await _{= entity.plural.snake =}(unit)
{% endfor %}
