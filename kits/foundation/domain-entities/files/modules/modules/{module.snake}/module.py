"""{= module.title =} as a part of the service."""

{% filter imports(width=100) %}
from app.core.module import Module
{% for entity in module.entities %}
from app.modules.{= module.snake =}.{= entity.snake =} import events as {= entity.snake =}_events
from app.modules.{= module.snake =}.{= entity.snake =}.routes import router as {= entity.snake =}_router
{% endfor %}
{% endfilter %}

module = Module(
    name="modules.{= module.snake =}",
{% if module.entities | length > 1 %}
    routers=(
{% for entity in module.entities %}
        {= entity.snake =}_router,
{% endfor %}
    ),
    events=(
{% for entity in module.entities %}
        *{= entity.snake =}_events.ALL,
{% endfor %}
    ),
{% else %}
{# A tuple of one stays on its line. #}
{% for entity in module.entities %}
    routers=({= entity.snake =}_router,),
    events=(*{= entity.snake =}_events.ALL,),
{% endfor %}
{% endif %}
)
