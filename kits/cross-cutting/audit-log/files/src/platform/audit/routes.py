"""Reading the trail."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy import Select, select

from app.core.http import Router, Work, guard
from app.platform.audit.models import AuditEntry
from app.wiring.permissions import Permission

router = Router(prefix="/audit", tags=["audit"])


def _written_out(value: object) -> object:
    # Otherwise a number would pass as seconds since 1970.
    if isinstance(value, str) and "-" in value:
        return value
    message = "a date and a time, with an offset"
    raise ValueError(message)


Instant = Annotated[AwareDatetime, BeforeValidator(_written_out)]


class AuditFilter(BaseModel):
    """Which entries; all that is given must hold."""

    model_config = ConfigDict(extra="forbid")

    actor: UUID | None = None
    action: Annotated[str, Field(max_length=100, pattern=r"^[a-z0-9.-]*$")] | None = None
    subject: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")] | None = None
    since: Instant | None = None
    until: Instant | None = None
    before: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class AuditEntryRead(BaseModel):
    """One entry."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    at: datetime
    action: str
    subject: str
    actor_id: UUID | None
    actor_kind: str | None
    session_id: UUID | None
    address: str
    request_id: str
    details: dict[str, Any]


class AuditPage(BaseModel):
    """Entries, the newest first; `next_before` asks for older ones."""

    items: list[AuditEntryRead]
    next_before: int | None


def _matching(wanted: AuditFilter) -> Select[tuple[AuditEntry]]:
    query = select(AuditEntry).order_by(AuditEntry.id.desc())
    if wanted.actor is not None:
        query = query.where(AuditEntry.actor_id == wanted.actor)
    if wanted.action is not None:
        query = query.where(AuditEntry.action == wanted.action)
    if wanted.subject is not None:
        query = query.where(AuditEntry.subject == wanted.subject)
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEntry.at < wanted.until)
    if wanted.before is not None:
        query = query.where(AuditEntry.id < wanted.before)
    return query


async def _page(work: Work, query: Select[tuple[AuditEntry]], limit: int) -> AuditPage:
    found = (await work.session.scalars(query.limit(limit + 1))).all()
    items = [AuditEntryRead.model_validate(entry) for entry in found[:limit]]
    return AuditPage(items=items, next_before=items[-1].id if len(found) > limit else None)


@router.get("", dependencies=[guard(Permission.AUDIT_READ)])
async def list_entries(wanted: Annotated[AuditFilter, Query()], work: Work) -> AuditPage:
    """What happened here."""
    return await _page(work, _matching(wanted), wanted.limit)


@router.get("/mine", dependencies=[guard(Permission.AUDIT_READ_MINE)])
async def list_my_entries(wanted: Annotated[AuditFilter, Query()], work: Work) -> AuditPage:
    """What happened to the caller's own account."""
    mine = AuditEntry.subject == f"user:{work.principal.id}"
    return await _page(work, _matching(wanted).where(mine), wanted.limit)
