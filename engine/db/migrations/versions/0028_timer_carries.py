"""What one ticket tells another is carried by the timer row that is due at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.db.base import Json

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A message, its payload and its sender, for timers of this kind alone."""
    op.add_column("timer", sa.Column("carries", Json, nullable=True))
