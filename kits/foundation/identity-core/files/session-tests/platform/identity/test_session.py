"""What a client asks for first."""

from httpx import AsyncClient

from tests.support.identity import SignUp


async def test_the_session_names_the_caller(client: AsyncClient, sign_up: SignUp) -> None:
    user = await sign_up()
    answer = await client.get("/v1/session", headers=user.headers)
    assert answer.status_code == 200
    assert answer.json()["user"]["id"] == str(user.id)
    assert "profile:read" in answer.json()["permissions"]


async def test_nobody_has_no_session(client: AsyncClient) -> None:
    assert (await client.get("/v1/session")).status_code == 401
