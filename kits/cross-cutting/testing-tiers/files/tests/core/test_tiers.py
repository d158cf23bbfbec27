"""Each tier runs what the ones before it run, and something more."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.support.tiers import TIERS, pytest_collection_modifyitems


def item(name: str, mark: str = "", *fixtures: str) -> Any:
    def marker(asked: str) -> str | None:
        return mark if asked == mark else None

    return SimpleNamespace(name=name, get_closest_marker=marker, fixturenames=fixtures)


@pytest.mark.parametrize("tier", TIERS)
def test_a_tier_keeps_what_belongs_to_it(tier: str) -> None:
    items = [
        item("quick"),
        item("pull-request", "", "environment"),
        item("nightly", "nightly"),
        item("weekly", "weekly", "environment"),
    ]
    dropped: list[Any] = []
    hook = SimpleNamespace(pytest_deselected=lambda items: dropped.extend(items))
    config = SimpleNamespace(getoption=lambda _: tier, hook=hook)
    pytest_collection_modifyitems(cast("pytest.Config", config), items)
    assert [found.name for found in items] == list(TIERS[: TIERS.index(tier) + 1])
    assert [found.name for found in dropped] == list(TIERS[TIERS.index(tier) + 1 :])
