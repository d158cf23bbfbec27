"""A commit that fails is an error to the caller; what a unit does, it does as a whole."""

import pytest
from httpx import ASGITransport, AsyncClient
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core.http import Router, Work, public
from app.core.module import Module
from app.core.runtime import Runtime
from app.factory import create_app

LATE = (
    "create temporary table late (id int primary key, other int "
    "references late (id) deferrable initially deferred) on commit drop"
)


def late() -> Module:
    router = Router(prefix="/late", tags=["late"])

    @router.post("", dependencies=[public()], status_code=201)
    async def create(work: Work) -> str:
        await work.session.execute(text(LATE))
        await work.session.execute(text("insert into late values (1, 2)"))
        return "done"

    return Module(name="late", routers=(router,))


async def test_the_commit_comes_before_the_response(runtime: Runtime) -> None:
    app = create_app((*runtime.modules, late()))
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.state.runtime.running(),
        AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        answer = await client.post("/v1/late")
    assert answer.status_code == 409
    assert answer.json()["errors"] == [
        {"field": "other", "message": "does not exist", "code": "missing"}
    ]


async def test_a_unit_is_all_or_nothing(runtime: Runtime) -> None:
    async with runtime.unit() as unit:
        before = await unit.session.scalar(text("select txid_current()"))
    with pytest.raises(IntegrityError):
        async with runtime.unit() as unit:
            await unit.session.execute(text(LATE))
            await unit.session.execute(text("insert into late values (1, 1)"))
            await unit.session.execute(text("insert into late values (1, 1)"))
    async with runtime.unit() as unit:
        assert await unit.session.scalar(text("select to_regclass('late')")) is None
        assert await unit.session.scalar(text("select txid_current()")) != before


async def test_the_caller_is_known_to_the_database(runtime: Runtime) -> None:
    async with runtime.unit() as unit:
        query = text("select current_setting('app.user_id', true)")
        assert await unit.session.scalar(query) == ""
