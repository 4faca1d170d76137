"""What is open beside a process instance: asked together for all whose times have come at once."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import select

from engine.db.together import ANY, Question
from engine.tickets.flow import Incident, ProcessInstance, StepVisit, Subscription, WorkItem
from engine.timers.write import subjects_beside
from engine.work import Work

T = TypeVar("T")
_ABOUT = ("instance_id",)

STAYS = Question(
    StepVisit, _ABOUT,
    select(StepVisit)
    .where(StepVisit.instance_id.in_(ANY), StepVisit.left_at.is_(None))
    .order_by(StepVisit.id),
)  # fmt: skip
ITEMS = Question(
    WorkItem, _ABOUT,
    select(WorkItem)
    .where(WorkItem.instance_id.in_(ANY), WorkItem.status == "open")
    .order_by(WorkItem.id),
)  # fmt: skip
INCIDENTS = Question(
    Incident, _ABOUT,
    select(Incident)
    .where(Incident.instance_id.in_(ANY), Incident.resolved_at.is_(None))
    .order_by(Incident.id),
)  # fmt: skip
AWAITED = Question(
    Subscription, _ABOUT, select(Subscription).where(Subscription.instance_id.in_(ANY))
)


def beside(work: Work, row: ProcessInstance, question: Question[T]) -> list[T]:
    """What a question finds about one instance."""
    return question.answer(work.session, row.id, subjects_beside(work.session, "step"))
