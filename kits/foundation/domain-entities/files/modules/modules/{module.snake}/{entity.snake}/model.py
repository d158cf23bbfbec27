"""The table of {= entity.plural.lower =}."""

{% set types = entity.fields | pluck(attribute="type") %}
{% filter imports(width=100) %}
from datetime import datetime
{% if "date" in types %}
from datetime import date
{% endif %}
{% if "decimal" in types %}
from decimal import Decimal
{% endif %}
{% if "json" in types %}
from typing import Any
{% endif %}
{% if "uuid" in types %}
from uuid import UUID
{% endif %}
{% endfilter %}

{% filter imports(width=100) %}
from sqlalchemy import text
{% if entity.schema.references %}
from sqlalchemy import ForeignKeyConstraint
{% endif %}
{% if entity.schema.uniques %}
from sqlalchemy import UniqueConstraint
{% endif %}
{% if entity.schema.indexes %}
from sqlalchemy import Index
{% endif %}
{% if "string" in types or "enum" in types or "email" in types or "url" in types %}
from sqlalchemy import String
{% endif %}
{% if "text" in types %}
from sqlalchemy import Text
{% endif %}
{% if "money" in types %}
from sqlalchemy import BigInteger
{% endif %}
{% if "decimal" in types %}
from sqlalchemy import Numeric
{% endif %}
from sqlalchemy.orm import Mapped, mapped_column
{% endfilter %}

{% filter imports(width=100) %}
from app.core.clock import now
from app.core.orm import Base, Keyed
{% if "json" in types %}
from app.core.orm import Json
{% endif %}
{% endfilter %}


class {= entity.pascal =}(Keyed, Base):
    """A row of `{= entity.table =}`."""

    __tablename__ = "{= entity.table =}"
    __table_args__ = (
{% for item in entity.schema.references %}
        ForeignKeyConstraint(
{% filter fit(width=100) %}
            [
{% for column in item.columns %}
                "{= column =}",
{% endfor %}
            ],
{% endfilter %}
{% filter fit(width=100) %}
            [
{% for column in item.to %}
                "{= item.table =}.{= column =}",
{% endfor %}
            ],
{% endfilter %}
            name="{= item.name =}",
{% if item.on_delete == "cascade" %}
            ondelete="CASCADE",
{% elif item.on_delete == "set-null" %}
            ondelete="SET NULL{% if item.set_null_columns is defined %} ({= item.set_null_columns | join(sep=", ") =}){% endif %}",
{% endif %}
        ),
{% endfor %}
{% for item in entity.schema.uniques %}
{% filter fit(width=100) %}
        UniqueConstraint(
{% for column in item.columns %}
            "{= column =}",
{% endfor %}
            name="{= item.name =}",
        ),
{% endfilter %}
{% endfor %}
{% for item in entity.schema.indexes %}
{% filter fit(width=100) %}
        Index(
            "{= item.name =}",
{% for column in item.columns %}
            "{= column =}",
{% endfor %}
        ),
{% endfilter %}
{% endfor %}
    )

{% for field in entity.fields %}
{% set type = data.types[field.type] %}
{% filter fit(width=100) %}
    {= field.snake =}: Mapped[{= type.python =}{% if not field.required %} | None{% endif %}] = mapped_column(
{% if field.type == "string" or field.type == "url" or field.type == "email" %}
        {% if field.max %}String({= field.max =}){% else %}{= type.sql =}{% endif %},
{% elif field.type == "text" or field.type == "money" or field.type == "decimal" or field.type == "enum" or field.type == "json" %}
        {= type.sql =},
{% endif %}
{% if field.snake == "created_at" or field.snake == "updated_at" %}
        default=now,
{% elif field.default is not none %}
{% if field.type == "bool" %}
        default={% if field.default %}True{% else %}False{% endif %},
{% elif field.type == "int" or field.type == "money" %}
        default={= field.default =},
{% elif field.type == "decimal" %}
        default=Decimal("{= field.default =}"),
{% elif field.type == "string" or field.type == "text" or field.type == "enum" or field.type == "url" or field.type == "email" %}
        default={= field.default | quote =},
{% endif %}
{% endif %}
{% if field.snake == "updated_at" %}
        onupdate=now,
{% endif %}
{% if field.database_default is not none %}
        server_default=text({= field.database_default | quote =}),
{% endif %}
    )
{% endfilter %}
{% endfor %}

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012
