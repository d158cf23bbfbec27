"""Writes the trail. It knows no event, only the trait that says that one belongs here."""

from sqlalchemy import insert

from app.core.events import Audited
from app.core.unit import Unit
from app.platform.audit.models import AuditEntry


async def record(event: Audited, unit: Unit) -> None:
    """Write an entry in the transaction of the change: both are there, or none."""
    context = unit.context
    actor = context.principal
    await unit.session.flush()
    await unit.session.execute(
        insert(AuditEntry).values(
            event_id=event.id,
            action=event.type,
            subject=event.subject()[:200],
            actor_id=actor.id if actor else None,
            actor_kind=actor.kind if actor else None,
            session_id=actor.session if actor else None,
            address=context.client[:45],
            request_id=context.request_id[:64],
            details=event.model_dump(mode="json", exclude={"id"}),
        )
    )
