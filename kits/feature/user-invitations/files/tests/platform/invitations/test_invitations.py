"""Invitations: by mail, up to one's own role, once, for one address."""

from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import text

from app.core.context import Context
from app.core.runtime import Runtime
from tests.support.identity import SignUp, TestUser, new_address
from tests.support.mail import Inbox
from tests.support.scope import Actor, MakeActor

PATH = "/v1/invitations"


async def invite(client: AsyncClient, by: Actor, email: str, role: str = "member") -> Any:
    body = {"email": email, "role": role}
    answer = await client.post(PATH, json=body, headers=by.headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def accept(client: AsyncClient, user: TestUser, token: str) -> int:
    answer = await client.post(f"{PATH}/accept", json={"token": token}, headers=user.headers)
    return answer.status_code


async def test_who_is_invited_becomes_a_member(
    client: AsyncClient, actor: MakeActor, sign_up: SignUp, inbox: Inbox
) -> None:
    owner, user = await actor(), await sign_up()
    await invite(client, owner, user.email.upper(), "admin")
    token = await inbox.token(user.email)
    preview = await client.post(f"{PATH}/preview", json={"token": token})
    assert preview.status_code == 200
    assert (preview.json()["email"], preview.json()["has_account"]) == (user.email, True)
    there = {**user.headers, "x-workspace-id": owner.headers["x-workspace-id"]}
    assert (await client.get(PATH, headers=there)).status_code == 404
    assert await accept(client, user, token) == 200
    assert (await client.get(PATH, headers=there)).status_code == 200
    assert (await client.get(PATH, headers=owner.headers)).json() == []
    me = await client.get("/v1/me", headers=user.headers)
    assert me.json()["email_verified_at"] is not None


async def test_who_has_no_account_sees_that(
    client: AsyncClient, actor: MakeActor, inbox: Inbox
) -> None:
    owner, email = await actor(), new_address()
    await invite(client, owner, email)
    body = {"token": await inbox.token(email)}
    preview = await client.post(f"{PATH}/preview", json=body)
    assert preview.json()["has_account"] is False


async def test_an_invitation_works_once_and_for_one_address(
    client: AsyncClient, actor: MakeActor, sign_up: SignUp, inbox: Inbox
) -> None:
    owner, user, thief = await actor(), await sign_up(), await sign_up()
    await invite(client, owner, user.email)
    token = await inbox.token(user.email)
    assert await accept(client, thief, token) == 403
    assert await accept(client, user, token) == 200
    assert await accept(client, user, token) == 410


async def test_a_new_link_voids_the_old_one(
    client: AsyncClient, actor: MakeActor, sign_up: SignUp, inbox: Inbox
) -> None:
    owner, user = await actor(), await sign_up()
    made = await invite(client, owner, user.email)
    old = await inbox.token(user.email)
    answer = await client.post(f"{PATH}/{made['id']}/resend", headers=owner.headers)
    assert answer.status_code == 200
    new = await inbox.token(user.email)
    assert await accept(client, user, old) == 410
    assert await accept(client, user, new) == 200


async def test_an_invitation_can_be_taken_back(
    client: AsyncClient, actor: MakeActor, sign_up: SignUp, inbox: Inbox
) -> None:
    owner, user = await actor(), await sign_up()
    made = await invite(client, owner, user.email)
    token = await inbox.token(user.email)
    path = f"{PATH}/{made['id']}"
    assert (await client.delete(path, headers=owner.headers)).status_code == 204
    assert (await client.delete(path, headers=owner.headers)).status_code == 404
    assert await accept(client, user, token) == 410


async def test_an_invitation_expires_and_can_be_sent_anew(
    runtime: Runtime, client: AsyncClient, actor: MakeActor, sign_up: SignUp, inbox: Inbox
) -> None:
    owner, user = await actor(), await sign_up()
    await invite(client, owner, user.email)
    token = await inbox.token(user.email)
    async with runtime.unit(owner.context) as unit:
        await unit.session.execute(text("update invitations set expires_at = now()"))
    assert await accept(client, user, token) == 410
    preview = await client.post(f"{PATH}/preview", json={"token": token})
    assert preview.status_code == 410
    await invite(client, owner, user.email)
    assert await accept(client, user, await inbox.token(user.email)) == 200


async def test_only_the_digest_is_stored(
    runtime: Runtime, client: AsyncClient, actor: MakeActor, inbox: Inbox
) -> None:
    owner, email = await actor(), new_address()
    await invite(client, owner, email)
    secret = (await inbox.token(email)).partition(".")[2]
    async with runtime.unit(owner.context) as unit:
        digest = await unit.session.scalar(text("select digest from invitations"))
    assert secret.encode() not in digest


async def test_nobody_invites_above_themselves(
    client: AsyncClient, actor: MakeActor, inbox: Inbox
) -> None:
    admin, member, email = await actor("admin"), await actor("member"), new_address()
    body = {"email": email, "role": "owner"}
    assert (await client.post(PATH, json=body, headers=admin.headers)).status_code == 403
    body = {"email": email, "role": "viewer"}
    assert (await client.post(PATH, json=body, headers=member.headers)).status_code == 403
    assert await inbox.of(email) == []


async def test_members_and_invited_people_are_not_invited_again(
    client: AsyncClient, actor: MakeActor, sign_up: SignUp, inbox: Inbox
) -> None:
    owner, user = await actor(), await sign_up()
    body = {"email": user.email, "role": "member"}
    await invite(client, owner, user.email)
    assert (await client.post(PATH, json=body, headers=owner.headers)).status_code == 409
    assert await accept(client, user, await inbox.token(user.email)) == 200
    again = await client.post(PATH, json=body, headers=owner.headers)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-member")


async def test_other_workspaces_see_nothing(
    runtime: Runtime, client: AsyncClient, actor: MakeActor, inbox: Inbox
) -> None:
    owner, other = await actor(), await actor()
    made = await invite(client, owner, new_address())
    assert (await client.get(PATH, headers=other.headers)).json() == []
    path = f"{PATH}/{made['id']}"
    assert (await client.delete(path, headers=other.headers)).status_code == 404
    resend = await client.post(f"{path}/resend", headers=other.headers)
    assert resend.status_code == 404
    async with runtime.unit(Context()) as unit:
        assert await unit.session.scalar(text("select count(*) from invitations")) == 0


@pytest.mark.parametrize("token", ["x", f"{UUID(int=1)}.x", f"{UUID(int=0)}.", "é.é"])
async def test_made_up_tokens_are_refused(client: AsyncClient, sign_up: SignUp, token: str) -> None:
    assert (await client.post(f"{PATH}/preview", json={"token": token})).status_code == 410
    assert await accept(client, await sign_up(), token) == 410
