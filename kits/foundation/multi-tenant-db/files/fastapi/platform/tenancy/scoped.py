"""What models inherit whose rows belong to a tenant."""

from typing import Final
from uuid import UUID

from sqlalchemy import ForeignKey, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

# The tenant of the transaction under way, or null.
CURRENT: Final = "nullif(current_setting('app.tenant_id', true), '')::uuid"


class Scoped:
    """Rows that belong to one tenant; the database fills in and enforces which."""

    @declared_attr
    def tenant_id(cls) -> Mapped[UUID]:  # noqa: N805
        """The owner."""
        return mapped_column(
            ForeignKey("tenants.id", ondelete="CASCADE"),
            server_default=text(CURRENT),
            sort_order=900,
        )


class OptionallyScoped:
    """Rows that belong to one tenant or to the installation."""

    @declared_attr
    def tenant_id(cls) -> Mapped[UUID | None]:  # noqa: N805
        """The owner, if it is a tenant."""
        return mapped_column(
            ForeignKey("tenants.id", ondelete="CASCADE"),
            server_default=text(CURRENT),
            sort_order=900,
        )
