"""The chain shows who touched the trail, even the owner of the table."""

import asyncio
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy import URL

from app.core.context import Context
from app.core.runtime import Runtime
from app.platform.audit.chain import Verdict, verify
from tests.platform.audit.test_trail import Happened, entries


async def happen(runtime: Runtime) -> UUID:
    thing = uuid4()
    async with runtime.unit() as unit:
        await unit.publish(Happened(thing=thing))
    return thing


async def verdict(runtime: Runtime) -> Verdict:
    async with runtime.unit(Context()) as unit:
        return await verify(unit)


async def test_entries_are_linked_also_when_they_come_at_once(runtime: Runtime) -> None:
    await asyncio.gather(*(happen(runtime) for _ in range(8)))
    found = await verdict(runtime)
    assert found.broken_at is None
    assert found.last is not None


async def test_what_the_owner_changes_is_found(
    runtime: Runtime, owner_url: URL, database: str
) -> None:
    await happen(runtime)
    [entry] = await entries(runtime, await happen(runtime))
    await happen(runtime)
    url = owner_url.set(drivername="postgresql", database=database)
    owner = await asyncpg.connect(url.render_as_string(hide_password=False))
    try:
        change = "update audit_entries set subject = $2 where id = $1"
        await owner.execute(change, entry["id"], "thing:forged")
        assert (await verdict(runtime)).broken_at == entry["id"]
        await owner.execute(change, entry["id"], entry["subject"])
        assert (await verdict(runtime)).broken_at is None
    finally:
        await owner.close()
