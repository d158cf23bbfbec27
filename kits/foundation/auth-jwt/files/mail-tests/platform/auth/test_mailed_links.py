"""Verified addresses and forgotten passwords."""

from uuid import UUID

from httpx import AsyncClient
from sqlalchemy import text

from app.core.runtime import Runtime
from app.platform.auth.attempts import LIMIT
from tests.support.auth import PASSWORD, MakeAccount
from tests.support.identity import new_address
from tests.support.mail import Inbox
from tests.support.settle import settle

NEW = "another horse battery"


async def reset(client: AsyncClient, token: str, password: str = NEW) -> int:
    body = {"token": token, "password": password}
    return (await client.post("/v1/auth/reset-password/confirm", json=body)).status_code


async def sign_in(client: AsyncClient, email: str, password: str) -> int:
    body = {"email": email, "password": password}
    return (await client.post("/v1/auth/login", json=body)).status_code


async def test_a_new_user_proves_the_address(
    runtime: Runtime, client: AsyncClient, account: MakeAccount, inbox: Inbox
) -> None:
    made = await account()
    await settle(runtime)
    body = {"token": await inbox.token(made.email)}
    assert (await client.post("/v1/auth/verify-email/confirm", json=body)).status_code == 204
    me = await client.get("/v1/me", headers=made.headers)
    assert me.json()["email_verified_at"] is not None
    assert (await client.post("/v1/auth/verify-email/confirm", json=body)).status_code == 410


async def test_a_new_link_voids_the_old_one(
    runtime: Runtime, client: AsyncClient, account: MakeAccount, inbox: Inbox
) -> None:
    made = await account()
    await settle(runtime)
    old = await inbox.token(made.email)
    assert (await client.post("/v1/auth/verify-email", headers=made.headers)).status_code == 202
    await settle(runtime)
    new = await inbox.token(made.email)
    path = "/v1/auth/verify-email/confirm"
    assert (await client.post(path, json={"token": old})).status_code == 410
    assert (await client.post(path, json={"token": new})).status_code == 204


async def test_a_forgotten_password_is_replaced(
    runtime: Runtime, client: AsyncClient, account: MakeAccount, inbox: Inbox
) -> None:
    made = await account()
    for _ in range(LIMIT):
        await sign_in(client, made.email, "not the password")
    answer = await client.post("/v1/auth/reset-password", json={"email": made.email})
    assert answer.status_code == 202
    await settle(runtime)
    token = await inbox.token(made.email)
    assert await reset(client, token, "passwordpassword") == 422
    assert await reset(client, token) == 204
    assert await reset(client, token) == 410
    assert (await client.get("/v1/me", headers=made.headers)).status_code == 401
    assert await sign_in(client, made.email, PASSWORD) == 401
    assert await sign_in(client, made.email, NEW) == 200


async def test_nobody_learns_which_addresses_have_accounts(
    client: AsyncClient, account: MakeAccount, inbox: Inbox
) -> None:
    made, nobody = await account(), new_address()
    answers = [
        await client.post("/v1/auth/reset-password", json={"email": email})
        for email in (made.email, nobody)
    ]
    assert [(answer.status_code, answer.text) for answer in answers] == [(202, "null")] * 2
    assert await inbox.of(nobody) == []


async def test_links_expire_and_only_their_digest_is_stored(
    runtime: Runtime, client: AsyncClient, account: MakeAccount, inbox: Inbox
) -> None:
    made = await account()
    await client.post("/v1/auth/reset-password", json={"email": made.email})
    await settle(runtime)
    token = await inbox.token(made.email)
    async with runtime.unit() as unit:
        mine = {"id": UUID(made.session["user_id"])}
        query = text("select digest from mailed_links where user_id = :id")
        digests = (await unit.session.scalars(query, mine)).all()
        assert digests
        assert all(token.encode() not in digest for digest in digests)
        expire = text("update mailed_links set expires_at = now() where user_id = :id")
        await unit.session.execute(expire, mine)
    assert await reset(client, token) == 410


async def test_a_link_serves_one_purpose(
    runtime: Runtime, client: AsyncClient, account: MakeAccount, inbox: Inbox
) -> None:
    made = await account()
    await settle(runtime)
    assert await reset(client, await inbox.token(made.email)) == 410
