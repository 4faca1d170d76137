"""Desks from before can lay a ticket aside that closes by itself without success."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

NAME, TYPE = "pending auto close-", "pending auto close"
TITLE = {"de": "schließt von selbst, erfolglos", "en": "pending auto close, unsuccessful"}


def upgrade() -> None:
    """Add the state where there are states; a new desk gets it with all the others."""
    state = sa.table("state", sa.column("name"), sa.column("type"), sa.column("title", JSON))
    names = set(op.get_bind().scalars(sa.select(state.c.name)))
    if names and NAME not in names:
        op.bulk_insert(state, [{"name": NAME, "type": TYPE, "title": TITLE}])
