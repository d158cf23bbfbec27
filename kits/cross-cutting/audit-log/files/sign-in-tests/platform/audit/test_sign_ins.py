"""Sign-ins that fail are in the trail, although the request is refused."""

from uuid import uuid4

from httpx import AsyncClient

from tests.support.auth import MakeAccount


async def test_a_failed_sign_in_is_recorded(client: AsyncClient, account: MakeAccount) -> None:
    made, request_id = await account(), uuid4().hex
    wrong = {"email": made.email, "password": "not the password"}
    headers = {"x-request-id": request_id}
    answer = await client.post("/v1/auth/login", json=wrong, headers=headers)
    assert answer.status_code == 401
    trail = await client.get("/v1/audit/mine", headers=made.headers)
    [entry] = [item for item in trail.json()["items"] if item["action"] == "auth.sign-in-failed"]
    assert entry["subject"] == f"user:{made.session['user_id']}"
    assert entry["actor_id"] is None
    assert entry["request_id"] == request_id
    assert entry["address"] == "127.0.0.1"
    assert made.email not in trail.text
