"""How often which rule fired, and was corrected by hand afterwards, by day and queue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is counted yet: the worker counts what was decided so far."""
    op.create_table(
        "rule_figures",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("ruleset", sa.String(80), primary_key=True),
        sa.Column("rule", sa.String(80), primary_key=True),
        sa.Column("queue_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("fired", sa.Integer(), nullable=False),
        sa.Column("overridden", sa.Integer(), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_rule_figures_ruleset_day", "rule_figures", ["ruleset", "day"])
    op.create_table(
        "rule_figures_mark",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("trace_id", sa.Integer(), nullable=False),
        sa.Column("history_id", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    """Forget the figures; they can be counted again."""
    op.drop_table("rule_figures_mark")
    op.drop_index("ix_rule_figures_ruleset_day", "rule_figures")
    op.drop_table("rule_figures")
