"""A ticket knows who has it open, and everybody what is new to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.db.base import Utc

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One row per person and ticket that they have opened."""
    op.create_table(
        "ticket_visit",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_ticket_visit_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_visit_ticket_id")
        ),
        sa.PrimaryKeyConstraint("person_id", "ticket_id", name=op.f("pk_ticket_visit")),
    )
    op.create_index(op.f("ix_ticket_visit_ticket_id"), "ticket_visit", ["ticket_id"])
