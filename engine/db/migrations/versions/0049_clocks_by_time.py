"""Clocks by when they are due and when they ended: what will be late, and what was kept."""

from __future__ import annotations

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Find them without reading all."""
    op.create_index("ix_ticket_clock_due_at", "ticket_clock", ["due_at"])
    op.create_index("ix_ticket_clock_stopped_at", "ticket_clock", ["stopped_at"])


def downgrade() -> None:
    """Read all of them again."""
    op.drop_index("ix_ticket_clock_stopped_at", "ticket_clock")
    op.drop_index("ix_ticket_clock_due_at", "ticket_clock")
