"""What has failed in a process is asked for at each of its steps."""

from __future__ import annotations

from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Find it without reading what failed on all tickets."""
    op.create_index("ix_incident_instance_id", "incident", ["instance_id"])


def downgrade() -> None:
    """Read all of it again."""
    op.drop_index("ix_incident_instance_id", "incident")
