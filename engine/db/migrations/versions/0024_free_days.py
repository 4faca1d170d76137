"""Which days are free is worked out when a calendar is published, not whenever a process starts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Empty at first, which says that they are not worked out; `vorgang init` does it."""
    column: sa.Column[str] = sa.Column("free_days", sa.Text(), nullable=False, server_default="")
    op.add_column("calendar", column)
