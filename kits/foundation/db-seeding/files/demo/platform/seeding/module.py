"""The demonstration as a part of the service."""

{# Modules that others belong to come first. #}
{% set_global order = [] %}
{% for turn in modules %}
{% for module in modules %}
{% set_global needed = [] %}
{% for entity in module.entities %}
{% set_global needed = [...needed, ...[field.target.module.name for field in entity.fields if field.target and field.target.module]] %}
{% endfor %}
{% set needed = [name for name in needed if name != module.name and name not in order] %}
{% if module.name not in order and not needed %}
{% set_global order = [...order, module.name] %}
{% endif %}
{% endfor %}
{% endfor %}
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
{% for name in order %}
{% for module in [module for module in modules if module.name == name] %}
        Seed("{= module.snake =}", Tier.DEMO, seed_{= module.snake =}),
{% endfor %}
{% endfor %}
    ),
{% else %}
    seeds=(Seed("person", Tier.DEMO, seed_person),),
{% endif %}
)
