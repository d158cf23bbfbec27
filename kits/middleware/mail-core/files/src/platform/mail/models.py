"""Mail on its way, and addresses that get none."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.orm import Base, Keyed


class Status(StrEnum):
    """How far a message has come."""

    QUEUED = "queued"
    SENT = "sent"
    SUPPRESSED = "suppressed"
    FAILED = "failed"


class Reason(StrEnum):
    """Why an address gets no mail."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBED = "unsubscribed"
    MANUAL = "manual"


class MailMessage(Keyed, Base):
    """A message. Its body is erased once it is sent: it may hold a link that signs somebody in."""

    __tablename__ = "mail_messages"
    __table_args__ = (
        CheckConstraint("status in ('queued', 'sent', 'suppressed', 'failed')", name="status"),
        Index("ix_mail_messages_due_at", "due_at", postgresql_where=text("status = 'queued'")),
    )

    kind: Mapped[str] = mapped_column(String(60))
    recipient: Mapped[str] = mapped_column(String(254), index=True)
    subject: Mapped[str] = mapped_column(String(250))
    text: Mapped[str | None]
    html: Mapped[str | None]
    essential: Mapped[bool]
    status: Mapped[str] = mapped_column(String(12), server_default=Status.QUEUED.value)
    attempts: Mapped[int] = mapped_column(server_default="0")
    error: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    sent_at: Mapped[datetime | None]


class MailSuppression(Base):
    """An address that gets no mail."""

    __tablename__ = "mail_suppressions"
    __table_args__ = (
        CheckConstraint(
            "reason in ('bounce', 'complaint', 'unsubscribed', 'manual')", name="reason"
        ),
    )

    address: Mapped[str] = mapped_column(String(254), primary_key=True)
    reason: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
