"""A clock that no SLA promises is no row any more; its time is in what happened."""

from __future__ import annotations

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The rows that were idle went when what happened was put together."""
    op.drop_column("ticket_clock", "idle")
