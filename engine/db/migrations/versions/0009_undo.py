"""What an action changed is kept for a short time, so that it can be taken back exactly."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """A row for each action that can be taken back."""
    op.create_table(
        "undo",
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("until", UTC, nullable=False),
        sa.Column("used_at", UTC),
        sa.Column("entries", JSON, nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_undo")),
    )
    op.create_index(op.f("ix_undo_until"), "undo", ["until"])
