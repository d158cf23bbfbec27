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
)
