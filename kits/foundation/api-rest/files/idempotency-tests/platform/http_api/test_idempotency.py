"""A repeated request gets the first answer and changes nothing."""

import asyncio
from typing import Any
from uuid import uuid4

from fastapi import Response
from sqlalchemy import text

from app.core.http import Router, Work, guard
from app.core.problems import Conflict
from app.core.runtime import Runtime
from tests.support.probe import Probing, serving
from tests.support.scope import MakeActor


class Counter:
    """A route that counts how often it was carried out."""

    def __init__(self) -> None:
        self.count = 0
        self.router = Router(prefix="/count", tags=["count"])
        asking = [guard(Probing.ANYTHING)]

        @self.router.post("", status_code=201, dependencies=asking)
        async def add(work: Work, body: dict[str, Any], response: Response) -> dict[str, int]:
            self.count += 1
            if body.get("secret"):
                response.headers["cache-control"] = "no-store"
            await asyncio.sleep(0)
            if body.get("fail"):
                raise Conflict
            return {"count": self.count}


async def test_a_repeated_request_is_answered_once(runtime: Runtime, actor: MakeActor) -> None:
    counter, one, two = Counter(), await actor(), await actor()
    key = {"idempotency-key": uuid4().hex}
    async with serving(runtime, counter.router) as client:
        first = await client.post("/v1/count", json={}, headers={**one.headers, **key})
        again = await client.post("/v1/count", json={}, headers={**one.headers, **key})
        assert (first.status_code, first.json()) == (201, {"count": 1})
        assert (again.status_code, again.json()) == (201, {"count": 1})
        assert "idempotency-replayed" not in first.headers
        assert again.headers["idempotency-replayed"] == "true"

        other = await client.post("/v1/count", json={"a": 1}, headers={**one.headers, **key})
        assert other.status_code == 422
        somebody = await client.post("/v1/count", json={}, headers={**two.headers, **key})
        assert somebody.json() == {"count": 2}
        without = await client.post("/v1/count", json={}, headers=one.headers)
        assert without.json() == {"count": 3}


async def test_requests_at_the_same_time_are_carried_out_once(
    runtime: Runtime,
    actor: MakeActor,
) -> None:
    counter, one = Counter(), await actor()
    headers = {**one.headers, "idempotency-key": uuid4().hex}
    async with serving(runtime, counter.router) as client:
        answers = await asyncio.gather(
            *(client.post("/v1/count", json={}, headers=headers) for _ in range(4)),
        )
    assert [(a.status_code, a.json()) for a in answers] == [(201, {"count": 1})] * 4
    assert counter.count == 1


async def test_what_failed_may_be_tried_again(runtime: Runtime, actor: MakeActor) -> None:
    counter, one = Counter(), await actor()
    headers = {**one.headers, "idempotency-key": uuid4().hex}
    async with serving(runtime, counter.router) as client:
        for count in (1, 2):
            answer = await client.post("/v1/count", json={"fail": True}, headers=headers)
            assert answer.status_code == 409
            assert counter.count == count


async def test_odd_keys_are_refused(runtime: Runtime, actor: MakeActor) -> None:
    counter, one = Counter(), await actor()
    async with serving(runtime, counter.router) as client:
        for key in ("", "a b", "x" * 201):
            headers = {**one.headers, "idempotency-key": key}
            assert (await client.post("/v1/count", json={}, headers=headers)).status_code == 400
    assert counter.count == 0


async def test_an_answer_with_a_secret_is_not_kept(runtime: Runtime, actor: MakeActor) -> None:
    counter, one, key = Counter(), await actor(), uuid4().hex
    headers = {**one.headers, "idempotency-key": key}
    async with serving(runtime, counter.router) as client:
        answer = await client.post("/v1/count", json={"secret": "x"}, headers=headers)
        assert answer.status_code == 201
    async with runtime.unit(one.context) as unit:
        query = text("select count(*) from idempotency_keys where key = :key")
        assert await unit.session.scalar(query, {"key": key}) == 0
