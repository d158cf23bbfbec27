"""Every operation, called by every kind of caller, against the reviewed table."""

import re
from uuid import uuid4

import pytest
from httpx import AsyncClient

from app.core.runtime import Runtime
from app.tools.access import ANYONE, CALLERS, FILE, SIGNED_IN, Row, read, rows
from app.wiring.modules import MODULES
from tests.support.identity import SignUp
from tests.support.scope import MakeActor

DENIED = {"/problems/unauthenticated", "/problems/forbidden", "/problems/workspace-required"}


def reviewed() -> list[Row]:
    assert FILE.exists(), "the table is missing: run `make generate`"
    return read(FILE.read_text())


async def test_the_table_is_up_to_date(runtime: Runtime) -> None:
    parts = {module.name for module in MODULES}
    made = await rows(runtime)
    assert [m.name for m in runtime.modules if m.name not in parts and m.routers] == []
    assert reviewed() == made


@pytest.mark.parametrize("caller", CALLERS)
async def test_calls_are_answered_as_the_table_says(
    client: AsyncClient, actor: MakeActor, sign_up: SignUp, caller: str
) -> None:
    wrong = []
    for row in reviewed():
        # Somebody new each time: a call that is allowed may well do something.
        if caller == ANYONE:
            headers = {}
        elif caller == SIGNED_IN:
            headers = (await sign_up()).headers
        else:
            headers = (await actor(caller)).headers
        path = re.sub(r"\{[^}]*\}", str(uuid4()), row.path)
        answer = await client.request(row.method, path, headers=headers)
        kind = answer.headers.get("content-type", "")
        problem = answer.json()["type"] if kind == "application/problem+json" else ""
        if (problem not in DENIED) is not (caller in row.allowed):
            wrong.append((row.method, row.path, answer.status_code, problem))
    assert wrong == []
