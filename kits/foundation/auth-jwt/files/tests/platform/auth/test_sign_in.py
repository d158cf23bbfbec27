"""Signing up, in, on and out."""

import asyncio
import time
from datetime import timedelta
from statistics import median
from uuid import UUID

import pytest
from httpx import AsyncClient, Response
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import select, text

from app.core.runtime import Runtime
from app.platform.auth.attempts import LIMIT, PERIOD
from app.platform.auth.models import Credential, RefreshToken, SignInAttempt
from app.platform.auth.settings import REFRESH_GRACE
from app.platform.identity.service import Users
from tests.support.auth import PASSWORD, Account, MakeAccount
from tests.support.identity import new_address

NEW = "another horse battery"


async def sign_in(client: AsyncClient, email: str, password: str) -> Response:
    body = {"email": email, "password": password{% if option.cookies %}, "carrier": "body"{% endif %}}
    return await client.post("/v1/auth/login", json=body)


async def refresh(client: AsyncClient, token: str) -> Response:
    return await client.post("/v1/auth/refresh", json={"refresh_token": token})


async def age_tokens(runtime: Runtime, session_id: str) -> None:
    """Let the grace of used tokens pass."""
    async with runtime.unit() as unit:
        query = select(RefreshToken).where(RefreshToken.session_id == UUID(session_id))
        for token in (await unit.session.scalars(query)).all():
            if token.used_at is not None:
                token.used_at -= REFRESH_GRACE + timedelta(seconds=1)


async def test_who_signs_up_is_signed_in(client: AsyncClient, account: MakeAccount) -> None:
    made = await account()
    me = await client.get("/v1/me", headers=made.headers)
    assert (me.status_code, me.json()["email"]) == (200, made.email)


async def test_an_address_signs_up_once(client: AsyncClient, account: MakeAccount) -> None:
    made = await account()
    body = {"email": made.email.upper(), "password": PASSWORD}
    answer = await client.post("/v1/auth/sign-up", json=body)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/email-taken")


@pytest.mark.parametrize("password", ["tiny", "aaaaaaaaaaaaaaaa", "passwordpassword"])
async def test_weak_passwords_are_refused(client: AsyncClient, password: str) -> None:
    body = {"email": new_address(), "password": password}
    answer = await client.post("/v1/auth/sign-up", json=body)
    assert answer.status_code == 422
    assert password not in answer.text


async def test_passwords_are_stored_as_argon2id(runtime: Runtime, account: MakeAccount) -> None:
    made = await account()
    async with runtime.unit() as unit:
        stored = await unit.session.get_one(Credential, UUID(made.session["user_id"]))
        assert stored.password_hash.startswith("$argon2id$")


async def test_an_old_hash_is_renewed_at_sign_in(
    runtime: Runtime, client: AsyncClient, account: MakeAccount
) -> None:
    made = await account()
    weaker = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=1024, parallelism=1),))
    async with runtime.unit() as unit:
        stored = await unit.session.get_one(Credential, UUID(made.session["user_id"]))
        stored.password_hash = old = weaker.hash(PASSWORD)
    assert (await sign_in(client, made.email, PASSWORD)).status_code == 200
    async with runtime.unit() as unit:
        stored = await unit.session.get_one(Credential, UUID(made.session["user_id"]))
        assert stored.password_hash != old
    assert (await sign_in(client, made.email, PASSWORD)).status_code == 200


async def test_every_refusal_looks_the_same(
    runtime: Runtime, client: AsyncClient, account: MakeAccount
) -> None:
    wrong, locked, disabled = await account(), await account(), await account()
    for _ in range(LIMIT):
        await sign_in(client, locked.email, "not the password")
    async with runtime.unit() as unit:
        await Users(unit).disable(await Users(unit).get(UUID(disabled.session["user_id"])))
    answers = [
        await sign_in(client, new_address(), PASSWORD),
        await sign_in(client, wrong.email, "not the password"),
        await sign_in(client, locked.email, PASSWORD),
        await sign_in(client, disabled.email, PASSWORD),
    ]
    bodies = [{**answer.json(), "request_id": ""} for answer in answers]
    assert [answer.status_code for answer in answers] == [401] * 4
    assert all(body == bodies[0] for body in bodies)


async def test_every_refusal_takes_the_time_of_one_hash(
    client: AsyncClient, account: MakeAccount
) -> None:
    made = await account()

    async def seconds(email: str) -> float:
        start = time.perf_counter()
        await sign_in(client, email, "not the password")
        return time.perf_counter() - start

    known = [await seconds(made.email) for _ in range(3)]
    unknown = [await seconds(new_address()) for _ in range(3)]
    assert median(unknown) > median(known) / 3


async def test_a_lock_opens_after_its_period(
    runtime: Runtime, client: AsyncClient, account: MakeAccount
) -> None:
    made = await account()
    for _ in range(LIMIT):
        await sign_in(client, made.email, "not the password")
    assert (await sign_in(client, made.email, PASSWORD)).status_code == 401
    async with runtime.unit() as unit:
        for attempt in (await unit.session.scalars(select(SignInAttempt))).all():
            attempt.last_at -= PERIOD + timedelta(seconds=1)
    assert (await sign_in(client, made.email, PASSWORD)).status_code == 200


async def test_many_attempts_at_once_do_not_pass_the_limit(
    client: AsyncClient, account: MakeAccount
) -> None:
    made = await account()
    tries = [sign_in(client, made.email, "not the password") for _ in range(LIMIT)]
    await asyncio.gather(*tries)
    assert (await sign_in(client, made.email, PASSWORD)).status_code == 401


async def test_the_right_password_forgets_failures(
    client: AsyncClient, account: MakeAccount
) -> None:
    made = await account()
    for _ in range(2):
        for _ in range(LIMIT - 1):
            await sign_in(client, made.email, "not the password")
        assert (await sign_in(client, made.email, PASSWORD)).status_code == 200


async def test_a_refresh_token_is_exchanged(client: AsyncClient, account: MakeAccount) -> None:
    made = await account()
    answer = await refresh(client, made.session["refresh_token"])
    assert answer.status_code == 200
    assert answer.json()["refresh_token"] != made.session["refresh_token"]
    assert answer.json()["session_id"] == made.session["session_id"]
    assert answer.headers["cache-control"] == "no-store"


async def test_refresh_tokens_are_stored_as_digests(runtime: Runtime, account: MakeAccount) -> None:
    made = await account()
    async with runtime.unit() as unit:
        query = text("select digest from refresh_tokens where session_id = :id")
        digest = await unit.session.scalar(query, {"id": UUID(made.session["session_id"])})
    assert made.session["refresh_token"].encode() not in digest


async def test_a_token_that_comes_twice_ends_the_session(
    runtime: Runtime, client: AsyncClient, account: MakeAccount
) -> None:
    made = await account()
    stolen = made.session["refresh_token"]
    after = (await refresh(client, stolen)).json()
    await age_tokens(runtime, made.session["session_id"])
    assert (await refresh(client, stolen)).status_code == 401
    assert (await refresh(client, after["refresh_token"])).status_code == 401
    headers = {"authorization": f"Bearer {after['access_token']}"}
    assert (await client.get("/v1/me", headers=headers)).status_code == 401


{% if option.refresh_grace > 0 %}
async def test_two_tabs_may_refresh_at_once(client: AsyncClient, account: MakeAccount) -> None:
    made = await account()
    token = made.session["refresh_token"]
    answers = await asyncio.gather(refresh(client, token), refresh(client, token))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json()["refresh_token"] != answers[1].json()["refresh_token"]


async def test_the_grace_is_over_once_the_next_token_is_used(
    client: AsyncClient, account: MakeAccount
) -> None:
    made = await account()
    token = made.session["refresh_token"]
    after = (await refresh(client, token)).json()
    assert (await refresh(client, after["refresh_token"])).status_code == 200
    assert (await refresh(client, token)).status_code == 401


{% endif %}
async def test_a_made_up_token_is_refused(client: AsyncClient) -> None:
    assert (await refresh(client, "made-up")).status_code == 401
    headers = {"authorization": "Bearer made-up"}
    answer = await client.get("/v1/me", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_sign_out_works_at_once(client: AsyncClient, account: MakeAccount) -> None:
    made = await account()
    assert (await client.post("/v1/auth/logout", headers=made.headers)).status_code == 204
    assert (await client.get("/v1/me", headers=made.headers)).status_code == 401
    assert (await refresh(client, made.session["refresh_token"])).status_code == 401


async def test_a_disabled_user_is_out_at_once(
    runtime: Runtime, client: AsyncClient, account: MakeAccount
) -> None:
    made = await account()
    async with runtime.unit() as unit:
        await Users(unit).disable(await Users(unit).get(UUID(made.session["user_id"])))
    assert (await client.get("/v1/me", headers=made.headers)).status_code == 401
    assert (await refresh(client, made.session["refresh_token"])).status_code == 401


async def second_session(client: AsyncClient, made: Account) -> dict[str, str]:
    answer = await sign_in(client, made.email, made.password)
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


async def test_sessions_are_listed_and_ended(client: AsyncClient, account: MakeAccount) -> None:
    made, stranger = await account(), await account()
    other = await second_session(client, made)
    listed = (await client.get("/v1/auth/sessions", headers=made.headers)).json()
    assert sorted(session["current"] for session in listed) == [False, True]
    [away] = [session["id"] for session in listed if not session["current"]]
    path = f"/v1/auth/sessions/{away}"
    assert (await client.delete(path, headers=stranger.headers)).status_code == 404
    assert (await client.get("/v1/me", headers=other)).status_code == 200
    assert (await client.delete(path, headers=made.headers)).status_code == 204
    assert (await client.get("/v1/me", headers=other)).status_code == 401
    assert (await client.delete(path, headers=made.headers)).status_code == 404


async def test_all_other_sessions_are_ended(client: AsyncClient, account: MakeAccount) -> None:
    made = await account()
    other = await second_session(client, made)
    answer = await client.delete("/v1/auth/sessions", headers=made.headers)
    assert answer.status_code == 204
    assert (await client.get("/v1/me", headers=other)).status_code == 401
    assert (await client.get("/v1/me", headers=made.headers)).status_code == 200


async def test_a_new_password_ends_every_session(client: AsyncClient, account: MakeAccount) -> None:
    made = await account()
    other = await second_session(client, made)
    body = {"current": "not the password", "new": NEW{% if option.cookies %}, "carrier": "body"{% endif %}}
    wrong = await client.post("/v1/auth/password", json=body, headers=made.headers)
    assert wrong.status_code == 401
    body["current"] = PASSWORD
    answer = await client.post("/v1/auth/password", json=body, headers=made.headers)
    assert answer.status_code == 200
    for headers in (made.headers, other):
        assert (await client.get("/v1/me", headers=headers)).status_code == 401
    now_valid = {"authorization": f"Bearer {answer.json()['access_token']}"}
    assert (await client.get("/v1/me", headers=now_valid)).status_code == 200
    assert (await sign_in(client, made.email, PASSWORD)).status_code == 401
    assert (await sign_in(client, made.email, NEW)).status_code == 200


async def test_a_session_does_not_outlive_its_end(
    runtime: Runtime, client: AsyncClient, account: MakeAccount
) -> None:
    made = await account()
    async with runtime.unit() as unit:
        update = text("update sessions set expires_at = now() where id = :id")
        await unit.session.execute(update, {"id": UUID(made.session["session_id"])})
    assert (await client.get("/v1/me", headers=made.headers)).status_code == 401
    assert (await refresh(client, made.session["refresh_token"])).status_code == 401


async def test_keys_are_published(client: AsyncClient) -> None:
    answer = await client.get("/v1/auth/keys")
    assert answer.status_code == 200
    [key] = answer.json()["keys"]
    assert "d" not in key
