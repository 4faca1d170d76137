"""A ticket remembers where its SLA came from and whether its clocks rest; clocks can be idle."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and fill them for tickets that are there as far as can be told.

    An SLA that is the service's or the queue's is taken to have come from it, another to be given.
    """
    op.add_column(
        "ticket", sa.Column("sla_source", sa.String(10), nullable=False, server_default="")
    )
    op.add_column(
        "ticket",
        sa.Column("clocks_rest", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column(
        "ticket_clock", sa.Column("idle", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    run = op.get_bind().exec_driver_sql
    run(
        "UPDATE ticket SET sla_source = CASE "
        "WHEN sla_id = (SELECT sla_id FROM service WHERE service.id = ticket.service_id) "
        "THEN 'service' "
        "WHEN sla_id = (SELECT sla_id FROM queue WHERE queue.id = ticket.queue_id) THEN 'queue' "
        "ELSE 'given' END WHERE sla_id IS NOT NULL"
    )
    run(
        "UPDATE ticket SET clocks_rest = (1 = 1) WHERE id IN (SELECT ticket_id FROM ticket_clock "
        "WHERE stopped_at IS NULL AND running_since IS NULL AND kind <> 'first_response')"
    )
