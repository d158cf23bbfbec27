"""Seeds run in order, again without harm, and demonstration data never in production."""

import pytest

from app.core.base import module as core
from app.core.module import Module, Seed, Tier
from app.core.runtime import Runtime
from app.tools.seed import NotHere, seed


def part(name: str, tier: Tier, seen: list[str]) -> Module:
    async def run(_: Runtime) -> None:
        seen.append(name)

    return Module(name=name, seeds=(Seed("rows", tier, run),))


def service(seen: list[str]) -> Runtime:
    reference, demo = part("a", Tier.REFERENCE, seen), part("b", Tier.DEMO, seen)
    return Runtime((core, demo, reference))


async def test_tiers_run_in_the_order_of_the_parts(environment: None) -> None:
    seen: list[str] = []
    assert await seed(service(seen), [Tier.REFERENCE]) == ["a.rows"]
    assert await seed(service(seen), [Tier.REFERENCE, Tier.DEMO]) == ["b.rows", "a.rows"]
    assert seen == ["a", "b", "a"]


async def test_no_demonstration_in_production(
    environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APP_ENV", "production")
    seen: list[str] = []
    with pytest.raises(NotHere):
        await seed(service(seen), [Tier.REFERENCE, Tier.DEMO])
    assert seen == []
    assert await seed(service(seen), [Tier.REFERENCE]) == ["a.rows"]
