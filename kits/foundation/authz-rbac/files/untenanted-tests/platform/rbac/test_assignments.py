"""Who may give which role."""

import pytest
from httpx import AsyncClient
from sqlalchemy import delete

from app.core.runtime import Runtime
from app.platform.rbac.assignments import LastOwner, assign
from app.platform.rbac.models import RoleAssignment
from app.wiring.roles import Role
from tests.support.identity import SignUp
from tests.support.scope import Actor, MakeActor


async def give(client: AsyncClient, by: Actor, to: Actor, role: str | None) -> int:
    path = f"/v1/users/{to.id}/role"
    return (await client.put(path, json={"role": role}, headers=by.headers)).status_code


async def test_a_new_role_holds_at_once(client: AsyncClient, actor: MakeActor) -> None:
    owner, other = await actor("owner"), await actor("viewer")
    assert (await client.get("/v1/users", headers=other.headers)).status_code == 403
    assert await give(client, owner, other, "admin") == 200
    assert (await client.get("/v1/users", headers=other.headers)).status_code == 200
    assert await give(client, owner, other, None) == 200
    assert (await client.get("/v1/users", headers=other.headers)).status_code == 403


async def test_nobody_gives_more_than_they_have(client: AsyncClient, actor: MakeActor) -> None:
    admin, owner, member = await actor("admin"), await actor("owner"), await actor("member")
    assert await give(client, admin, member, "owner") == 403
    assert await give(client, admin, owner, "viewer") == 403
    assert await give(client, admin, admin, "owner") == 403
    assert await give(client, admin, member, "admin") == 200


async def test_somebody_keeps_the_strongest_role(runtime: Runtime, sign_up: SignUp) -> None:
    user = await sign_up()
    with pytest.raises(LastOwner):
        async with runtime.unit() as unit:
            await unit.session.execute(delete(RoleAssignment))
            await assign(unit, user.id, Role.OWNER)
            await assign(unit, user.id, Role.VIEWER)
