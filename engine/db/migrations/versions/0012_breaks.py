"""The outbox counts apart how often a worker died over a row: tries alone go on for days."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rows that wait begin at none."""
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("breaks", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("outbox") as table:
        table.alter_column("breaks", server_default=None)
