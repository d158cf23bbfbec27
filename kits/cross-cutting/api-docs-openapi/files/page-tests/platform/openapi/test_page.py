"""The page shows every operation, runs nothing and loads nothing."""

import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Any

from fastapi import FastAPI
from httpx import AsyncClient

from app.platform.openapi.document import document
from app.platform.openapi.page import render


async def test_every_operation_and_schema_is_shown(app: FastAPI, client: AsyncClient) -> None:
    page = await client.get("/docs")
    assert page.status_code == 200
    described = document(app)
    for path, operations in described["paths"].items():
        assert f"</span> {escape(path)}\n" in page.text
        for operation in operations.values():
            assert f'id="{operation["operationId"]}"' in page.text
    targets = set(re.findall(r'id="(schema-[^"]*)"', page.text))
    assert targets == {f"schema-{name}" for name in described["components"]["schemas"]}
    assert set(re.findall(r'href="#([^"]*)"', page.text)) <= targets


async def test_the_browser_uses_nothing_but_its_style(client: AsyncClient) -> None:
    page = await client.get("/docs")
    assert re.findall(r"<(?:script|link|img|iframe)|\ssrc=|url\(|@import", page.text) == []
    [style] = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = page.headers["content-security-policy"].split("; ")
    assert "default-src 'none'" in policy
    assert f"style-src 'sha256-{digest}'" in policy
    assert "frame-ancestors 'none'" in policy


def test_words_of_the_document_are_no_markup() -> None:
    evil = "<script>alert(1)</script>"
    operation: dict[str, Any] = {
        "tags": ["t"],
        "operationId": "t-call",
        "summary": evil,
        "description": evil,
        "parameters": [{"name": evil, "in": "query", "schema": {"title": evil}}],
        "requestBody": {"content": {evil: {"schema": {"title": evil}}}},
        "responses": {"204": {"description": evil}},
    }
    made = render(
        {
            "info": {"title": evil, "version": evil, "description": evil},
            "tags": [{"name": "t", "x-displayName": evil, "description": evil}],
            "paths": {f"/{evil}": {"get": operation}},
            "components": {"schemas": {"S": {"title": evil}}},
        }
    )
    assert "<script" not in made
    assert made.count(escape("<script>")) == 15
