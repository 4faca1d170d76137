"""Of a ticket's versions it is known in how many only its clocks went on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Those made before are all taken for changes, so that what somebody read stays what it was."""
    count: sa.Column[int] = sa.Column("by_clocks", sa.Integer(), nullable=False, server_default="0")
    op.add_column("ticket", count)


def downgrade() -> None:
    """Each version is a change again."""
    op.drop_column("ticket", "by_clocks")
