"""A company's own field is retired instead of deleted: tickets keep what was written into it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add whether the field is offered; the table is not made anew, for its triggers."""
    op.add_column(
        "custom_field", sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true())
    )
