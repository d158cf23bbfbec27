"""Entity tags: a change is refused if the thing has changed since the caller saw it."""

from typing import Annotated

from fastapi import Header

from app.core.problems import PreconditionFailed

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", max_length=200, description="The entity tag that was last seen"),
]


def etag(version: int) -> str:
    """The entity tag of a version."""
    return f'"{version}"'


def check(if_match: str | None, version: int) -> None:
    """Refuse if the caller has seen another version."""
    if if_match is None:
        return
    tags = {tag.strip().removeprefix("W/") for tag in if_match.split(",")}
    if "*" not in tags and etag(version) not in tags:
        raise PreconditionFailed
