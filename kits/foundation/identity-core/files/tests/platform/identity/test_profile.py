"""Users and the caller's own profile."""

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core.runtime import Runtime
from app.platform.identity.service import EmailTaken, Users
from tests.support.identity import SignUp, new_address


async def test_the_caller_sees_the_own_profile(client: AsyncClient, sign_up: SignUp) -> None:
    user = await sign_up()
    answer = await client.get("/v1/me", headers=user.headers)
    assert answer.status_code == 200
    assert answer.json()["id"] == str(user.id)
    assert answer.json()["email"] == user.email
    assert answer.json()["email_verified_at"] is None


async def test_nobody_has_no_profile(client: AsyncClient) -> None:
    answer = await client.get("/v1/me")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_name_can_be_changed_and_the_address_cannot(
    client: AsyncClient, sign_up: SignUp
) -> None:
    user = await sign_up()
    answer = await client.patch("/v1/me", json={"name": "Ann"}, headers=user.headers)
    assert (answer.status_code, answer.json()["name"]) == (200, "Ann")
    body = {"email": new_address()}
    assert (await client.patch("/v1/me", json=body, headers=user.headers)).status_code == 422
    body = {"name": "one\ntwo"}
    assert (await client.patch("/v1/me", json=body, headers=user.headers)).status_code == 422
    seen = await client.get("/v1/me", headers=user.headers)
    assert (seen.json()["name"], seen.json()["email"]) == ("Ann", user.email)


async def test_an_address_belongs_to_one_user(runtime: Runtime, sign_up: SignUp) -> None:
    user = await sign_up()
    with pytest.raises(EmailTaken):
        async with runtime.unit() as unit:
            await Users(unit).register(user.email)
    with pytest.raises(IntegrityError):
        async with runtime.unit() as unit:
            insert = text("insert into users (id, email) values (gen_random_uuid(), :email)")
            await unit.session.execute(insert, {"email": user.email})


async def test_a_disabled_user_can_be_enabled_again(runtime: Runtime, sign_up: SignUp) -> None:
    user = await sign_up()
    async with runtime.unit() as unit:
        await Users(unit).disable(await Users(unit).get(user.id))
    async with runtime.unit() as unit:
        found = await Users(unit).get(user.id)
        assert found.disabled_at is not None
        await Users(unit).enable(found)
    async with runtime.unit() as unit:
        assert (await Users(unit).get(user.id)).disabled_at is None
