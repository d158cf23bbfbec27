"""Four tiers of tests: `pytest --tier quick|pull-request|nightly|weekly`.

Quick tests need no database. What is marked `nightly` or `weekly` waits for that tier.
Each tier contains the ones before it.
"""

from collections.abc import Sequence

import pytest

TIERS = ("quick", "pull-request", "nightly", "weekly")
SERVICES = frozenset({"environment", "empty_database"})


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the choice of a tier."""
    parser.addoption("--tier", choices=TIERS, default="pull-request", help="how much to run")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks."""
    for tier in TIERS[2:]:
        config.addinivalue_line("markers", f"{tier}: runs in the {tier} tier and above")


def tier_of(item: pytest.Item) -> int:
    """The lowest tier that a test runs in."""
    for position in (3, 2):
        if item.get_closest_marker(TIERS[position]):
            return position
    needs: Sequence[str] = getattr(item, "fixturenames", ())
    return 1 if SERVICES & set(needs) else 0


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep what belongs to the tier."""
    limit = TIERS.index(config.getoption("tier"))
    kept = [item for item in items if tier_of(item) <= limit]
    if len(kept) < len(items):
        config.hook.pytest_deselected(items=[item for item in items if tier_of(item) > limit])
    items[:] = kept
