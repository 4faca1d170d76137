"""Who waits for a signal is found without looking through all that tickets wait for."""

from __future__ import annotations

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The index of the model."""
    op.create_index("ix_subscription_message", "subscription", ["message"])


def downgrade() -> None:
    """Without it."""
    op.drop_index("ix_subscription_message", "subscription")
