"""A step that could not be given to whom its lane means says so, and can be found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is known of the steps that are open already."""
    problem: sa.Column[str] = sa.Column(
        "problem", sa.String(length=300), nullable=False, server_default=""
    )
    op.add_column("work_item", problem)
