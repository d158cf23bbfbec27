"""Who gave whom which role is in the trail of the workspace."""

from httpx import AsyncClient

from tests.support.scope import MakeActor
from tests.support.tenancy import Join


async def test_a_new_role_is_recorded(client: AsyncClient, actor: MakeActor, join: Join) -> None:
    owner, other = await actor(), await actor()
    member = await join(owner, "member")
    path = f"/v1/workspace/members/{member.id}"
    answer = await client.patch(path, json={"role": "viewer"}, headers=owner.headers)
    assert answer.status_code == 200
    wanted = {"action": "workspaces.member-role-changed"}
    trail = await client.get("/v1/audit", params=wanted, headers=owner.headers)
    [entry] = trail.json()["items"]
    assert entry["subject"] == f"user:{member.id}"
    assert entry["actor_id"] == str(owner.id)
    assert (entry["details"]["before"], entry["details"]["after"]) == ("member", "viewer")
    theirs = await client.get("/v1/audit", params=wanted, headers=other.headers)
    assert theirs.json()["items"] == []
