"""Links that prove that somebody reads the mail of an address: random, expiring, used once."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, func
from sqlalchemy.orm import Mapped, mapped_column

from app.core.orm import Base, Keyed


class Purpose(StrEnum):
    """What a link is for."""

    VERIFY_EMAIL = "verify-email"
    RESET_PASSWORD = "reset-password"  # noqa: S105


class MailedLink(Keyed, Base):
    """A link, by the digest of its token."""

    __tablename__ = "mailed_links"
    __table_args__ = (
        CheckConstraint("purpose in ('verify-email', 'reset-password')", name="purpose"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(String(20))
    email: Mapped[str] = mapped_column(String(254))
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
