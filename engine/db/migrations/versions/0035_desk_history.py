"""What was done with the desk is found by what it was."""

from __future__ import annotations

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The index of the model."""
    op.create_index("ix_desk_history_what_id", "desk_history", ["what", "id"])


def downgrade() -> None:
    """Without it."""
    op.drop_index("ix_desk_history_what_id", "desk_history")
