"""Who leads a group: rules tell them when its tickets run late."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody leads a group before an admin says so."""
    op.create_table(
        "team_lead",
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("group_id", sa.Integer(), sa.ForeignKey("team.id"), primary_key=True),
    )
    op.create_index("ix_team_lead_group_id", "team_lead", ["group_id"])


def downgrade() -> None:
    """Forget who leads which group."""
    op.drop_table("team_lead")
