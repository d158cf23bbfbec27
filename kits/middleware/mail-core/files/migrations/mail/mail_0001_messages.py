"""Mail on its way, and addresses that get none."""

import sqlalchemy as sa
from alembic import op

revision = "mail_0001"
down_revision = None
branch_labels = ("mail",)
depends_on = None

NOW = sa.text("now()")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "mail_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=250), nullable=False),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("html", sa.String(), nullable=True),
        sa.Column("essential", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=12), server_default="queued", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status in ('queued', 'sent', 'suppressed', 'failed')",
            name=op.f("ck_mail_messages_status"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_messages")),
    )
    op.create_index(op.f("ix_mail_messages_recipient"), "mail_messages", ["recipient"])
    op.create_index(
        op.f("ix_mail_messages_due_at"),
        "mail_messages",
        ["due_at"],
        postgresql_where=sa.text("status = 'queued'"),
    )
    op.create_table(
        "mail_suppressions",
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.CheckConstraint(
            "reason in ('bounce', 'complaint', 'unsubscribed', 'manual')",
            name=op.f("ck_mail_suppressions_reason"),
        ),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_mail_suppressions")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("mail_suppressions")
    op.drop_table("mail_messages")
