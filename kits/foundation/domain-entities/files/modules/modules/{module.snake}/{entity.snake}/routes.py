"""Routes of {= entity.plural.lower =}."""

{% set permission = entity.plural.snake | upper_snake %}
{% set ops = entity.option.operations %}
{% if "list" in ops or "read" in ops or "update" in ops or "delete" in ops %}
{% filter imports(width=100) %}
from typing import Annotated
{% if "read" in ops or "update" in ops or "delete" in ops %}
from uuid import UUID
{% endif %}
{% endfilter %}

{% endif %}
{% filter imports(width=100) %}
{% if "update" in ops %}
from fastapi import Body
{% endif %}
{% if "read" in ops or "update" in ops or "delete" in ops %}
from fastapi import Path
{% endif %}
{% if "list" in ops %}
from fastapi import Query
{% endif %}
{% if "create" in ops or "read" in ops or "update" in ops %}
from fastapi import Response
{% endif %}
{% endfilter %}

{% filter imports(width=100) %}
from app.core.http import Router, Work, guard
{% if "list" in ops or "create" in ops or "read" in ops or "update" in ops %}
from app.modules.{= module.snake =}.{= entity.snake =}.schemas import {= entity.pascal =}Read
{% endif %}
from app.modules.{= module.snake =}.{= entity.snake =}.service import {= entity.pascal =}Service
{% if "list" in ops %}
from app.modules.{= module.snake =}.{= entity.snake =}.schemas import {= entity.pascal =}Query
from app.platform.http_api.paging import Page
{% endif %}
{% if "create" in ops %}
from app.modules.{= module.snake =}.{= entity.snake =}.schemas import {= entity.pascal =}Create
{% endif %}
{% if "update" in ops %}
from app.modules.{= module.snake =}.{= entity.snake =}.schemas import {= entity.pascal =}Update
{% endif %}
{% if "update" in ops or "delete" in ops %}
from app.platform.http_api.etags import IfMatch
{% endif %}
{% if "create" in ops or "read" in ops or "update" in ops %}
from app.platform.http_api.etags import etag
{% endif %}
from app.wiring.permissions import Permission
{% endfilter %}

{% filter fit(width=100) %}
router = Router(
    prefix="/{= entity.plural.kebab =}",
    tags=["{= entity.plural.kebab =}"],
)
{% endfilter %}
{% if "read" in ops or "update" in ops or "delete" in ops %}

Key = Annotated[UUID, Path(alias="{= entity.snake =}_id")]
{% endif %}
{% if "list" in ops %}


{% filter fit(width=100) %}
@router.get(
    "",
    dependencies=[guard(Permission.{= permission =}_READ)],
)
{% endfilter %}
{% filter fit(width=100) %}
async def list_{= entity.plural.snake =}(
    work: Work,
    query: Annotated[{= entity.pascal =}Query, Query()],
) -> Page[{= entity.pascal =}Read]:
{% endfilter %}
    """{= entity.plural.title =}, page by page."""
    rows, cursor = await {= entity.pascal =}Service(work).page(query)
    items = [{= entity.pascal =}Read.model_validate(row) for row in rows]
    return Page(items=items, next_cursor=cursor)
{% endif %}
{% if "create" in ops %}


{% filter fit(width=100) %}
@router.post(
    "",
    status_code=201,
    dependencies=[guard(Permission.{= permission =}_WRITE)],
)
{% endfilter %}
{% filter fit(width=100) %}
async def create_{= entity.snake =}(
    work: Work,
    body: {= entity.pascal =}Create,
    response: Response,
) -> {= entity.pascal =}Read:
{% endfilter %}
    """Create one {= entity.lower =}."""
    row = await {= entity.pascal =}Service(work).create(body)
    response.headers["etag"] = etag(row.row_version)
    response.headers["location"] = f"{= api.prefix =}/{= entity.plural.kebab =}/{row.id}"
    return {= entity.pascal =}Read.model_validate(row)
{% endif %}
{% if "read" in ops %}


{% filter fit(width=100) %}
@router.get(
    "/{{= entity.snake =}_id}",
    dependencies=[guard(Permission.{= permission =}_READ)],
)
{% endfilter %}
{% filter fit(width=100) %}
async def read_{= entity.snake =}(
    work: Work,
    key: Key,
    response: Response,
) -> {= entity.pascal =}Read:
{% endfilter %}
    """One {= entity.lower =}."""
    row = await {= entity.pascal =}Service(work).get(key)
    response.headers["etag"] = etag(row.row_version)
    return {= entity.pascal =}Read.model_validate(row)
{% endif %}
{% if "update" in ops %}


{% filter fit(width=100) %}
@router.patch(
    "/{{= entity.snake =}_id}",
    dependencies=[guard(Permission.{= permission =}_WRITE)],
)
{% endfilter %}
async def update_{= entity.snake =}(
    work: Work,
    key: Key,
    body: Annotated[{= entity.pascal =}Update, Body()],
    response: Response,
    if_match: IfMatch = None,
) -> {= entity.pascal =}Read:
    """Change one {= entity.lower =}; what is left out stays."""
    row = await {= entity.pascal =}Service(work).update(key, body, if_match)
    response.headers["etag"] = etag(row.row_version)
    return {= entity.pascal =}Read.model_validate(row)
{% endif %}
{% if "delete" in ops %}


{% filter fit(width=100) %}
@router.delete(
    "/{{= entity.snake =}_id}",
    status_code=204,
    dependencies=[guard(Permission.{= permission =}_DELETE)],
)
{% endfilter %}
{% filter fit(width=100) %}
async def delete_{= entity.snake =}(
    work: Work,
    key: Key,
    if_match: IfMatch = None,
) -> None:
{% endfilter %}
    """Delete one {= entity.lower =}."""
    await {= entity.pascal =}Service(work).delete(key, if_match)
{% endif %}
