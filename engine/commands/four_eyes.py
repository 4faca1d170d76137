"""Steps that are meant for four eyes: who did the step before may not do the one that checks it."""

from __future__ import annotations

from sqlalchemy import select

from engine.errors import NotAllowed
from engine.tickets.flow import WorkItem
from engine.tickets.models import Ticket
from engine.work import Work
from engine.workflow import Step

CUSTOMER = "customer"  # in `notBy`: whoever the ticket is from
REFUSED = "Somebody else has to do this: you did the step that is checked here yourself."


def barred(work: Work, item: WorkItem) -> set[int]:
    """The people who may not do this step, by the mark `notBy` of the diagram."""
    definition = work.desk.library.definition(item.instance.version)
    step = definition.steps.get(item.step_id)
    return doers(work, item.ticket, item.instance_id, step) if step is not None else set()


def doers(work: Work, ticket: Ticket, instance_id: int, step: Step) -> set[int]:
    """Who last did the steps that this one checks, or asked for what it decides."""
    found = set()
    for name in step.not_by:
        if name == CUSTOMER:
            if ticket.customer_id is not None:
                found.add(ticket.customer_id)
            continue
        query = select(WorkItem.person_id).where(
            WorkItem.instance_id == instance_id,
            WorkItem.step_id == name,
            WorkItem.status == "done",
        )
        person_id = work.session.scalar(query.order_by(WorkItem.id.desc()).limit(1))
        if person_id is not None:
            found.add(person_id)
    return found


def refuse_own(work: Work, item: WorkItem, person_id: int | None) -> None:
    """Raise `NotAllowed` where this person would check what they did themselves."""
    if person_id is not None and person_id in barred(work, item):
        raise NotAllowed(REFUSED)
