"""Reminders of one's own, tasks put off, and steps that go back to their queue by themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Nobody has reminders yet, and no queue takes anything back."""
    minutes: sa.Column[int] = sa.Column(
        "unlock_minutes", sa.Integer(), nullable=False, server_default="0"
    )
    op.add_column("queue", minutes)
    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("hides", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("told_at", UTC, nullable=True),
        sa.UniqueConstraint("person_id", "ticket_id", "hides"),
    )
    op.create_index("ix_reminder_ticket_id", "reminder", ["ticket_id"])
    op.create_index("ix_reminder_person_id_at", "reminder", ["person_id", "at"])


def downgrade() -> None:
    """Forget them; their timers do nothing any more."""
    op.drop_table("reminder")
    op.drop_column("queue", "unlock_minutes")
