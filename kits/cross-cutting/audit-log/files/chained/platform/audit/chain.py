"""Whether the trail is as it was written."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from app.core.unit import Unit

_BROKEN: Final = text(
    """
    select linked.id from (
        select entry.id, entry.digest, audit_digest(
            entry, lag(entry.digest) over (partition by entry.chain order by entry.id)
        ) as expected
        from audit_entries as entry
        where entry.digest is not null
    ) as linked
    where linked.digest <> linked.expected
    order by linked.id limit 1
    """
)
_HEAD: Final = text(
    """
    select id, encode(digest, 'hex') as digest from audit_entries
    where digest is not null order by id desc limit 1
    """
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a chain."""

    broken_at: int | None
    last: int | None
    digest: str


async def verify(unit: Unit) -> Verdict:
    """Follow the chain of the unit's context."""
    broken = await unit.session.scalar(_BROKEN)
    head = (await unit.session.execute(_HEAD)).one_or_none()
    if head is None:
        return Verdict(broken, None, "")
    return Verdict(broken, head.id, head.digest)
