"""The document: what the framework knows, and what each group of routes is about."""

from typing import Any, Final

from fastapi import FastAPI

TAGS: Final[list[dict[str, str]]] = []


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of an application."""
    made = app.openapi()
    used = {
        tag
        for path in made["paths"].values()
        for operation in path.values()
        for tag in operation.get("tags", [])
    }
    return {**made, "tags": [tag for tag in TAGS if tag["name"] in used]}
