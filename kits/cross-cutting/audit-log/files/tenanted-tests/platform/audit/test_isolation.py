"""Each tenant has a trail of its own, and the trail outlives the tenant."""

from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.context import Context
from app.core.runtime import Runtime
from tests.platform.audit.test_trail import Happened
from tests.support.scope import Actor, MakeActor


async def trail(client: AsyncClient, of: Actor) -> list[dict[str, Any]]:
    answer = await client.get("/v1/audit", headers=of.headers)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_a_tenant_sees_only_its_own(
    runtime: Runtime, client: AsyncClient, actor: MakeActor
) -> None:
    one, other, thing = await actor(), await actor(), uuid4()
    async with runtime.unit(one.context) as unit:
        await unit.publish(Happened(thing=thing))
    subject = f"thing:{thing}"
    assert subject in {entry["subject"] for entry in await trail(client, one)}
    assert subject not in {entry["subject"] for entry in await trail(client, other)}
    async with runtime.unit(Context()) as unit:
        query = text("select count(*) from audit_entries where subject = :subject")
        assert await unit.session.scalar(query, {"subject": subject}) == 0


async def test_nobody_writes_into_the_trail_of_another(runtime: Runtime, actor: MakeActor) -> None:
    one, other = await actor(), await actor()
    insert = text(
        "insert into audit_entries "
        "(event_id, action, subject, address, request_id, details, tenant_id) "
        "values (gen_random_uuid(), 'a.b', 'x:1', '', '', '{}', cast(:tenant as uuid))"
    )
    with pytest.raises(DBAPIError, match="row-level security"):
        async with runtime.unit(one.context) as unit:
            await unit.session.execute(insert, {"tenant": other.context.scope["tenant"]})
