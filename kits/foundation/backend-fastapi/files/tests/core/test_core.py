"""What the core promises to every part."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import ClassVar, Protocol
from uuid import UUID, uuid4

import pytest
from fastapi import APIRouter, FastAPI
from httpx import ASGITransport, AsyncClient
from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from app.core.base import module as core
from app.core.context import Context, Principal
from app.core.events import Audited, Event, Phase, on
from app.core.http import Router, guard, public
from app.core.module import Health, Module
from app.core.ports import Port, bind
from app.core.problems import FieldError, Invalid
from app.core.runtime import Runtime
from app.core.settings import ConfigurationError, Settings
from app.core.unit import Unit
from app.factory import create_app
from app.wiring.modules import MODULES


class Greeter(Protocol):
    """Says something."""

    def greet(self) -> str:
        """What it says."""


class Polite:
    """Says hello."""

    def greet(self) -> str:
        return "hello"


class Rude:
    """Says less."""

    def greet(self) -> str:
        return "what?"


GREETER = Port[Greeter]("test.greeter")


class Moved(Audited):
    """Something went somewhere."""

    type: ClassVar[str] = "test.thing-moved"
    where: str


@asynccontextmanager
async def calling(app: FastAPI) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.state.runtime.running(),
        AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        yield client


def test_the_last_binding_wins() -> None:
    first = Module(name="first", bindings=(bind(GREETER, lambda _: Polite()),))
    second = Module(name="second", bindings=(bind(GREETER, lambda _: Rude()),))
    assert Runtime((core, first)).ports.get(GREETER).greet() == "hello"
    assert Runtime((core, first, second)).ports.get(GREETER).greet() == "what?"
    with pytest.raises(LookupError, match=r"test\.greeter"):
        Runtime((core,)).ports.get(GREETER)


def test_two_parts_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="same name: twin"):
        Runtime((core, Module(name="twin"), Module(name="twin")))


def test_every_fault_of_the_configuration_is_reported_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class One(Settings):
        model_config = SettingsConfigDict(env_prefix="ONE_")
        address: str
        size: int = 1

    class Two(Settings):
        model_config = SettingsConfigDict(env_prefix="TWO_")
        key: SecretStr

    modules = (core, Module(name="one", settings=(One,)), Module(name="two", settings=(Two,)))
    monkeypatch.setenv("APP_ENV", "production")
    monkeypatch.setenv("ONE_SIZE", "many")
    monkeypatch.setenv("TWO_KEY", "change-me-to-something-long")
    with pytest.raises(ConfigurationError) as caught:
        Runtime(modules)
    faults = "\n".join(caught.value.faults)
    assert "ONE_ADDRESS" in faults
    assert "ONE_SIZE" in faults
    assert "TWO_KEY: too short or a placeholder" in faults
    assert "change-me" not in faults

    monkeypatch.setenv("APP_ENV", "development")
    monkeypatch.setenv("ONE_ADDRESS", "here")
    monkeypatch.setenv("ONE_SIZE", "3")
    assert Runtime(modules).settings(One).size == 3


async def test_parts_start_in_order_and_stop_in_reverse(runtime: Runtime) -> None:
    seen: list[str] = []

    def part(name: str) -> Module:
        @asynccontextmanager
        async def lifespan(_: Runtime) -> AsyncIterator[None]:
            seen.append(f"+{name}")
            yield
            seen.append(f"-{name}")

        return Module(name=name, lifespan=lifespan)

    async with Runtime((core, part("a"), part("b"))).running():
        assert seen == ["+a", "+b"]
    assert seen == ["+a", "+b", "-b", "-a"]


async def test_a_trait_reaches_its_handlers_in_both_phases(runtime: Runtime) -> None:
    seen: list[tuple[str, str, UUID | None]] = []
    caller = Principal(uuid4())

    async def inside(event: Audited, unit: Unit) -> None:
        seen.append(("inside", event.type, unit.principal.id))

    async def later(event: Moved, unit: Unit) -> None:
        seen.append((f"later:{event.where}", event.type, unit.principal.id))

    async def fails(event: Event, unit: Unit) -> None:
        raise RuntimeError

    listener = Module(
        name="listener",
        subscriptions=(
            on(Audited, inside, Phase.IN_TRANSACTION),
            on(Event, fails),
            on(Moved, later),
        ),
    )
    modules = tuple(m for m in runtime.modules if not m.subscriptions)
    async with (
        Runtime((*modules, listener)).running() as other,
        other.unit(Context(caller)) as unit,
    ):
        await unit.publish(Moved(where="home"))
        assert seen == [("inside", Moved.type, caller.id)]
    assert seen[1:] == [("later:home", Moved.type, caller.id)]


async def test_what_is_rolled_back_is_not_told(runtime: Runtime) -> None:
    seen: list[str] = []

    async def later(event: Moved, unit: Unit) -> None:
        seen.append(event.where)

    listener = Module(name="listener", subscriptions=(on(Moved, later),))
    with pytest.raises(ZeroDivisionError):
        async with Runtime((*runtime.modules, listener)).running() as other, other.unit() as unit:
            await unit.publish(Moved(where="home"))
            raise ZeroDivisionError
    assert seen == []


def test_a_context_survives_its_envelope() -> None:
    context = Context(Principal(uuid4(), "machine"), {"area": "north"}, "request-1", "10.0.0.1")
    assert Context.from_envelope(context.envelope()) == context
    assert Context.from_envelope(Context().envelope()) == Context()


def test_an_unprotected_route_stops_the_start() -> None:
    router = Router()

    @router.get("/open")
    async def open_() -> None: ...

    with pytest.raises(TypeError, match="/open of careless has neither guard nor public"):
        create_app((*MODULES, Module(name="careless", routers=(router,))))


def test_a_foreign_router_stops_the_start() -> None:
    router = APIRouter()

    @router.get("/open", dependencies=[public()])
    async def open_() -> None: ...

    foreign = Module(name="foreign", routers=(router,))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not of a core router"):
        create_app((*MODULES, foreign))


class Some(StrEnum):
    """A permission."""

    SOME = "some:thing"


def probe() -> Module:
    router = Router(prefix="/probe", tags=["probe"])

    @router.get("/guarded", dependencies=[guard(Some.SOME)])
    async def guarded() -> str:
        return "done"

    @router.put("/guarded", dependencies=[guard(Some.SOME)])
    async def put() -> str:
        return "done"

    @router.get("/broken", dependencies=[public()])
    async def broken() -> str:
        message = "a secret detail"
        raise RuntimeError(message)

    @router.post("/invalid", dependencies=[public()])
    async def invalid(size: int) -> str:
        raise Invalid("no", errors=[FieldError(field="size", message=str(size))])

    return Module(name="probe", routers=(router,))


async def test_errors_are_problems(runtime: Runtime) -> None:
    async with calling(create_app((*runtime.modules, probe()))) as client:
        answers = [
            (await client.get("/v1/probe/guarded"), 401),
            (await client.get("/v1/probe/nowhere"), 404),
            (await client.delete("/v1/probe/guarded"), 405),
            (await client.post("/v1/probe/invalid", params={"size": "x"}), 422),
            (await client.post("/v1/probe/invalid", params={"size": "1"}), 422),
            (await client.get("/v1/probe/broken"), 500),
        ]
    for answer, status in answers:
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        body = answer.json()
        assert body["status"] == status
        assert body["request_id"] == answer.headers["x-request-id"]
    assert answers[2][0].headers["allow"] == "GET, PUT"
    assert answers[3][0].json()["errors"][0]["field"] == "query.size"
    assert answers[4][0].json()["errors"] == [{"field": "size", "message": "1"}]
    assert "secret" not in answers[5][0].text


async def test_request_ids(client: AsyncClient) -> None:
    made = await client.get("{= backend.live =}")
    assert len(made.headers["x-request-id"]) == 32
    kept = await client.get("{= backend.live =}", headers={"x-request-id": "trace-0001"})
    assert kept.headers["x-request-id"] == "trace-0001"
    odd = await client.get("{= backend.live =}", headers={"x-request-id": "a\tforged line here"})
    assert odd.headers["x-request-id"] != "a\tforged line here"


async def test_alive_is_not_ready(runtime: Runtime) -> None:
    async def down(_: Runtime) -> None:
        raise ConnectionError

    broken = Module(name="broken", health=(Health("store", down),))
    async with calling(create_app((*runtime.modules, broken))) as client:
        assert (await client.get("{= backend.live =}")).status_code == 200
        answer = await client.get("{= backend.ready =}")
    assert answer.status_code == 503
    assert "store" in answer.json()["failing"]


async def test_it_is_ready(client: AsyncClient) -> None:
    answer = await client.get("{= backend.ready =}")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "failing": []})
