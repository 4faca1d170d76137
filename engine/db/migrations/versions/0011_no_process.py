"""A ticket whose process could not begin has an incident, too, though no instance yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An incident need not name an instance."""
    with op.batch_alter_table("incident") as incident:
        incident.alter_column("instance_id", existing_type=sa.Integer(), nullable=True)
