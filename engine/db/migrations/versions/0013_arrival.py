"""A message remembers what its bytes do not say, so that one held back can be read again later."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.db.base import Json

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add how the message came: trusted account, queue, number of the fax."""
    op.add_column("inbound_message", sa.Column("arrival", Json, nullable=True))
