"""Links that prove that somebody reads the mail of an address."""

import sqlalchemy as sa
from alembic import op

revision = "auth__mail_0001"
down_revision = None
branch_labels = ("auth__mail",)
depends_on = ("auth_0001", "mail_0001")


def upgrade() -> None:
    """Create `mailed_links`."""
    op.create_table(
        "mailed_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "purpose in ('verify-email', 'reset-password')",
            name=op.f("ck_mailed_links_purpose"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_mailed_links_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailed_links")),
        sa.UniqueConstraint("digest", name=op.f("uq_mailed_links_digest")),
    )
    op.create_index(op.f("ix_mailed_links_user_id"), "mailed_links", ["user_id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("mailed_links")
