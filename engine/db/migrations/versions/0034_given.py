"""A subtask remembers what its parent handed over, for when it is opened again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of subtasks made before, nothing was kept."""
    op.add_column("process_instance", sa.Column("given", JSON))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("process_instance", "given")
