"""An SLA promises updates too, warns several times, escalates in levels and rests in states."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The one warning of an SLA becomes the first of several.

    Without rebuilding the table, which would lose its triggers on SQLite.
    """
    op.add_column("sla", sa.Column("update", sa.Integer(), nullable=True))
    counts = sa.Column("update_counts", sa.String(20), nullable=False, server_default="unanswered")
    op.add_column("sla", counts)
    for name in ("warn_percents", "escalate_after", "rests_in"):
        op.add_column("sla", sa.Column(name, JSON, nullable=False, server_default="[]"))
    sla = sa.table(
        "sla", sa.column("id"), sa.column("warn_percent"), sa.column("warn_percents", JSON)
    )
    connection = op.get_bind()
    for number, percent in connection.execute(sa.select(sla.c.id, sla.c.warn_percent)).all():
        wanted = sa.update(sla).where(sla.c.id == number)
        connection.execute(wanted.values(warn_percents=[percent]))
    op.drop_column("sla", "warn_percent")
