"""{= entity.plural.title =} at the edge of the service."""

{% filter imports(width=100) %}
from datetime import datetime
from typing import Literal
from uuid import UUID
{% for field in entity.fields %}
{% if field.kit is none and not field.hidden and data.types[field.type].limited and field.type != "enum" %}
from typing import Annotated
{% endif %}
{% if field.type == "date" and not field.hidden %}
from datetime import date
{% endif %}
{% if field.type == "decimal" and not field.hidden %}
from decimal import Decimal
{% endif %}
{% if field.type == "json" and not field.hidden %}
from typing import Any
{% endif %}
{% endfor %}
{% endfilter %}

{% filter imports(width=100) %}
from pydantic import BaseModel, ConfigDict
{% if "update" in entity.option.operations %}
from pydantic import with_config
from typing_extensions import TypedDict
{% endif %}
{% for field in entity.fields %}
{% if field.kit is none and not field.hidden %}
{% if field.type == "email" %}
from pydantic import EmailStr
{% elif field.type != "enum" and data.types[field.type].limited %}
from pydantic import Field
{% endif %}
{% endif %}
{% endfor %}
{% endfilter %}

{% filter imports(width=100) %}
from app.platform.http_api.paging import PageQuery
{% for field in entity.fields %}
{% if field.kit is none and not field.hidden %}
{% if field.type == "string" or field.type == "text" %}
from app.platform.http_api.texts import TEXT
{% elif field.type == "url" %}
from app.platform.http_api.texts import URL
{% elif field.type == "date" %}
from app.platform.http_api.times import Day
{% elif field.type == "datetime" %}
from app.platform.http_api.times import Moment
{% endif %}
{% endif %}
{% endfor %}
{% endfilter %}

{% for field in entity.fields %}
{% if field.kit is none and not field.hidden and data.types[field.type].limited %}
{% if field.type == "enum" %}
{% filter fit(width=100) %}
{= field.pascal =}Value = Literal[
{% for value in field.values %}
    {= value | quote =},
{% endfor %}
]
{% endfilter %}
{% elif field.type == "string" or field.type == "text" %}
{= field.pascal =}Value = Annotated[
    str,
{% filter fit(width=100) %}
    Field(
{% if field.min is not none %}
        min_length={= field.min =},
{% elif field.required %}
        min_length=1,
{% endif %}
        max_length={% if field.max is not none %}{= field.max =}{% elif field.type == "string" %}255{% else %}100_000{% endif %},
        pattern=TEXT,
    ),
{% endfilter %}
]
{% elif field.type == "url" %}
{= field.pascal =}Value = Annotated[
    str,
    Field(max_length={% if field.max is not none %}{= field.max =}{% else %}2048{% endif %}, pattern=URL),
]
{% elif field.type == "decimal" %}
{= field.pascal =}Value = Annotated[
    Decimal,
{% filter fit(width=100) %}
    Field(
{% if field.min is not none %}
        ge={= field.min =},
{% endif %}
{% if field.max is not none %}
        le={= field.max =},
{% endif %}
        max_digits=18,
        decimal_places=6,
    ),
{% endfilter %}
]
{% else %}
{= field.pascal =}Value = Annotated[
    int,
{% filter fit(width=100) %}
    Field(
        ge={% if field.min is not none %}{= field.min =}{% elif field.type == "money" %}-9_007_199_254_740_991{% else %}-2_147_483_648{% endif %},
        le={% if field.max is not none %}{= field.max =}{% elif field.type == "money" %}9_007_199_254_740_991{% else %}2_147_483_647{% endif %},
    ),
{% endfilter %}
]
{% endif %}
{% endif %}
{% endfor %}
{% filter fit(width=100) %}
{= entity.pascal =}Sort = Literal[
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
{% for field in entity.fields %}
{% if field.kit is none and not field.hidden and field.required and data.types[field.type].sortable %}
    "{= field.snake =}",
    "-{= field.snake =}",
{% endif %}
{% endfor %}
]
{% endfilter %}


class {= entity.pascal =}Query(PageQuery):
    """Which {= entity.plural.lower =}, in which order."""

    sort: {= entity.pascal =}Sort = "-created_at"
{% for field in entity.fields %}
{% if field.kit is none and not field.hidden %}
{% if field.type == "enum" %}
    {= field.snake =}: {= field.pascal =}Value | None = None
{% elif field.type == "bool" %}
    {= field.snake =}: bool | None = None
{% elif field.type == "uuid" %}
    {= field.snake =}: UUID | None = None
{% elif field.type == "date" %}
    {= field.snake =}_from: Day | None = None
    {= field.snake =}_until: Day | None = None
{% elif field.type == "datetime" %}
    {= field.snake =}_from: Moment | None = None
    {= field.snake =}_until: Moment | None = None
{% endif %}
{% endif %}
{% endfor %}
{% if "create" in entity.option.operations %}


class {= entity.pascal =}Create(BaseModel):
    """A new {= entity.lower =}."""

    model_config = ConfigDict(extra="forbid")

{% for field in entity.fields %}
{% if field.kit is none and not field.hidden %}
{% set type = data.types[field.type] %}
{% set edge = type.edge if type.edge is defined else type.python %}
{% set edge = field.pascal ~ "Value" if type.limited else edge %}
{% set edge = edge if field.required else edge ~ " | None" %}
{% if field.default is none %}
    {= field.snake =}: {= edge =}{= "" if field.required else " = None" =}
{% else %}
{% if field.type == "bool" %}
{% set value = "True" if field.default else "False" %}
{% elif field.type == "int" or field.type == "money" %}
{% set value = field.default ~ "" %}
{% elif field.type == "decimal" %}
{% set value = "Decimal(" ~ field.default ~ ")" %}
{% else %}
{% set value = field.default | quote %}
{% endif %}
{% set line = "    " ~ field.snake ~ ": " ~ edge ~ " = " ~ value %}
{% if line | length <= 100 %}
{= line =}
{% else %}
    {= field.snake =}: {= edge =} = (
        {= value =}
    )
{% endif %}
{% endif %}
{% endif %}
{% endfor %}
{% endif %}
{% if "update" in entity.option.operations %}


@with_config(ConfigDict(extra="forbid"))
class {= entity.pascal =}Update(TypedDict, total=False):
    """What changes of one {= entity.lower =}; what is left out stays."""

{% for field in entity.fields %}
{% if field.kit is none and not field.hidden %}
{% set type = data.types[field.type] %}
    {= field.snake =}: {% if type.limited %}{= field.pascal =}Value{% elif type.edge is defined %}{= type.edge =}{% else %}{= type.python =}{% endif %}{% if not field.required %} | None{% endif %}
{% endif %}
{% endfor %}
{% endif %}


class {= entity.pascal =}Read(BaseModel):
    """One {= entity.lower =}."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
{% for field in entity.fields %}
{% if not field.hidden %}
{% set type = data.types[field.type] %}
    {= field.snake =}: {% if field.type == "enum" and field.kit is none %}{= field.pascal =}Value{% else %}{= type.python =}{% endif %}{% if not field.required %} | None{% endif %}
{% endif %}
{% endfor %}
