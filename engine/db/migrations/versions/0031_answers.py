"""Finished steps keep what was answered, without what people wrote."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of steps finished before, nothing was kept."""
    op.add_column("work_item", sa.Column("answers", JSON))


def downgrade() -> None:
    """Forget them."""
    op.drop_column("work_item", "answers")
