"""{= entity.plural.title =}: what their routes promise."""

{% set ops = entity.option.operations %}
{% set marked = [other.name for other in entities if other.option.soft_delete] %}
{% set asked = [field for field in entity.fields if field.kit is none and not field.hidden and field.target is not none] %}
{% set watched = [field for field in asked if field.target.name in marked] %}
{% set watched = watched if "create" in ops else [] %}
{% set guarded = [field for field in asked if field.target.scope is not none or tenancy and field.target.table == tenancy.table] %}
{% set_global filters = false %}
{% set_global dates = false %}
{% for field in entity.fields %}
{% if field.kit is none and not field.hidden %}
{% if field.type == "enum" %}
{% if field.values | length > 1 %}
{% set_global filters = true %}
{% endif %}
{% elif field.type == "bool" or (field.type == "uuid" and (field.required or field.target is none)) %}
{% set_global filters = true %}
{% elif field.type == "date" or field.type == "datetime" %}
{% set_global filters = true %}
{% set_global dates = true %}
{% endif %}
{% endif %}
{% endfor %}
{% set_global keys = false %}
{% for field in entity.fields %}
{% if field.kit is none and not field.hidden and field.type == "uuid" %}
{% if field.required or field.target is none %}
{% set_global keys = true %}
{% endif %}
{% endif %}
{% endfor %}
{% if "list" in ops and filters or "create" in ops or "update" in ops %}
{% filter imports(width=100) %}
{% if "list" in ops and keys %}
from uuid import uuid4
{% endif %}
{% if "list" in ops and dates %}
from datetime import timedelta
{% endif %}
{% if "list" in ops and filters or "create" in ops or "update" in ops %}
from typing import Any
{% endif %}
{% endfilter %}

{% endif %}
{% filter imports(width=100) %}
import pytest
from httpx import AsyncClient
{% if "create" in ops or "update" in ops %}
from pydantic_core import to_jsonable_python
{% endif %}
{% if entity.scope is not none %}
from sqlalchemy import text, update
{% endif %}
{% if watched %}
from sqlalchemy import text
{% endif %}
{% if entity.scope is not none or watched %}
from sqlalchemy.exc import DBAPIError
{% endif %}
{% endfilter %}

{% filter imports(width=100) %}
{% if "list" in ops and dates or watched %}
from app.core.clock import now
{% endif %}
from app.core.runtime import Runtime
{% if entity.scope is not none %}
from app.modules.{= module.snake =}.{= entity.snake =}.model import {= entity.pascal =}
{% endif %}
{% if "create" in ops and "delete" in ops %}
from app.core.events import Phase, on
from app.core.module import Module
from app.core.unit import Unit
from app.modules.{= module.snake =}.{= entity.snake =}.events import KIND, {= entity.pascal =}Created
from app.modules.{= module.snake =}.{= entity.snake =}.events import {= entity.pascal =}Deleted
from app.modules.{= module.snake =}.{= entity.snake =}.events import {= entity.pascal =}Event
{% endif %}
{% if "create" in ops and "delete" in ops or watched %}
from app.modules.{= module.snake =}.{= entity.snake =}.schemas import {= entity.pascal =}Create
from app.modules.{= module.snake =}.{= entity.snake =}.service import {= entity.pascal =}Service
{% endif %}
{% if "create" in ops or "update" in ops %}
from app.modules.{= module.snake =}.{= entity.snake =}.schemas import {= entity.pascal =}Read
from tests.factories.{= entity.snake =} import {= entity.snake =}_values
{% endif %}
from tests.factories.{= entity.snake =} import make_{= entity.snake =}
{% for field in watched %}
from tests.factories.{= field.target.snake =} import make_{= field.target.snake =}
{% endfor %}
from tests.support.scope import MakeActor
{% endfilter %}

URL = "{= api.prefix =}/{= entity.plural.kebab =}"
{% if watched or "read" in ops or "update" in ops or "delete" in ops %}
NOBODY = "00000000-0000-4000-8000-000000000000"
{% endif %}
{% if "create" in ops or "update" in ops %}


def told(text: str, names: dict[str, Any]) -> dict[str, Any]:
    """Some values of an answer, as Python has them."""
    found = {= entity.pascal =}Read.model_validate_json(text)
    return {name: getattr(found, name) for name in names}
{% endif %}


@pytest.mark.parametrize(
    ("method", "path"),
    [
{% if "list" in ops %}
        ("GET", URL),
{% endif %}
{% if "create" in ops %}
        ("POST", URL),
{% endif %}
{% if "read" in ops %}
        ("GET", f"{URL}/{NOBODY}"),
{% endif %}
{% if "update" in ops %}
        ("PATCH", f"{URL}/{NOBODY}"),
{% endif %}
{% if "delete" in ops %}
        ("DELETE", f"{URL}/{NOBODY}"),
{% endif %}
    ],
)
async def test_strangers_are_refused(client: AsyncClient, method: str, path: str) -> None:
    answer = await client.request(method, path, json={} if method == "PATCH" else None)
    assert answer.status_code in ((401, 422) if method == "POST" else (401,))
{% if "create" in ops %}


async def test_create(client: AsyncClient, runtime: Runtime, actor: MakeActor) -> None:
    one = await actor()
    values = await {= entity.snake =}_values(runtime, one)
    made = await client.post(URL, json=to_jsonable_python(values), headers=one.headers)
    assert made.status_code == 201, made.text
    assert told(made.text, values) == values
{% if "read" in ops %}
    seen = await client.get(made.headers["location"], headers=one.headers)
    assert seen.status_code == 200
    assert told(seen.text, values) == values
    assert seen.headers["etag"] == made.headers["etag"]
{% endif %}


async def test_nonsense_is_refused(
    client: AsyncClient,
    runtime: Runtime,
    actor: MakeActor,
) -> None:
    one = await actor()
    values = await {= entity.snake =}_values(runtime, one)
    body = to_jsonable_python({**values, "surprise": 1})
    answer = await client.post(URL, json=body, headers=one.headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "surprise"
{% endif %}
{% if "read" in ops %}


async def test_what_is_not_there_is_not_found(client: AsyncClient, actor: MakeActor) -> None:
    one = await actor()
    assert (await client.get(f"{URL}/{NOBODY}", headers=one.headers)).status_code == 404
    assert (await client.get(f"{URL}/nonsense", headers=one.headers)).status_code == 422
{% endif %}
{% if "update" in ops %}


async def test_update(client: AsyncClient, runtime: Runtime, actor: MakeActor) -> None:
    one = await actor()
    row = await make_{= entity.snake =}(runtime, one)
    values = await {= entity.snake =}_values(runtime, one)
    path, body = f"{URL}/{row.id}", to_jsonable_python(values)
    stale = {**one.headers, "if-match": '"0"'}
    assert (await client.patch(path, json=body, headers=stale)).status_code == 412
    fresh = {**one.headers, "if-match": '"1"'}
    changed = await client.patch(path, json=body, headers=fresh)
    assert changed.status_code == 200, changed.text
    assert told(changed.text, values) == values
    same = await client.patch(path, json={}, headers=one.headers)
    assert same.headers["etag"] == changed.headers["etag"]
    assert told(same.text, values) == values
{% for field in entity.fields %}
{% if field.kit is none and not field.hidden and field.required %}
{% if loop.first %}
    empty = {"{= field.snake =}": None}
    emptied = await client.patch(path, json=empty, headers=one.headers)
    assert emptied.status_code == 422
{% endif %}
{% endif %}
{% endfor %}
{% endif %}
{% if "delete" in ops %}


async def test_delete(client: AsyncClient, runtime: Runtime, actor: MakeActor) -> None:
    one = await actor()
    row = await make_{= entity.snake =}(runtime, one)
    path = f"{URL}/{row.id}"
    stale = {**one.headers, "if-match": '"0"'}
    assert (await client.delete(path, headers=stale)).status_code == 412
    assert (await client.delete(path, headers=one.headers)).status_code == 204
    assert (await client.delete(path, headers=one.headers)).status_code == 404
{% if "read" in ops %}
    assert (await client.get(path, headers=one.headers)).status_code == 404
{% endif %}
{% endif %}
{% if "list" in ops %}


async def test_pages(client: AsyncClient, runtime: Runtime, actor: MakeActor) -> None:
    one = await actor()
    rows = [await make_{= entity.snake =}(runtime, one) for _ in range(3)]
    newest = [str(row.id) for row in reversed(rows)]
    query = {"limit": "2"}
    first = (await client.get(URL, params=query, headers=one.headers)).json()
    assert [item["id"] for item in first["items"]] == newest[:2]
    after = {**query, "cursor": first["next_cursor"]}
    second = (await client.get(URL, params=after, headers=one.headers)).json()
    assert second["items"][0]["id"] == newest[2]
    for wrong, status in (
        ({**after, "sort": "created_at"}, 400),
        ({"cursor": "nonsense"}, 400),
        ({"limit": "0"}, 422),
        ({"surprise": "1"}, 422),
    ):
        answer = await client.get(URL, params=wrong, headers=one.headers)
        assert answer.status_code == status, wrong


@pytest.mark.parametrize(
    "sort",
    [
        "created_at",
        "updated_at",
{% for field in entity.fields %}
{% if field.kit is none and not field.hidden and field.required and data.types[field.type].sortable %}
        "{= field.snake =}",
{% endif %}
{% endfor %}
    ],
)
async def test_both_ways_and_nothing_twice(
    client: AsyncClient,
    runtime: Runtime,
    actor: MakeActor,
    sort: str,
) -> None:
    one = await actor()
    made = [await make_{= entity.snake =}(runtime, one) for _ in range(3)]
    rows = {str(row.id) for row in made}

    async def walk(way: str) -> list[str]:
        found: list[str] = []
        query = {"limit": "1", "sort": way}
        while True:
            page = (await client.get(URL, params=query, headers=one.headers)).json()
            found += [item["id"] for item in page["items"]]
            if page["next_cursor"] is None:
                return [key for key in found if key in rows]
            query["cursor"] = page["next_cursor"]

    up, down = await walk(sort), await walk(f"-{sort}")
    assert sorted(up) == sorted(rows)
    assert down == up[::-1]
{% if filters %}


async def test_filters(client: AsyncClient, runtime: Runtime, actor: MakeActor) -> None:
    one = await actor()
{% if dates %}
    day = timedelta(days=1)
{% endif %}
    row = await make_{= entity.snake =}(
        runtime,
        one,
{% for field in entity.fields %}
{% if field.kit is none and not field.hidden and field.target is none %}
{% if field.type == "enum" %}
        {= field.snake =}={= field.values | first | quote =},
{% elif field.type == "bool" %}
        {= field.snake =}=False,
{% elif field.type == "uuid" %}
        {= field.snake =}=uuid4(),
{% elif field.type == "date" %}
        {= field.snake =}=now().date(),
{% elif field.type == "datetime" %}
        {= field.snake =}=now(),
{% endif %}
{% endif %}
{% endfor %}
    )
    cases: list[tuple[str, Any, Any]] = [
{% for field in entity.fields %}
{% if field.kit is none and not field.hidden %}
{% if field.type == "enum" %}
{% if field.values | length > 1 %}
        ("{= field.snake =}", row.{= field.snake =}, {= field.values | last | quote =}),
{% endif %}
{% elif field.type == "bool" %}
        ("{= field.snake =}", False, True),
{% elif field.type == "uuid" %}
{% if field.required or field.target is none %}
        (
            "{= field.snake =}",
            row.{= field.snake =},
            uuid4(),
        ),
{% endif %}
{% elif field.type == "date" %}
        ("{= field.snake =}_from", now().date() - day, now().date() + 2 * day),
        ("{= field.snake =}_until", now().date() + day, now().date() - 2 * day),
{% elif field.type == "datetime" %}
        ("{= field.snake =}_from", now() - day, now() + day),
        ("{= field.snake =}_until", now() + day, now() - day),
{% endif %}
{% endif %}
{% endfor %}
    ]
    for name, inside, outside in cases:
        for value, expected in ((inside, True), (outside, False)):
            query = {name: str(value)}
            answer = await client.get(URL, params=query, headers=one.headers)
            assert answer.status_code == 200, answer.text
            found = {item["id"] for item in answer.json()["items"]}
            assert (str(row.id) in found) is expected, query
{% endif %}
{% endif %}
{% if "create" in ops %}
{% for item in entity.schema.uniques %}
{% set_global usable = true %}
{% for column in item.columns %}
{% if column == "id" %}
{% set_global usable = false %}
{% endif %}
{% for field in entity.fields %}
{% if field.snake == column and field.snake != entity.scope and (field.hidden or not field.required) %}
{% set_global usable = false %}
{% endif %}
{% endfor %}
{% endfor %}
{% if usable %}


async def test_{% for column in item.columns %}{% if column != entity.scope %}{= column =}_{% endif %}{% endfor %}is_taken_once(
    client: AsyncClient,
    runtime: Runtime,
    actor: MakeActor,
) -> None:
    one = await actor()
    row = await make_{= entity.snake =}(runtime, one)
    values = await {= entity.snake =}_values(runtime, one)
{% for column in item.columns %}
{% if column != entity.scope %}
    values["{= column =}"] = row.{= column =}
{% endif %}
{% endfor %}
    again = await client.post(URL, json=to_jsonable_python(values), headers=one.headers)
    assert again.status_code == 409
    assert [error["field"] for error in again.json()["errors"]] == [
{% for column in item.columns %}
{% if column != entity.scope %}
        "{= column =}",
{% endif %}
{% endfor %}
    ]
{% endif %}
{% endfor %}
{% for field in watched %}


async def test_it_cannot_refer_to_a_deleted_{= field.snake =}(
    client: AsyncClient,
    runtime: Runtime,
    actor: MakeActor,
) -> None:
    one = await actor()
{% filter fit(width=100) %}
    gone = await make_{= field.target.snake =}(
        runtime,
        one,
        deleted_at=now(),
    )
{% endfilter %}
    values = to_jsonable_python(await {= entity.snake =}_values(runtime, one))
    name = "{= field.snake =}"
    for key in (str(gone.id), NOBODY):
        body = {**values, name: key}
        answer = await client.post(URL, json=body, headers=one.headers)
        assert answer.status_code == 409
        assert [error["field"] for error in answer.json()["errors"]] == [name]
{% if "update" in ops %}
    row = await make_{= entity.snake =}(runtime, one)
    path = f"{URL}/{row.id}"
    for key in (str(gone.id), NOBODY):
        answer = await client.patch(path, json={name: key}, headers=one.headers)
        assert answer.status_code == 409
        assert [error["field"] for error in answer.json()["errors"]] == [name]
{% endif %}


async def test_{= field.snake =}_stays_until_the_commit(
    runtime: Runtime,
    actor: MakeActor,
) -> None:
    one = await actor()
    kept = await make_{= field.target.snake =}(runtime, one)
    values = await {= entity.snake =}_values(runtime, one)
    values["{= field.snake =}"] = kept.id
    table = "{= field.target.table =}"
    delete = text(f"update {table} set deleted_at = now() where id = :id")
    async with runtime.unit(one.context) as unit:
        service = {= entity.pascal =}Service(unit)
        await service.create({= entity.pascal =}Create(**values))
        with pytest.raises(DBAPIError, match="lock timeout"):
            async with runtime.unit(one.context) as other:
                await other.session.execute(text("set local lock_timeout = '50ms'"))
                await other.session.execute(delete, {"id": kept.id})
{% endfor %}
{% if "delete" in ops %}


async def test_changes_are_told(runtime: Runtime, actor: MakeActor) -> None:
    one = await actor()
    values = await {= entity.snake =}_values(runtime, one)
    seen: list[str] = []

    async def see(event: {= entity.pascal =}Event, unit: Unit) -> None:
        seen.append(f"{event.type} {event.subject()}")

    told = on({= entity.pascal =}Event, see, Phase.IN_TRANSACTION)
    listener = Module(name="listener", subscriptions=(told,))
    async with (
        Runtime((*runtime.modules, listener)).running() as other,
        other.unit(one.context) as unit,
    ):
        service = {= entity.pascal =}Service(unit)
        row = await service.create({= entity.pascal =}Create(**values))
        await service.delete(row.id)
    assert seen == [
        f"{{= entity.pascal =}Created.type} {KIND}:{row.id}",
        f"{{= entity.pascal =}Deleted.type} {KIND}:{row.id}",
    ]
{% endif %}
{% endif %}
{% if entity.scope is not none %}


async def test_others_neither_see_nor_touch_it(
    client: AsyncClient,
    runtime: Runtime,
    actor: MakeActor,
) -> None:
    one, two = await actor(), await actor()
{% if "read" in ops or "update" in ops or "delete" in ops %}
    row = await make_{= entity.snake =}(runtime, one)
    path = f"{URL}/{row.id}"
{% else %}
    await make_{= entity.snake =}(runtime, one)
{% endif %}
{% if "read" in ops %}
    assert (await client.get(path, headers=two.headers)).status_code == 404
{% endif %}
{% if "update" in ops %}
    assert (await client.patch(path, json={}, headers=two.headers)).status_code == 404
{% endif %}
{% if "delete" in ops %}
    assert (await client.delete(path, headers=two.headers)).status_code == 404
{% endif %}
{% if "list" in ops %}
    listed = (await client.get(URL, headers=two.headers)).json()
    assert listed == {"items": [], "next_cursor": None}
{% endif %}
    async with runtime.unit(two.context) as unit:
        query = text("select count(*) from {= entity.table =}")
        assert await unit.session.scalar(query) == 0


async def test_rows_stay_where_they_are(runtime: Runtime, actor: MakeActor) -> None:
    one, two = await actor(), await actor()
    row = await make_{= entity.snake =}(runtime, one)
    query = update({= entity.pascal =}).values({= entity.scope =}=two.context.scope["tenant"])
    with pytest.raises(DBAPIError, match="row-level security"):
        async with runtime.unit(one.context) as unit:
            await unit.session.execute(query.where({= entity.pascal =}.id == row.id))
{% if "create" in ops %}
{% for field in guarded %}
{% if field.required %}


async def test_it_cannot_refer_to_{= field.snake =}_of_others(
    client: AsyncClient,
    runtime: Runtime,
    actor: MakeActor,
) -> None:
    one, two = await actor(), await actor()
    foreign = await {= entity.snake =}_values(runtime, two)
    values = await {= entity.snake =}_values(runtime, one)
    name = "{= field.snake =}"
    values[name] = foreign[name]
    answer = await client.post(URL, json=to_jsonable_python(values), headers=one.headers)
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["field"] == "{= field.snake =}"
{% endif %}
{% endfor %}
{% endif %}
{% endif %}
