"""The examples of rules are kept with their release, and written back by an export."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was published before has none here; the next publishing brings them."""
    column: sa.Column[object] = sa.Column("examples", JSON, nullable=False, server_default="{}")
    op.add_column("rules_release", column)
