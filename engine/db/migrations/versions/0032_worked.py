"""How much working time a stay at a step took, beside the time of the clock."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of stays of the past it is known only where they took no time at all."""
    op.add_column("step_visit", sa.Column("worked", sa.Integer()))
    op.execute(sa.text("update step_visit set worked = 0 where seconds = 0"))
