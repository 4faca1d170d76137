"""What people are good at, by which rules hand tickets out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has a skill before an admin says so."""
    op.create_table(
        "person_skill",
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("skill", sa.String(60), primary_key=True),
    )


def downgrade() -> None:
    """Forget who can do what."""
    op.drop_table("person_skill")
