"""Requests that have been carried out, with their answers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "http_api_0001"
down_revision = None
branch_labels = ("http_api",)
depends_on = None

USER = "nullif(current_setting('app.user_id', true), '')::uuid"


def upgrade() -> None:
    """Each caller sees its own only."""
    op.create_table(
        "idempotency_keys",
        sa.Column("principal_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", postgresql.JSONB(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("principal_id", "scope", "key", name=op.f("pk_idempotency_keys")),
    )
    op.execute("alter table idempotency_keys enable row level security, force row level security")
    op.execute(
        "create policy own on idempotency_keys "
        f"using (principal_id = {USER}) with check (principal_id = {USER})"
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("idempotency_keys")
