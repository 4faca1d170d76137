"""Drafts of rules are tried on the tickets of the past, in the background where these are many."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing has been tried yet."""
    op.create_table(
        "rules_dry_run",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("rulesets", JSON, nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("release_id", sa.Integer(), sa.ForeignKey("rules_release.id"), nullable=False),
        sa.Column("documents", JSON, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("until_id", sa.Integer(), nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("tally", JSON, nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("started_by_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=True),
        sa.Column("started_by", sa.String(200), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_rules_dry_run_digest", "rules_dry_run", ["digest"])
    op.create_index("ix_rules_dry_run_started_at", "rules_dry_run", ["started_at"])
