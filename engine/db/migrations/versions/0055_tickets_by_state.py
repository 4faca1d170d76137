"""The tickets in a state are found in order, one after the other."""

from __future__ import annotations

from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The round of every hour goes from state to state, and on behind a ticket."""
    op.drop_index("ix_ticket_state_id", "ticket")
    op.create_index("ix_ticket_state_id_id", "ticket", ["state_id", "id"])


def downgrade() -> None:
    """Only by state again."""
    op.drop_index("ix_ticket_state_id_id", "ticket")
    op.create_index("ix_ticket_state_id", "ticket", ["state_id"])
