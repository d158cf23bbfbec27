"""The document is complete and the one that is checked in."""

from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from app.core.problems import MEDIA_TYPE
from app.core.runtime import Runtime
from app.core.settings import Environment
from app.platform.openapi.document import document
from app.tools.openapi import FILE, text
from tests.support.probe import serving


@pytest.fixture
def described(app: FastAPI) -> dict[str, Any]:
    return document(app)


def test_it_is_checked_in(environment: None) -> None:
    assert FILE.exists(), "run `make generate`"
    assert FILE.read_text() == text(), "run `make generate`"


def test_every_operation_is_described(described: dict[str, Any]) -> None:
    known = {tag["name"] for tag in described["tags"]}
    seen: set[str] = set()
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["operationId"] not in seen, where
            seen.add(operation["operationId"])
            assert operation["description"], where
            assert set(operation["tags"]) <= known, where
            assert set(operation["responses"]["default"]["content"]) == {MEDIA_TYPE}, where


async def test_it_is_shown(client: AsyncClient) -> None:
    assert (await client.get("/openapi.json")).json()["openapi"].startswith("3.")


async def test_it_is_hidden_in_production(
    runtime: Runtime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = frozenset({Environment.TEST})
    monkeypatch.setattr("app.platform.openapi.module.HIDDEN", here)
    async with serving(runtime) as client:
        assert (await client.get("/openapi.json")).status_code == 404
{% if option.page %}
        assert (await client.get("/docs")).status_code == 404
{% endif %}
