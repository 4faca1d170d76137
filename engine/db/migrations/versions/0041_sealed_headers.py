"""What webhooks say in headers of their own is sealed: a copy of the database does not tell it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from engine.sealing import seal

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Under the desk's secret, which is needed where there is something to seal."""
    secret = str(context.config.attributes.get("secret") or "")
    webhook = sa.table(
        "webhook", sa.column("id"), sa.column("name"), sa.column("headers", JSON)
    )  # fmt: skip
    connection = op.get_bind()
    for row in connection.execute(sa.select(webhook)).mappings().all():
        if not row["headers"]:
            continue
        if not secret:
            raise RuntimeError("The headers of webhooks are sealed with the desk's secret.")
        sealed = [
            [name, seal(secret, f"webhook {row['name']} {name.lower()}", value)]
            for name, value in row["headers"]
        ]
        connection.execute(
            webhook.update().where(webhook.c.id == row["id"]).values(headers=sealed)
        )  # fmt: skip
