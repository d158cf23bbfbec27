"""An access token says who calls, never what they may do: a role that is taken away is gone."""

from uuid import UUID

from httpx import AsyncClient

from app.core.runtime import Runtime
from app.platform.tenancy.models import Membership
from tests.support.auth import MakeAccount
from tests.support.scope import MakeActor


async def test_a_token_from_before_has_the_role_of_now(
    runtime: Runtime, client: AsyncClient, actor: MakeActor, account: MakeAccount
) -> None:
    owner, other = await actor(), await account()
    workspace, user_id = owner.headers["x-workspace-id"], other.session["user_id"]
    async with runtime.unit(owner.context) as unit:
        row = Membership(tenant_id=UUID(workspace), user_id=UUID(user_id), role="admin")
        unit.session.add(row)
    token = {**other.headers, "x-workspace-id": workspace}

    async def rename() -> int:
        answer = await client.patch("/v1/workspace", json={"name": "New"}, headers=token)
        return answer.status_code

    assert await rename() == 200
    member = f"/v1/workspace/members/{user_id}"
    demoted = await client.patch(member, json={"role": "viewer"}, headers=owner.headers)
    assert demoted.status_code == 200
    assert await rename() == 403
    assert (await client.delete(member, headers=owner.headers)).status_code == 204
    assert await rename() == 404
