"""Moves of running tickets to another version of their process, and what became of each ticket."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from engine.db.base import Utc

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing has been moved yet."""
    op.create_table(
        "migration",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("version_id", sa.Integer(), sa.ForeignKey("process_version.id"), nullable=False),
        sa.Column("mapping", JSON, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("started_by_id", sa.Integer(), sa.ForeignKey("person.id")),
        sa.Column("started_by", sa.String(200), nullable=False),
        sa.Column("started_at", Utc(), nullable=False),
        sa.Column("ended_at", Utc()),
    )
    op.create_index("ix_migration_key", "migration", ["key"])
    op.create_table(
        "migration_ticket",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("migration_id", sa.Integer(), sa.ForeignKey("migration.id"), nullable=False),
        sa.Column(
            "instance_id", sa.Integer(), sa.ForeignKey("process_instance.id"), nullable=False
        ),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("from_id", sa.Integer(), sa.ForeignKey("process_version.id"), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("reasons", JSON),
        sa.Column("before", JSON),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("at", Utc()),
        sa.UniqueConstraint("migration_id", "instance_id"),
    )
    op.create_index("ix_migration_ticket_ticket_id", "migration_ticket", ["ticket_id"])
    op.create_index(
        "ix_migration_ticket_migration_id_status", "migration_ticket", ["migration_id", "status"]
    )
