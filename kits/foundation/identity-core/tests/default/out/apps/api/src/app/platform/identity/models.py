"""Users."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.orm import Base, Keyed, Timestamped


class User(Keyed, Timestamped, Base):
    """A person. How the person signs in is somebody else's table."""

    __tablename__ = "users"

    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200), server_default="")
    email_verified_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
