"""A draft that lies before a second pair of eyes knows the ticket on which it is decided."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No draft has been proposed yet."""
    column: sa.Column[str] = sa.Column(
        "ticket_number", sa.String(40), nullable=False, server_default=""
    )
    op.add_column("process_draft", column)
