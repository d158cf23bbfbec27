"""The start of your own migrations.

New ones: `alembic revision --autogenerate --head app@head -m "what changes"`.
"""

revision = "app_0001"
down_revision = None
branch_labels = ("app",)
depends_on = None


def upgrade() -> None:
    """Begin."""


def downgrade() -> None:
    """Undo nothing."""
