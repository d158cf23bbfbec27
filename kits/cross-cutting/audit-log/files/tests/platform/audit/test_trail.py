"""The trail: in the transaction of the change, complete, and never changed."""

from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.context import Context, Principal
from app.core.events import Audited, Event
from app.core.runtime import Runtime
from tests.support.scope import MakeActor


class Happened(Audited):
    """Something worth remembering."""

    type: ClassVar[str] = "test.thing-happened"
    thing: UUID
    size: int = 1

    def subject(self) -> str:
        return f"thing:{self.thing}"


class Unremarkable(Event):
    """Something else."""

    type: ClassVar[str] = "test.thing-ignored"


async def entries(runtime: Runtime, thing: UUID) -> list[dict[str, Any]]:
    async with runtime.unit() as unit:
        query = text("select * from audit_entries where subject = :subject order by id")
        found = await unit.session.execute(query, {"subject": f"thing:{thing}"})
        return [dict(row) for row in found.mappings().all()]


async def test_an_entry_says_who_did_what_from_where(runtime: Runtime) -> None:
    thing, actor = uuid4(), Principal(uuid4(), "user", uuid4())
    context = Context(actor, request_id="request-1", client="192.0.2.1")
    event = Happened(thing=thing, size=3)
    async with runtime.unit(context) as unit:
        await unit.publish(event)
        await unit.publish(Unremarkable())
    [entry] = await entries(runtime, thing)
    assert entry["event_id"] == event.id
    assert entry["action"] == "test.thing-happened"
    assert (entry["actor_id"], entry["actor_kind"]) == (actor.id, "user")
    assert entry["session_id"] == actor.session
    assert (entry["address"], entry["request_id"]) == ("192.0.2.1", "request-1")
    assert entry["details"] == {"thing": str(thing), "size": 3}


async def test_what_was_rolled_back_leaves_no_entry(runtime: Runtime) -> None:
    thing = uuid4()
    with pytest.raises(ZeroDivisionError):
        async with runtime.unit() as unit:
            await unit.publish(Happened(thing=thing))
            raise ZeroDivisionError
    assert await entries(runtime, thing) == []


async def test_a_change_without_its_entry_does_not_happen(runtime: Runtime) -> None:
    first, second = Happened(thing=uuid4()), Happened(thing=uuid4())
    async with runtime.unit() as unit:
        await unit.publish(first)
    with pytest.raises(DBAPIError):
        async with runtime.unit() as unit:
            await unit.publish(second)
            await unit.publish(first)  # the same fact twice
    assert await entries(runtime, second.thing) == []


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_entries set subject = 'x'",
        "update audit_entries set at = now() where false",
        "delete from audit_entries",
        "delete from audit_entries where false",
        "truncate audit_entries",
        "alter table audit_entries disable row level security",
        "drop table audit_entries",
    ],
)
async def test_the_service_cannot_change_the_trail(runtime: Runtime, statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
        async with runtime.unit() as unit:
            await unit.session.execute(text(statement))


async def test_the_trail_is_read_page_by_page(
    runtime: Runtime, client: AsyncClient, actor: MakeActor
) -> None:
    admin = await actor("admin")
    thing = uuid4()
    for size in range(5):
        async with runtime.unit(admin.context) as unit:
            await unit.publish(Happened(thing=thing, size=size))
    seen: list[int] = []
    query: dict[str, Any] = {"subject": f"thing:{thing}", "limit": 2}
    while True:
        answer = await client.get("/v1/audit", params=query, headers=admin.headers)
        assert answer.status_code == 200
        seen += [item["details"]["size"] for item in answer.json()["items"]]
        if answer.json()["next_before"] is None:
            break
        query["before"] = answer.json()["next_before"]
    assert seen == [4, 3, 2, 1, 0]


async def test_filters(runtime: Runtime, client: AsyncClient, actor: MakeActor) -> None:
    admin = await actor("admin")
    thing = uuid4()
    async with runtime.unit(admin.context) as unit:
        await unit.publish(Happened(thing=thing))

    async def count(**query: str) -> int:
        wanted = {"subject": f"thing:{thing}", **query}
        answer = await client.get("/v1/audit", params=wanted, headers=admin.headers)
        assert answer.status_code == 200, answer.text
        return len(answer.json()["items"])

    assert await count() == 1
    assert await count(actor=str(admin.id)) == 1
    assert await count(actor=str(uuid4())) == 0
    assert await count(action="test.thing-happened") == 1
    assert await count(action="test.other") == 0
    assert await count(since="2000-01-01T00:00:00Z", until="2999-01-01T00:00:00Z") == 1
    assert await count(until="2000-01-01T00:00:00Z") == 0
    unknown = await client.get("/v1/audit", params={"no": "1"}, headers=admin.headers)
    assert unknown.status_code == 422


async def test_everybody_sees_what_happened_to_the_own_account(
    client: AsyncClient, actor: MakeActor
) -> None:
    one, other = await actor(), await actor()
    nowhere = {"authorization": one.headers["authorization"]}
    answer = await client.patch("/v1/me", json={"name": "Ann"}, headers=nowhere)
    assert answer.status_code == 200
    answer = await client.get("/v1/audit/mine", headers=nowhere)
    assert answer.status_code == 200
    found = answer.json()["items"]
    assert "identity.profile-updated" in {item["action"] for item in found}
    assert {item["subject"] for item in found} == {f"user:{one.id}"}
    assert "Ann" not in answer.text
    theirs = {"authorization": other.headers["authorization"]}
    answer = await client.get("/v1/audit/mine", headers=theirs)
    assert all(item["subject"] == f"user:{other.id}" for item in answer.json()["items"])
