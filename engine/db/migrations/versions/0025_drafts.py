"""Drafts of processes, who works on them, and which warnings a version was published with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No drafts at first; what is in force was published without a warning to acknowledge."""
    op.create_table(
        "process_draft",
        sa.Column("key", sa.String(80), primary_key=True),
        sa.Column("title", JSON, nullable=False),
        sa.Column("files", JSON, nullable=False),
        sa.Column("base_id", sa.Integer(), sa.ForeignKey("process_version.id")),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(200), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), sa.ForeignKey("person.id")),
        sa.Column("proposed_at", sa.DateTime(timezone=True)),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("acknowledged", JSON, nullable=False),
    )
    op.create_table(
        "draft_visit",
        sa.Column("key", sa.String(80), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    accepted: sa.Column[object] = sa.Column(
        "acknowledged", JSON, nullable=False, server_default="[]"
    )
    approved: sa.Column[str] = sa.Column(
        "approved_by", sa.String(200), nullable=False, server_default=""
    )
    op.add_column("process_version", accepted)
    op.add_column("process_version", approved)
