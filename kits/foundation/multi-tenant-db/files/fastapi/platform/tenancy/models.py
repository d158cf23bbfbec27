"""Tenants and their members."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.orm import Base, Keyed, Timestamped


class Tenant(Keyed, Timestamped, Base):
    """A workspace."""

    __tablename__ = "tenants"

    name: Mapped[str] = mapped_column(String(120))


class Membership(Base):
    """A user's place in a workspace."""

    __tablename__ = "memberships"
    __table_args__ = (Index("ix_memberships_user_id", "user_id"),)

    tenant_id: Mapped[UUID] = mapped_column(
        ForeignKey("tenants.id", ondelete="CASCADE"),
        primary_key=True,
    )
    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"),
        primary_key=True,
    )
    role: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
