"""Who is disturbed by keys of one letter can switch them off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; the keys are on until somebody says otherwise."""
    column: sa.Column[bool] = sa.Column(
        "letter_keys", sa.Boolean(), nullable=False, server_default=sa.true()
    )
    op.add_column("person", column)
