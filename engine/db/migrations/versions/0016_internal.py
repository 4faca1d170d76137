"""An organisation can belong to the house: its people find what is offered to insiders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody is inside before somebody says so: `vorgang user organisation NAME --internal`."""
    op.add_column(
        "organisation",
        sa.Column("internal", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
