"""What a look over the whole desk finds is kept, and how far such a look is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing has been looked at yet."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "audit_run",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("why", sa.String(10), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("deep", sa.Boolean(), nullable=False),
        sa.Column("repairs", sa.Boolean(), nullable=False),
        sa.Column("begun_at", moment, nullable=False),
        sa.Column("ended_at", moment),
        sa.Column("place", JSON, nullable=False),
        sa.Column("read", JSON, nullable=False),
        sa.Column("looked", JSON, nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("fresh", sa.Integer(), nullable=False),
        sa.Column("mended", sa.Integer(), nullable=False),
    )
    op.create_table(
        "audit_finding",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer()),
        sa.Column("details", JSON, nullable=False),
        sa.Column("first_seen", moment, nullable=False),
        sa.Column("last_seen", moment, nullable=False),
        sa.Column("gone_at", moment),
        sa.Column("mended_at", moment),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.UniqueConstraint("code", "key", name="uq_audit_finding_code_key"),
    )
    op.create_index("ix_audit_finding_ticket_id", "audit_finding", ["ticket_id"])
    op.create_index("ix_audit_finding_gone_at_code", "audit_finding", ["gone_at", "code"])


def downgrade() -> None:
    """Forget what was found."""
    op.drop_table("audit_finding")
    op.drop_table("audit_run")
