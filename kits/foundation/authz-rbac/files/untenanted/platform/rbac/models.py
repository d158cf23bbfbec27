"""Who has which role in this installation."""

from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.orm import Base, Timestamped


class RoleAssignment(Timestamped, Base):
    """The role of a user; users without one may do what everyone may."""

    __tablename__ = "role_assignments"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[str] = mapped_column(String(40), index=True)
