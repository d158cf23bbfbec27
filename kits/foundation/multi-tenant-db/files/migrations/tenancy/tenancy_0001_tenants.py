"""Tenants and their members."""

import sqlalchemy as sa
from alembic import op

revision = "tenancy_0001"
down_revision = None
branch_labels = ("tenancy",)
depends_on = ("identity_0001",)

USER = "nullif(current_setting('app.user_id', true), '')::uuid"
TENANT = "nullif(current_setting('app.tenant_id', true), '')::uuid"
OWN = """
    id in (
        select tenant_id from memberships
        where user_id = nullif(current_setting('app.user_id', true), '')::uuid
    )
"""


def upgrade() -> None:
    """Members see their tenants and memberships; changes happen inside a tenant only."""
    op.create_table(
        "tenants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenants")),
    )
    op.create_table(
        "memberships",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_memberships_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_memberships_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", name=op.f("pk_memberships")),
    )
    op.create_index("ix_memberships_user_id", "memberships", ["user_id"])
    op.execute("alter table memberships enable row level security, force row level security")
    op.execute(f"create policy own on memberships for select using (user_id = {USER})")
    op.execute(
        "create policy tenant on memberships "
        f"using (tenant_id = {TENANT}) with check (tenant_id = {TENANT})"
    )
    op.execute("alter table tenants enable row level security, force row level security")
    op.execute(f"create policy own on tenants for select using ({OWN})")
    op.execute(f"create policy tenant on tenants using (id = {TENANT}) with check (id = {TENANT})")


def downgrade() -> None:
    """Drop them."""
    op.execute("drop policy own on tenants")
    op.drop_table("memberships")
    op.drop_table("tenants")
