"""Workspaces, members and roles."""

import asyncio
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient

from app.core.runtime import Runtime
from app.platform.tenancy.models import Membership
from app.wiring.permissions import SIGNED_IN
from tests.support.identity import SignUp, TestUser
from tests.support.scope import Actor, MakeActor

MEMBERS = "/v1/workspace/members"


async def join(runtime: Runtime, actor: Actor, user: TestUser, role: str) -> dict[str, str]:
    """Make somebody a member of the actor's workspace; what they send from now on."""
    workspace = actor.headers["x-workspace-id"]
    async with runtime.unit(actor.context) as unit:
        row = Membership(tenant_id=UUID(workspace), user_id=user.id, role=role)
        unit.session.add(row)
    return {**user.headers, "x-workspace-id": workspace}


async def test_who_makes_a_workspace_owns_it(client: AsyncClient, sign_up: SignUp) -> None:
    user = await sign_up()
    made = await client.post("/v1/workspaces", json={"name": " Acme "}, headers=user.headers)
    assert made.status_code == 201
    assert (made.json()["name"], made.json()["role"]) == ("Acme", "owner")
    listed = await client.get("/v1/workspaces", headers=user.headers)
    assert [found["id"] for found in listed.json()] == [made.json()["id"]]


@pytest.mark.parametrize("name", ["", "   ", "a\x00b", "x" * 101, "one\ntwo"])
async def test_names_are_words(client: AsyncClient, sign_up: SignUp, name: str) -> None:
    user = await sign_up()
    answer = await client.post("/v1/workspaces", json={"name": name}, headers=user.headers)
    assert answer.status_code == 422


async def test_the_session_shows_what_the_caller_may_do(
    client: AsyncClient, actor: MakeActor
) -> None:
    owner, viewer = await actor("owner"), await actor("viewer")
    seen = {}
    for one in (owner, viewer):
        answer = await client.get("/v1/session", headers=one.headers)
        assert answer.status_code == 200
        assert answer.json()["user"]["id"] == str(one.id)
        assert answer.json()["workspace"]["id"] == one.headers["x-workspace-id"]
        assert len(answer.json()["workspaces"]) == 1
        seen[one.id] = set(answer.json()["permissions"])
    assert "workspace:delete" in seen[owner.id]
    assert "workspace:delete" not in seen[viewer.id]
    nowhere = {"authorization": owner.headers["authorization"]}
    answer = await client.get("/v1/session", headers=nowhere)
    assert answer.json()["workspace"] is None
    assert set(answer.json()["permissions"]) == {permission.value for permission in SIGNED_IN}


async def test_one_switches_by_the_header(client: AsyncClient, actor: MakeActor) -> None:
    one, other = await actor(), await actor()
    second = await client.post("/v1/workspaces", json={"name": "Second"}, headers=one.headers)
    there = {**one.headers, "x-workspace-id": second.json()["id"]}
    assert (await client.get("/v1/workspace", headers=there)).json()["name"] == "Second"
    foreign = {**one.headers, "x-workspace-id": other.headers["x-workspace-id"]}
    assert (await client.get("/v1/workspace", headers=foreign)).status_code == 404
    unknown = {**one.headers, "x-workspace-id": str(uuid4())}
    assert (await client.get("/v1/workspace", headers=unknown)).status_code == 404


async def test_a_workspace_is_renamed_and_deleted(client: AsyncClient, actor: MakeActor) -> None:
    owner, other = await actor(), await actor()
    answer = await client.patch("/v1/workspace", json={"name": "New"}, headers=owner.headers)
    assert (answer.status_code, answer.json()["name"]) == (200, "New")
    assert (await client.delete("/v1/workspace", headers=owner.headers)).status_code == 204
    assert (await client.get("/v1/workspace", headers=owner.headers)).status_code == 404
    assert (await client.get("/v1/workspace", headers=other.headers)).status_code == 200


async def test_members_are_seen_only_inside(
    runtime: Runtime, client: AsyncClient, actor: MakeActor, sign_up: SignUp
) -> None:
    owner, other = await actor(), await actor()
    user = await sign_up()
    await join(runtime, owner, user, "member")
    listed = await client.get(MEMBERS, headers=owner.headers)
    assert {found["user_id"] for found in listed.json()} == {str(owner.id), str(user.id)}
    listed = await client.get(MEMBERS, headers=other.headers)
    assert {found["user_id"] for found in listed.json()} == {str(other.id)}


async def test_a_new_role_holds_at_once(
    runtime: Runtime, client: AsyncClient, actor: MakeActor, sign_up: SignUp
) -> None:
    owner, user = await actor(), await sign_up()
    mine = await join(runtime, owner, user, "admin")
    body = {"name": "Renamed"}
    assert (await client.patch("/v1/workspace", json=body, headers=mine)).status_code == 200
    path = f"{MEMBERS}/{user.id}"
    answer = await client.patch(path, json={"role": "viewer"}, headers=owner.headers)
    assert (answer.status_code, answer.json()["role"]) == (200, "viewer")
    assert (await client.patch("/v1/workspace", json=body, headers=mine)).status_code == 403
    assert (await client.delete(path, headers=owner.headers)).status_code == 204
    assert (await client.get("/v1/workspace", headers=mine)).status_code == 404


async def test_nobody_reaches_above_themselves(
    runtime: Runtime, client: AsyncClient, actor: MakeActor, sign_up: SignUp
) -> None:
    owner, admin, member = await actor(), await sign_up(), await sign_up()
    mine = await join(runtime, owner, admin, "admin")
    await join(runtime, owner, member, "member")

    async def change(user_id: UUID, role: str) -> int:
        path = f"{MEMBERS}/{user_id}"
        return (await client.patch(path, json={"role": role}, headers=mine)).status_code

    assert await change(member.id, "owner") == 403
    assert await change(admin.id, "owner") == 403
    assert await change(owner.id, "viewer") == 403
    assert await change(member.id, "admin") == 200
    assert (await client.delete(f"{MEMBERS}/{owner.id}", headers=mine)).status_code == 403
    assert await change(member.id, "emperor") == 422


async def test_a_stranger_is_not_a_member(
    client: AsyncClient, actor: MakeActor, sign_up: SignUp
) -> None:
    owner, stranger = await actor(), await sign_up()
    path = f"{MEMBERS}/{stranger.id}"
    body = {"role": "viewer"}
    assert (await client.patch(path, json=body, headers=owner.headers)).status_code == 404
    assert (await client.delete(path, headers=owner.headers)).status_code == 404


async def test_the_last_owner_stays(
    runtime: Runtime, client: AsyncClient, actor: MakeActor, sign_up: SignUp
) -> None:
    owner, second = await actor(), await sign_up()
    path = f"{MEMBERS}/{owner.id}"
    headers = owner.headers

    async def try_all() -> list[int]:
        return [
            (await client.delete(path, headers=headers)).status_code,
            (await client.patch(path, json={"role": "admin"}, headers=headers)).status_code,
            (await client.post("/v1/workspace/leave", headers=headers)).status_code,
        ]

    assert await try_all() == [409, 409, 409]
    await join(runtime, owner, second, "owner")
    assert (await client.post("/v1/workspace/leave", headers=headers)).status_code == 204


async def test_two_owners_cannot_leave_at_once(
    runtime: Runtime, client: AsyncClient, actor: MakeActor, sign_up: SignUp
) -> None:
    owner, second = await actor(), await sign_up()
    others = await join(runtime, owner, second, "owner")
    answers = await asyncio.gather(
        client.post("/v1/workspace/leave", headers=owner.headers),
        client.post("/v1/workspace/leave", headers=others),
    )
    assert sorted(answer.status_code for answer in answers) == [204, 409]


async def test_everybody_may_leave(
    runtime: Runtime, client: AsyncClient, actor: MakeActor, sign_up: SignUp
) -> None:
    owner, user = await actor(), await sign_up()
    mine = await join(runtime, owner, user, "viewer")
    assert (await client.post("/v1/workspace/leave", headers=mine)).status_code == 204
    assert (await client.get("/v1/workspace", headers=mine)).status_code == 404
