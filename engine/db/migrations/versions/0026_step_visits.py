"""How long tickets stayed at each step stands in rows of its own, the past worked out once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.db.base import Utc

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# The n-th time a step of an instance was entered belongs to the n-th time it was left. What was
# never left still waits where nothing was left since; of a token that a join took nothing is told.
PAST = """
with entered as (
  select id, instance_id, ticket_id, step_id, at,
    row_number() over (partition by instance_id, step_id order by id) as turn
  from step_log where outcome = 'entered'
), ended as (
  select id, instance_id, step_id, at, outcome, actor,
    row_number() over (partition by instance_id, step_id order by id) as turn
  from step_log where outcome in ('completed', 'cancelled')
), last_end as (select instance_id, step_id, max(id) as id from ended group by instance_id, step_id)
insert into step_visit (instance_id, ticket_id, version_id, queue_id, task_id, step_id,
  entered_at, left_at, seconds, outcome, actor)
select entered.instance_id, entered.ticket_id, process_instance.version_id, ticket.queue_id,
  coalesce(work_item.task_id, ''), entered.step_id, entered.at,
  coalesce(ended.at, process_instance.ended_at), {seconds},
  case when ended.id is not null then ended.outcome
    when process_instance.ended_at is not null then 'cancelled' else '' end,
  coalesce(ended.actor, '')
from entered
join process_instance on process_instance.id = entered.instance_id
join ticket on ticket.id = entered.ticket_id
left join ended on ended.instance_id = entered.instance_id
  and ended.step_id = entered.step_id and ended.turn = entered.turn
left join last_end on last_end.instance_id = entered.instance_id
  and last_end.step_id = entered.step_id
left join work_item on ended.id is null and work_item.instance_id = entered.instance_id
  and work_item.step_id = entered.step_id and work_item.status = 'open'
  and work_item.created_at = entered.at
where ended.id is not null or last_end.id is null or last_end.id < entered.id
order by entered.id
"""
LEFT = "coalesce(ended.at, process_instance.ended_at)"
SECONDS = {
    "sqlite": f"cast(round((julianday({LEFT}) - julianday(entered.at)) * 86400) as integer)",
    "postgresql": f"cast(extract(epoch from {LEFT} - entered.at) as integer)",
}


def upgrade() -> None:
    """A row for each stay at a step, with those of the past."""
    op.create_table(
        "step_visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("queue_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.String(length=36), nullable=False),
        sa.Column("step_id", sa.String(length=120), nullable=False),
        sa.Column("entered_at", Utc(), nullable=False),
        sa.Column("left_at", Utc()),
        sa.Column("seconds", sa.Integer()),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_step_visit_instance_id")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_step_visit_ticket_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["process_version.id"], name=op.f("fk_step_visit_version_id")
        ),
        sa.ForeignKeyConstraint(["queue_id"], ["queue.id"], name=op.f("fk_step_visit_queue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_visit")),
    )
    op.execute(sa.text(PAST.format(seconds=SECONDS[op.get_bind().dialect.name])))
    op.create_index("ix_step_visit_instance_id_left_at", "step_visit", ["instance_id", "left_at"])
    op.create_index("ix_step_visit_version_id_left_at", "step_visit", ["version_id", "left_at"])
