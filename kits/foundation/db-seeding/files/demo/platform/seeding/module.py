"""The demonstration as a part of the service."""

{% filter imports(width=100) %}
from app.core.module import Module, Seed, Tier
{% if session %}
from app.platform.seeding.demo import DemoSettings
{% endif %}
from app.platform.seeding.demo import seed_person
{% if domain %}
{% for module in modules %}
from app.platform.seeding.modules.{= module.snake =} import seed as seed_{= module.snake =}
{% endfor %}
{% endif %}
{% endfilter %}

module = Module(
    name="demo",
{% if session %}
    settings=(DemoSettings,),
{% endif %}
{% if domain %}
    seeds=(
        Seed("person", Tier.DEMO, seed_person),
{% for module in modules %}
        Seed("{= module.snake =}", Tier.DEMO, seed_{= module.snake =}),
{% endfor %}
    ),
{% else %}
    seeds=(Seed("person", Tier.DEMO, seed_person),),
{% endif %}
)
