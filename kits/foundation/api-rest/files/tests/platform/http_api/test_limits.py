"""Requests have limits; entity tags guard changes."""

from collections.abc import AsyncIterator

import pytest
from fastapi import Body

from app.core.http import Router, public
from app.core.problems import PreconditionFailed
from app.core.runtime import Runtime
from app.platform.http_api.etags import check, etag
from app.platform.http_api.settings import HttpSettings
from tests.support.probe import serving


async def test_bodies_are_limited(runtime: Runtime) -> None:
    router = Router(prefix="/echo", tags=["echo"])

    @router.post("", dependencies=[public()])
    async def echo(text: str = Body()) -> int:
        return len(text)

    limit = runtime.settings(HttpSettings).max_body

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(limit // 65536 + 2):
            yield b" " * 65536

    async with serving(runtime, router) as client:
        assert (await client.post("/v1/echo", json="x" * (limit - 2))).json() == limit - 2
        for answer in (
            await client.post("/v1/echo", json="x" * limit),
            await client.post("/v1/echo", content=endless()),
        ):
            assert answer.status_code == 413
            assert answer.headers["content-type"] == "application/problem+json"


def test_entity_tags() -> None:
    for accepted in (None, "*", etag(3), '"1", "3"', 'W/"3"'):
        check(accepted, 3)
    for refused in (etag(2), "", "3"):
        with pytest.raises(PreconditionFailed):
            check(refused, 3)
