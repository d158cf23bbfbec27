"""Tenants cannot see, insert into or move rows to each other, whatever the pool does."""

from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.context import Context
from app.core.http import Router, Work, guard
from app.core.runtime import Runtime
from app.platform.tenancy.scope import HEADER
from tests.support.probe import Probing, serving
from tests.support.scope import MakeActor
from tests.support.tenancy import Join

CURRENT = text("select current_setting('app.tenant_id', true)")

# Tables with a tenant whose rows the database does not keep apart.
UNCOVERED = """
    select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
    where a.attname = 'tenant_id' and not a.attisdropped and c.relkind in ('r', 'p')
      and c.relnamespace = 'public'::regnamespace
      and not (c.relrowsecurity and c.relforcerowsecurity and exists (
          select 1 from pg_policy p where p.polrelid = c.oid
            and pg_get_expr(p.polqual, p.polrelid) like '%app.tenant_id%'))
"""

# Tables without a tenant that refer to one with: their rows would be everybody's.
UNSCOPED = """
    select f.conrelid::regclass::text from pg_constraint f
    where f.contype = 'f' and f.confrelid <> 'tenants'::regclass
      and exists (select 1 from pg_attribute a
          where a.attrelid = f.confrelid and a.attname = 'tenant_id')
      and not exists (select 1 from pg_attribute a
          where a.attrelid = f.conrelid and a.attname = 'tenant_id')
"""

# References between tables with tenants that do not compare the tenants: foreign keys
# are checked behind the back of row level security.
LOOSE = """
    select f.conname from pg_constraint f
    join pg_attribute own on own.attrelid = f.conrelid and own.attname = 'tenant_id'
    join pg_attribute other on other.attrelid = f.confrelid and other.attname = 'tenant_id'
    where f.contype = 'f' and not own.attnum = any(f.conkey)
"""


@pytest.mark.parametrize("query", [UNCOVERED, UNSCOPED, LOOSE])
async def test_every_table_is_covered(engine: AsyncEngine, query: str) -> None:
    async with engine.connect() as connection:
        assert (await connection.execute(text(query))).scalars().all() == []


async def test_the_membership_decides(runtime: Runtime, actor: MakeActor) -> None:
    one, two = await actor(), await actor()
    router = Router(prefix="/probe", tags=["probe"])

    @router.get("", dependencies=[guard(Probing.ANYTHING)])
    async def tenant(work: Work) -> str:
        return str(await work.session.scalar(CURRENT))

    async with serving(runtime, router) as client:
        own = await client.get("/v1/probe", headers=one.headers)
        assert (own.status_code, own.json()) == (200, one.headers[HEADER])
        for workspace in (two.headers[HEADER], str(uuid4()), "'; drop table users"):
            stolen = {**one.headers, HEADER: workspace}
            assert (await client.get("/v1/probe", headers=stolen)).status_code == 404
        alone = {name: value for name, value in one.headers.items() if name != HEADER}
        nowhere = await client.get("/v1/probe", headers=alone)
        assert nowhere.status_code == 400
        assert nowhere.json()["type"] == "/problems/workspace-required"
        nobody = await client.get("/v1/probe", headers={HEADER: one.headers[HEADER]})
        assert nobody.status_code == 401


async def test_nothing_leaks_through_the_pool(
    runtime: Runtime,
    engine: AsyncEngine,
    actor: MakeActor,
) -> None:
    one = await actor()
    query = text("select current_setting('app.tenant_id', true), pg_backend_pid()")
    async with runtime.unit(one.context) as unit:
        inside = (await unit.session.execute(query)).one()
    async with engine.connect() as connection:
        after = (await connection.execute(query)).one()
    assert inside[0] == one.headers[HEADER]
    assert inside[1] == after[1], "same connection, or the test shows nothing"
    assert after[0] in ("", None)


async def test_the_context_survives_commits_and_savepoints(
    runtime: Runtime,
    actor: MakeActor,
) -> None:
    one = await actor()
    async with runtime.unit(one.context) as unit:
        async with unit.session.begin_nested():
            assert await unit.session.scalar(CURRENT) == one.headers[HEADER]
        assert await unit.session.scalar(CURRENT) == one.headers[HEADER]
    async with runtime.unit(one.context) as unit:
        assert await unit.session.scalar(CURRENT) == one.headers[HEADER]


async def test_without_a_tenant_nothing_is_visible_and_nothing_fails(
    runtime: Runtime,
    actor: MakeActor,
) -> None:
    await actor()
    async with runtime.unit(Context()) as unit:
        assert await unit.session.scalar(text("select count(*) from memberships")) == 0
        assert await unit.session.scalar(text("select count(*) from tenants")) == 0


async def test_members_are_visible_inside_and_to_themselves(
    runtime: Runtime,
    actor: MakeActor,
    join: Join,
) -> None:
    host, stranger = await actor(), await actor()
    guest = await join(host)
    count = text("select count(*) from memberships")
    async with runtime.unit(host.context) as unit:
        assert await unit.session.scalar(count) == 2
    async with runtime.unit(Context(guest.context.principal)) as unit:
        assert await unit.session.scalar(count) == 1
        names = await unit.session.scalars(text("select id::text from tenants"))
        assert names.all() == [host.headers[HEADER]]
    async with runtime.unit(stranger.context) as unit:
        assert await unit.session.scalar(count) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "update memberships set tenant_id = :there",
        "insert into memberships (tenant_id, user_id, role) values (:there, :me, 'owner')",
        "insert into tenants (id, name) values (:there, 'stolen')",
        "update tenants set id = :there",
    ],
)
async def test_rows_cannot_be_put_into_another_tenant(
    runtime: Runtime,
    actor: MakeActor,
    statement: str,
) -> None:
    one, two = await actor(), await actor()
    values = {"there": two.headers[HEADER], "me": one.id}
    names = {name: value for name, value in values.items() if f":{name}" in statement}
    with pytest.raises(DBAPIError, match="row-level security"):
        async with runtime.unit(one.context) as unit:
            await unit.session.execute(text(statement), names)


async def test_another_tenant_cannot_be_changed(runtime: Runtime, actor: MakeActor) -> None:
    one, two = await actor(), await actor()
    async with runtime.unit(one.context) as unit:
        for statement in (
            "delete from tenants where id = :id returning 1",
            "delete from memberships where tenant_id = :id returning 1",
        ):
            done = await unit.session.execute(text(statement), {"id": two.headers[HEADER]})
            assert done.all() == []
