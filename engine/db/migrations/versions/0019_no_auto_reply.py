"""What came through a mailing list is a person's mail, to which nothing is answered by itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Until now such mails were marked as written by a machine, which hushes the answers too."""
    column: sa.Column[bool] = sa.Column(
        "no_auto_reply", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("article", column)
