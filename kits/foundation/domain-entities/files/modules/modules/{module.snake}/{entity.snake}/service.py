"""What one can do with {= entity.plural.lower =}."""

{% set ops = entity.option.operations %}
{% set marked = [other.name for other in entities if other.option.soft_delete] %}
{% set asked = [field for field in entity.fields if field.kit is none and not field.hidden and field.target is not none] %}
{% set watched = [field for field in asked if field.target.name in marked] %}
{% set owned = [field for field in asked if tenancy and field.target.table == tenancy.table] %}
{% set checked = [...watched, ...owned] if "create" in ops or "update" in ops else [] %}
{% filter imports(width=100) %}
from uuid import UUID
{% if "list" in ops %}
from typing import Any, Final
{% endif %}
{% endfilter %}

{% filter imports(width=100) %}
from sqlalchemy import Select, select
{% if "list" in ops %}
from sqlalchemy.orm import InstrumentedAttribute
{% endif %}
{% endfilter %}

{% filter imports(width=100) %}
from app.core.problems import NotFound
from app.core.unit import Unit
{% if entity.option.soft_delete and "delete" in ops %}
from app.core.clock import now
{% endif %}
{% for field in checked %}
{% if loop.first %}
from app.core.db import missing
{% endif %}
{% if field.target.module is none %}
from app.platform.tenancy.models import {= field.target.pascal =}
{% elif field.target.name != entity.name %}
from app.modules.{= field.target.module.snake =}.{= field.target.snake =}.model import {= field.target.pascal =}
{% endif %}
{% endfor %}
{% if "create" in ops %}
from app.modules.{= module.snake =}.{= entity.snake =}.events import {= entity.pascal =}Created
from app.modules.{= module.snake =}.{= entity.snake =}.schemas import {= entity.pascal =}Create
{% endif %}
{% if "update" in ops %}
from app.modules.{= module.snake =}.{= entity.snake =}.events import {= entity.pascal =}Updated
from app.modules.{= module.snake =}.{= entity.snake =}.schemas import {= entity.pascal =}Update
{% endif %}
{% if "delete" in ops %}
from app.modules.{= module.snake =}.{= entity.snake =}.events import {= entity.pascal =}Deleted
{% endif %}
from app.modules.{= module.snake =}.{= entity.snake =}.model import {= entity.pascal =}
{% if "list" in ops %}
from app.modules.{= module.snake =}.{= entity.snake =}.schemas import {= entity.pascal =}Query
from app.platform.http_api.paging import Order, paginate
{% endif %}
{% if "update" in ops or "delete" in ops %}
from app.platform.http_api.etags import check
{% endif %}
{% endfilter %}
{% if "list" in ops %}

SORTED: Final[dict[str, InstrumentedAttribute[Any]]] = {
    "created_at": {= entity.pascal =}.created_at,
    "updated_at": {= entity.pascal =}.updated_at,
{% for field in entity.fields %}
{% if field.kit is none and not field.hidden and field.required and data.types[field.type].sortable %}
    "{= field.snake =}": {= entity.pascal =}.{= field.snake =},
{% endif %}
{% endfor %}
}
{% endif %}


class {= entity.pascal =}Service:
    """{= entity.plural.title =} within one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    def visible(self) -> Select[tuple[{= entity.pascal =}]]:
        """The {= entity.plural.lower =} that the caller may see."""
{% if entity.option.soft_delete %}
{% filter fit(width=100) %}
        return select({= entity.pascal =}).where(
            {= entity.pascal =}.deleted_at.is_(None),
        )
{% endfilter %}
{% else %}
        return select({= entity.pascal =})
{% endif %}

    async def get(self, key: UUID) -> {= entity.pascal =}:
        """One of them."""
{% filter fit(width=100) %}
        row = await self.unit.session.scalar(
            self.visible().where({= entity.pascal =}.id == key),
        )
{% endfilter %}
        if row is None:
            raise NotFound
        return row
{% if "list" in ops %}
{% set_global filters = false %}
{% for field in entity.fields %}
{% if field.kit is none and not field.hidden %}
{% if field.type == "enum" or field.type == "bool" or field.type == "uuid" or field.type == "date" or field.type == "datetime" %}
{% set_global filters = true %}
{% endif %}
{% endif %}
{% endfor %}
{% if filters %}

{% filter fit(width=100) %}
    def filtered(
        self,
        query: {= entity.pascal =}Query,
    ) -> Select[tuple[{= entity.pascal =}]]:
{% endfilter %}
        """Those that a list asks for."""
        found, row = self.visible(), {= entity.pascal =}
{% for field in entity.fields %}
{% if field.kit is none and not field.hidden %}
{% if field.type == "enum" or field.type == "bool" or field.type == "uuid" %}
        if query.{= field.snake =} is not None:
{% filter fit(width=100) %}
            found = found.where(
{% set line = "                row." ~ field.snake ~ " == query." ~ field.snake ~ "," %}
{% if line | length <= 100 %}
{= line =}
{% else %}
                row.{= field.snake =}
                == query.{= field.snake =},
{% endif %}
            )
{% endfilter %}
{% elif field.type == "date" or field.type == "datetime" %}
        if query.{= field.snake =}_from is not None:
{% filter fit(width=100) %}
            found = found.where(
                row.{= field.snake =} >= query.{= field.snake =}_from,
            )
{% endfilter %}
        if query.{= field.snake =}_until is not None:
{% filter fit(width=100) %}
            found = found.where(
                row.{= field.snake =} <= query.{= field.snake =}_until,
            )
{% endfilter %}
{% endif %}
{% endif %}
{% endfor %}
        return found
{% endif %}

{% filter fit(width=100) %}
    async def page(
        self,
        query: {= entity.pascal =}Query,
    ) -> tuple[list[{= entity.pascal =}], str | None]:
{% endfilter %}
        """One page of them, and the cursor of the next."""
{% filter fit(width=100) %}
        order = Order(
            query.sort,
            SORTED[query.sort.removeprefix("-")],
            {= entity.pascal =}.id,
        )
{% endfilter %}
        return await paginate(
            self.unit.session,
            {% if filters %}self.filtered(query){% else %}self.visible(){% endif %},
            order,
            limit=query.limit,
            cursor=query.cursor,
        )
{% endif %}
{% if "create" in ops %}

{% filter fit(width=100) %}
    async def create(
        self,
        body: {= entity.pascal =}Create,
    ) -> {= entity.pascal =}:
{% endfilter %}
        """A new one."""
{% for field in checked %}
{% filter fit(width=100) %}
        await self._require_{= field.snake =}(
            body.{= field.snake =},
        )
{% endfilter %}
{% endfor %}
        row = {= entity.pascal =}(**body.model_dump())
        self.unit.session.add(row)
        await self.unit.session.flush()
{% filter fit(width=100) %}
        await self.unit.publish(
            {= entity.pascal =}Created({= entity.snake =}_id=row.id),
        )
{% endfilter %}
        return row
{% endif %}
{% if "update" in ops %}

{% filter fit(width=100) %}
    async def update(
        self,
        key: UUID,
        body: {= entity.pascal =}Update,
        if_match: str | None = None,
    ) -> {= entity.pascal =}:
{% endfilter %}
        """Change what differs; with `if_match` only if nobody else did since."""
        row = await self.get(key)
        check(if_match, row.row_version)
        changed = {name: value for name, value in body.items() if getattr(row, name) != value}
        if not changed:
            return row
{% for field in checked %}
        if "{= field.snake =}" in changed:
{% filter fit(width=100) %}
            await self._require_{= field.snake =}(
                body["{= field.snake =}"],
            )
{% endfilter %}
{% endfor %}
        for name, value in changed.items():
            setattr(row, name, value)
        await self.unit.session.flush()
{% filter fit(width=100) %}
        event = {= entity.pascal =}Updated(
            {= entity.snake =}_id=row.id,
            changed=tuple(changed),
        )
{% endfilter %}
        await self.unit.publish(event)
        return row
{% endif %}
{% if "delete" in ops %}

    async def delete(self, key: UUID, if_match: str | None = None) -> None:
        """Remove it; with `if_match` only if nobody changed it since."""
        row = await self.get(key)
        check(if_match, row.row_version)
{% if entity.option.soft_delete %}
        row.deleted_at = now()
{% else %}
        await self.unit.session.delete(row)
{% endif %}
        await self.unit.session.flush()
{% filter fit(width=100) %}
        await self.unit.publish(
            {= entity.pascal =}Deleted({= entity.snake =}_id=row.id),
        )
{% endfilter %}
{% endif %}
{% for field in checked %}

    async def _require_{= field.snake =}(self, key: UUID{% if not field.required %} | None{% endif %}) -> None:
{% if field.target.module is none %}
        """Refuse what the caller cannot see, as if it did not exist."""
{% else %}
        """Refuse what is deleted, as if it never was; what is there stays until the commit."""
{% endif %}
{% if not field.required %}
        if key is None:
            return
{% endif %}
{% if field.target.module is none %}
        query = select({= field.target.pascal =}.id).where({= field.target.pascal =}.id == key)
        if await self.unit.session.scalar(query) is None:
{% else %}
{% filter fit(width=100) %}
        query = select({= field.target.pascal =}.id).where(
            {= field.target.pascal =}.id == key,
            {= field.target.pascal =}.deleted_at.is_(None),
        )
{% endfilter %}
        if await self.unit.session.scalar(query.with_for_update(read=True)) is None:
{% endif %}
            raise missing(["{= field.snake =}"])
{% endfor %}
