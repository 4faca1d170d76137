"""Agents keep lists of tickets under a name; lists by deadline have an index to walk along."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Saved views, and deadlines with the id that settles their order."""
    op.create_table(
        "ticket_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("query", sa.String(length=500), nullable=False),
        sa.Column("sort", sa.String(length=20), nullable=False),
        sa.Column("columns", JSON, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_ticket_view_person_id"),
        sa.ForeignKeyConstraint(["group_id"], ["team.id"], name="fk_ticket_view_group_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_view"),
        sa.UniqueConstraint("person_id", "name", name="uq_ticket_view_person_id_name"),
    )
    op.create_index("ix_ticket_view_group_id", "ticket_view", ["group_id"])
    op.drop_index("ix_ticket_due_at", "ticket")
    op.create_index("ix_ticket_due_at_id", "ticket", ["due_at", "id"])
