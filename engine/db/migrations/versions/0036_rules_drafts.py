"""Drafts of rules, what lies before a second pair of eyes, and which release decided when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of the past it is known what is in force now, and since when."""
    op.create_table(
        "rules_draft",
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("examples", sa.Text(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("base_examples", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(200), nullable=False),
    )
    op.create_table(
        "rules_proposal",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("acknowledged", JSON, nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.String(200), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("ticket_number", sa.String(40), nullable=False),
        sa.Column("failed", sa.Text(), nullable=False),
    )
    op.create_table(
        "rules_period",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("release_id", sa.Integer(), sa.ForeignKey("rules_release.id"), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("approved_by", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("acknowledged", JSON, nullable=False),
    )
    op.create_index("ix_rules_period_release_id", "rules_period", ["release_id"])
    op.create_index("ix_rules_period_since", "rules_period", ["since"])
    number: sa.Column[int] = sa.Column("number", sa.Integer(), nullable=False, server_default="0")
    op.add_column("rules_release", number)
    op.execute(sa.text(
        "update rules_release set number = "
        "(select count(*) from rules_release r where r.id <= rules_release.id)"
    ))  # fmt: skip
    op.execute(sa.text(
        "insert into rules_period (release_id, since, \"by\", approved_by, kind, note, "
        "acknowledged) select f.release_id, f.since, r.published_by, '', 'published', r.note, '[]' "
        "from rules_in_force f join rules_release r on r.id = f.release_id"
    ))  # fmt: skip
