"""The trail."""

from datetime import datetime
from typing import Any
from uuid import UUID

{% if option.hash_chain %}
from sqlalchemy import BigInteger, Identity, Index, LargeBinary, String, func
{% else %}
from sqlalchemy import BigInteger, Identity, String, func
{% endif %}
from sqlalchemy.orm import Mapped, mapped_column

from app.core.orm import Base
from app.platform.audit.scope import Owned


class AuditEntry(Owned, Base):
    """One entry. The service may add and read entries, not change or remove them.

    It refers to no other row: an entry outlives whatever it is about.
    """

    __tablename__ = "audit_entries"
{% if option.hash_chain %}
    __table_args__ = (Index("ix_audit_entries_chain_id", "chain", "id"),)
{% endif %}

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(unique=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    action: Mapped[str] = mapped_column(String(100), index=True)
    subject: Mapped[str] = mapped_column(String(200), index=True)
    actor_id: Mapped[UUID | None] = mapped_column(index=True)
    actor_kind: Mapped[str | None] = mapped_column(String(20))
    session_id: Mapped[UUID | None]
    address: Mapped[str] = mapped_column(String(45))
    request_id: Mapped[str] = mapped_column(String(64))
    details: Mapped[dict[str, Any]]
{% if option.hash_chain %}
    chain: Mapped[str | None]
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)
{% endif %}
