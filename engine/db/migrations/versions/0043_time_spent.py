"""How long it takes to do what rules decide is measured, and counted with their figures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing of what has been decided was measured."""
    op.add_column("decision_trace", sa.Column("spent", JSON, nullable=True))
    with op.batch_alter_table("rule_figures") as table:
        table.add_column(sa.Column("spent", sa.BigInteger(), nullable=False, server_default="0"))
        table.add_column(sa.Column("timed", sa.Integer(), nullable=False, server_default="0"))
