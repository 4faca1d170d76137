"""Who is away and who stands in, and whose turn it was last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody is away, and no round has begun."""
    op.create_table(
        "absence",
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("substitute_id", sa.Integer(), sa.ForeignKey("person.id")),
    )
    op.create_table(
        "turn",
        sa.Column("place", sa.String(40), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id")),
    )


def downgrade() -> None:
    """Forget both."""
    op.drop_table("turn")
    op.drop_table("absence")
