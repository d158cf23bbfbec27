"""Each tenant has a chain of its own."""

from alembic import op

revision = "audit__tenancy_0002"
down_revision = "audit__tenancy_0001"
branch_labels = None
depends_on = ("audit_0002",)

NAME = "create or replace function audit_chain_name() returns text language sql stable as $${}$$"


def upgrade() -> None:
    """Name chains by tenant."""
    op.execute(NAME.format("select coalesce(current_setting('app.tenant_id', true), '')"))


def downgrade() -> None:
    """One chain for all."""
    op.execute(NAME.format("select ''::text"))
