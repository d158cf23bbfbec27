"""Entries belong to the tenant in which it happened."""

import sqlalchemy as sa
from alembic import op

revision = "audit__tenancy_0001"
down_revision = None
branch_labels = ("audit__tenancy",)
depends_on = ("audit_0001", "tenancy_0001")

CURRENT = "nullif(current_setting('app.tenant_id', true), '')::uuid"


def upgrade() -> None:
    """Add the tenant, without a reference: entries outlive the tenant."""
    op.add_column(
        "audit_entries",
        sa.Column("tenant_id", sa.Uuid(), server_default=sa.text(CURRENT), nullable=True),
    )
    op.execute("alter table audit_entries enable row level security, force row level security")
    op.execute(
        f"create policy tenant on audit_entries using (tenant_id is not distinct from {CURRENT}) "
        f"with check (tenant_id is not distinct from {CURRENT})"
    )


def downgrade() -> None:
    """Take it away."""
    op.execute("drop policy tenant on audit_entries")
    op.execute("alter table audit_entries no force row level security, disable row level security")
    op.drop_column("audit_entries", "tenant_id")
