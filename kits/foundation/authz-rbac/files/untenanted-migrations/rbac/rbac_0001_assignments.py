"""Who has which role."""

import sqlalchemy as sa
from alembic import op

revision = "rbac_0001"
down_revision = None
branch_labels = ("rbac",)
depends_on = ("identity_0001",)

NOW = sa.text("now()")


def upgrade() -> None:
    """Create `role_assignments`."""
    op.create_table(
        "role_assignments",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_role_assignments_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_role_assignments")),
    )
    op.create_index(op.f("ix_role_assignments_role"), "role_assignments", ["role"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("role_assignments")
