"""Sessions of browsers: no token reaches a script, no other site uses a session."""

from http.cookies import SimpleCookie

import pytest
from httpx import AsyncClient, Response

from tests.support.auth import PASSWORD, MakeAccount
from tests.support.identity import new_address

OURS = {"origin": "http://localhost:3000"}
THEIRS = {"origin": "https://evil.example"}


def cookies_of(answer: Response) -> SimpleCookie:
    found = SimpleCookie()
    for header in answer.headers.get_list("set-cookie"):
        found.load(header)
    return found


def sent(cookies: SimpleCookie) -> dict[str, str]:
    return {"cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())}


async def browser(client: AsyncClient) -> SimpleCookie:
    body = {"email": new_address(), "password": PASSWORD}
    answer = await client.post("/v1/auth/sign-up", json=body, headers=OURS)
    assert answer.status_code == 201
    client.cookies.clear()
    return cookies_of(answer)


async def test_no_token_is_in_the_body_and_none_is_for_scripts(client: AsyncClient) -> None:
    body = {"email": new_address(), "password": PASSWORD}
    answer = await client.post("/v1/auth/sign-up", json=body, headers=OURS)
    assert answer.json()["access_token"] is None
    assert answer.json()["refresh_token"] is None
    cookies = cookies_of(answer)
    for name in ("__Host-access", "__Secure-refresh"):
        assert cookies[name]["httponly"]
        assert cookies[name]["secure"]
        assert cookies[name]["domain"] == ""
        assert cookies[name]["samesite"]
        assert cookies[name].value not in answer.text
    assert cookies["__Host-access"]["path"] == "/"
    assert cookies["__Secure-refresh"]["path"] == "/api/v1/auth/refresh"


async def test_the_cookie_signs_in(client: AsyncClient) -> None:
    cookies = await browser(client)
    answer = await client.get("/v1/me", headers=sent(cookies))
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (OURS, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        (THEIRS, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost:3000.evil.example"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({}, 403),
    ],
)
async def test_changes_must_come_from_our_pages(
    client: AsyncClient, headers: dict[str, str], status: int
) -> None:
    cookies = await browser(client)
    mine = {**sent(cookies), **headers}
    answer = await client.patch("/v1/me", json={"name": "Ann"}, headers=mine)
    assert answer.status_code == status


async def test_a_bearer_token_needs_no_origin(client: AsyncClient, account: MakeAccount) -> None:
    made = await account()
    answer = await client.patch("/v1/me", json={"name": "Ann"}, headers=made.headers)
    assert answer.status_code == 200


async def test_no_other_site_signs_a_browser_in(client: AsyncClient, account: MakeAccount) -> None:
    made = await account()
    body = {"email": made.email, "password": PASSWORD}
    answer = await client.post("/v1/auth/login", json=body, headers=THEIRS)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_a_browser_refreshes_with_its_cookie(client: AsyncClient) -> None:
    cookies = await browser(client)
    theirs = {**sent(cookies), **THEIRS}
    assert (await client.post("/v1/auth/refresh", json={}, headers=theirs)).status_code == 403
    mine = {**sent(cookies), **OURS}
    answer = await client.post("/v1/auth/refresh", json={}, headers=mine)
    assert answer.status_code == 200
    assert answer.json()["access_token"] is None
    after = cookies_of(answer)
    assert after["__Secure-refresh"].value != cookies["__Secure-refresh"].value
    client.cookies.clear()
    assert (await client.get("/v1/me", headers=sent(after))).status_code == 200


async def test_sign_out_takes_the_cookies_away(client: AsyncClient) -> None:
    cookies = await browser(client)
    answer = await client.post("/v1/auth/logout", headers={**sent(cookies), **OURS})
    assert answer.status_code == 204
    gone = cookies_of(answer)
    assert {name: gone[name]["max-age"] for name in gone} == {
        "__Host-access": "0",
        "__Secure-refresh": "0",
    }
    assert (await client.get("/v1/me", headers=sent(cookies))).status_code == 401


async def test_nothing_to_refresh(client: AsyncClient) -> None:
    assert (await client.post("/v1/auth/refresh", json={}, headers=OURS)).status_code == 401
