"""What is open beside a process instance: asked together for all whose times have come at once."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, select

from engine.db.together import ANY, Question
from engine.tickets.flow import Incident, ProcessInstance, StepVisit, Subscription, WorkItem
from engine.timers.write import subjects_beside
from engine.work import Work

T = TypeVar("T")


def _beside(kind: type[T], *where: ColumnElement[bool]) -> Question[T]:
    """What there is of a kind beside an instance, in the order in which it came."""
    model: Any = kind
    query = (
        select(kind)
        .where(model.instance_id.in_(ANY), *where)
        .order_by(*model.__table__.primary_key)
    )
    return Question(kind, ("instance_id",), query)


STAYS = _beside(StepVisit, StepVisit.left_at.is_(None))
ITEMS = _beside(WorkItem, WorkItem.status == "open")
INCIDENTS = _beside(Incident, Incident.resolved_at.is_(None))
AWAITED = _beside(Subscription)


def beside(work: Work, row: ProcessInstance, question: Question[T]) -> list[T]:
    """What a question finds about one instance."""
    return question.answer(work.session, row.id, subjects_beside(work.session, "step"))
