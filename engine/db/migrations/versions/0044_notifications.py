"""What people are told has rows of its own, and so has each way on which it goes on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was told before was told by mail alone; nobody is told of it again."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "notification",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("ticket.id")),
        sa.Column("kind", sa.String(80), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("read_at", moment),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("for_person_id", sa.Integer(), sa.ForeignKey("person.id")),
        sa.Column("decided_at", moment),
        sa.Column("payload", JSON, nullable=False),
    )
    op.create_index("ix_notification_ticket_id", "notification", ["ticket_id"])
    columns = ["person_id", "read_at", "id"]
    op.create_index("ix_notification_person_id_read_at_id", "notification", columns)
    _partial("ix_notification_undecided", "notification", "id", "decided_at IS NULL")
    op.create_table(
        "notification_delivery",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "notification_id", sa.Integer(), sa.ForeignKey("notification.id"), nullable=False
        ),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("how", sa.String(10), nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("why", sa.String(40), nullable=False),
        sa.Column("outbox_id", sa.Integer()),
        sa.Column("done_at", moment),
    )
    for column in ("notification_id", "outbox_id"):
        op.create_index(f"ix_notification_delivery_{column}", "notification_delivery", [column])
    op.create_index(
        "ix_notification_delivery_person_id_done_at",
        "notification_delivery",
        ["person_id", "done_at"],
    )
    _partial(
        "ix_notification_delivery_waiting", "notification_delivery", "due_at", "state = 'waiting'"
    )
    op.create_table(
        "notification_rules",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("document", JSON, nullable=False),
    )


def downgrade() -> None:
    """Forget what was told; what waits in the outbox is still delivered."""
    for table in ("notification_rules", "notification_delivery", "notification"):
        op.drop_table(table)


def _partial(name: str, table: str, column: str, where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, [column], sqlite_where=condition, postgresql_where=condition)
