"""Work items follow the machine: what waits for a person there is a row here, and only that."""

from __future__ import annotations

from sqlalchemy import select

from engine.audit.trail import record
from engine.catalogue.models import Queue
from engine.catalogue.queries import maybe
from engine.commands.beside import ITEMS, beside
from engine.commands.four_eyes import doers
from engine.commands.unlocking import watch
from engine.notify.recipients import recipients
from engine.people.absence import away
from engine.people.models import ROLES, Group, Person
from engine.people.queries import actor_of, leads_of_group, person_by_login
from engine.tickets.access import may_take
from engine.tickets.flow import ProcessInstance, WorkItem
from engine.tickets.models import Ticket
from engine.work import Work
from engine.workflow import Instance
from engine.workflow.waiting import OpenTask

# Words for somebody at the ticket; where there is nobody, its queue does the step as is right.
AROUND = {"owner", "responsible", "lead", "lead_manager"}


def sync_items(
    work: Work,
    by_step: Work,
    ticket: Ticket,
    row: ProcessInstance,
    instance: Instance,
    completed: WorkItem | None = None,
    *,
    new: bool = False,
) -> list[WorkItem]:
    """Make the open items of an instance those that the machine reports; returns the new ones.

    `new` says that the instance has only just been made, so that there can be no items yet.
    `work` is the person's who finished a step, `by_step` the process's that opens the next ones.
    """
    if completed is not None:
        _close(work, completed, "done")
    known = {} if new else {item.task_id: item for item in beside(work, row, ITEMS)}
    waiting = [] if instance.done else instance.work_items
    fresh = [_new_item(by_step, ticket, row, task) for task in waiting if task.task_id not in known]
    still = {task.task_id for task in waiting}
    for task in waiting:
        if task.due_at is not None and task.task_id in known:  # one that has fired stays due
            known[task.task_id].due_at = task.due_at
    for task_id, item in known.items():
        if task_id not in still:
            _close(by_step, item, "cancelled")
    if fresh:
        work.session.add_all(fresh)
        work.session.flush()
    for item in fresh:
        watch(work, item)
    return fresh


def adopt_items(
    work: Work, ticket: Ticket, row: ProcessInstance, old: Instance, new: Instance
) -> None:
    """Let the open items of an instance say what its steps are on another diagram.

    Claims and drafts stay. Who does a step is worked out anew only where that is said otherwise.
    """
    before = {task.task_id: task for task in old.work_items}
    query = select(WorkItem).where(WorkItem.instance_id == row.id, WorkItem.status == "open")
    items = {item.task_id: item for item in work.session.scalars(query)}
    for task in new.work_items:
        item, was = items.get(task.task_id), before.get(task.task_id)
        if item is None or was is None:
            continue
        item.step_id, item.form = task.step.id, task.step.form or ""
        item.title = dict(task.step.title) or {"en": task.step.name}
        item.lane = task.lane or ""
        if was.due_at != task.due_at:
            item.due_at = task.due_at
        if was.assign != task.assign:
            _reassign(work, ticket, item, task)


def _reassign(work: Work, ticket: Ticket, item: WorkItem, task: OpenTask) -> None:
    holder, since = item.person, item.claimed_at
    item.kind, item.role, item.explicit, item.for_customer = "queue", "", False, False
    item.group, item.group_id, item.person, item.person_id = None, None, None, None
    item.queue, item.queue_id, item.claimed_at = ticket.queue, ticket.queue_id, None
    barred = doers(work, ticket, item.instance_id, task.step)
    _assign(work, ticket, item, task, barred)
    kept = _fit(holder, barred) if not item.for_customer and item.kind != "person" else None
    if kept is not None and since is not None and may_take(actor_of(work.session, kept), item):
        item.person, item.person_id, item.claimed_at = kept, kept.id, since
    what = item.title.get("en") or item.step_id
    record(work, ticket.id, "step", "", what, reason=_for_whom(item))


def cancel_items(work: Work, row: ProcessInstance) -> None:
    """Take all open steps of an instance off the lists."""
    for item in beside(work, row, ITEMS):
        _close(work, item, "cancelled")


def _close(work: Work, item: WorkItem, status: str) -> None:
    item.status, item.ended_at, item.ended_by = status, work.now, work.actor.name
    what = item.title.get("en") or item.step_id
    record(work, item.ticket_id, "step", what, status)


def _new_item(work: Work, ticket: Ticket, row: ProcessInstance, task: OpenTask) -> WorkItem:
    item = WorkItem(
        ticket_id=ticket.id,
        ticket=ticket,
        instance_id=row.id,
        instance=row,
        task_id=task.task_id,
        step_id=task.step.id,
        title=dict(task.step.title) or {"en": task.step.name},
        lane=task.lane or "",
        form=task.step.form or "",
        kind="queue",
        role="",
        queue_id=ticket.queue_id,
        queue=ticket.queue,
        created_at=work.now,
        due_at=task.due_at,
        status="open",
        draft={},
        explicit=False,
        for_customer=False,
    )
    _assign(work, ticket, item, task, doers(work, ticket, row.id, task.step))
    record(
        work, ticket.id, "step", "", item.title.get("en") or item.step_id, reason=_for_whom(item)
    )
    return item


def _assign(work: Work, ticket: Ticket, item: WorkItem, task: OpenTask, barred: set[int]) -> None:
    """Give the step to whom its lane means; one that leads nowhere falls to the ticket's queue.

    Nobody is given a step who is no longer there, or who would check their own work by it.
    """
    words, problem = task.meant()
    item.problem = ""
    given = any(_given(work, ticket, item, word, barred) for word in words)
    if not given and (problem or set(words) - AROUND):
        why = problem or "nobody found, given to the ticket's queue"
        item.problem = f"{task.assign}: {why}"[:300]
        record(work, ticket.id, "step problem", task.assign or "", why)
    if item.kind == "queue" and item.person is None:
        item.person = _owner_who_may(work, ticket, item, barred)
    if item.person is not None:
        item.person_id = item.person.id
        item.claimed_at = work.now


def _given(work: Work, ticket: Ticket, item: WorkItem, assign: str, barred: set[int]) -> bool:
    """Give the step to whom one word means; False where that is nobody who could do it."""
    kind, _, name = assign.partition(":")
    name = name.strip()
    if kind in ("customer", "manager"):
        _assign_outside(work, ticket, item, kind)
    elif kind in ("owner", "responsible"):
        item.person = _fit(ticket.owner if kind == "owner" else ticket.responsible, barred)
        return item.person is not None
    elif kind in ("lead", "lead_manager"):
        item.person = _leading(work, ticket, kind, barred)
        return item.person is not None
    elif kind == "person":
        item.person = _fit(person_by_login(work.session, name.lower()), barred)
        item.explicit = item.person is not None
        item.kind = "person" if item.person else "queue"
    elif kind == "queue":
        queue = maybe(work.session, Queue, name)
        if queue is not None:
            item.queue, item.queue_id, item.explicit = queue, queue.id, True
    elif kind == "group":
        group = work.session.scalar(select(Group).where(Group.name == name))
        if group is not None:
            item.kind, item.group, item.group_id, item.explicit = "group", group, group.id, True
    elif kind == "role" and name in ROLES:
        item.kind, item.role, item.explicit = "role", name, True
    return item.explicit


def _fit(person: Person | None, barred: set[int]) -> Person | None:
    return person if person is not None and person.active and person.id not in barred else None


def _leading(work: Work, ticket: Ticket, word: str, barred: set[int]) -> Person | None:
    """The lead of the ticket's team or who is above them; who is there comes before who is away."""
    leads = leads_of_group(work.session, ticket.queue.group_id)
    known = recipients(work.session, ticket, word) if leads else []
    gone = away(work.session, known, work.now)
    fit = [person for person in known if _fit(person, barred)]
    return min(fit, key=lambda person: (person.id in gone, person.id), default=None)


def _owner_who_may(work: Work, ticket: Ticket, item: WorkItem, barred: set[int]) -> Person | None:
    """Whoever owns the ticket goes on with it, if its next step is theirs to take."""
    owner = _fit(ticket.owner, barred)
    if owner is None:
        return None
    return owner if may_take(actor_of(work.session, owner), item) else None


def _assign_outside(work: Work, ticket: Ticket, item: WorkItem, kind: str) -> None:
    customer: Person | None = ticket.customer
    person = customer if kind == "customer" else customer.manager if customer else None
    if person is not None and person.active:
        item.kind, item.person, item.explicit = "person", person, True
        item.for_customer = True  # also where they work here: this ticket asks them as a customer


def _for_whom(item: WorkItem) -> str:
    if item.person is not None:
        return f"for {item.person.name}"
    if item.kind == "group" and item.group is not None:
        return f"for the group {item.group.name}"
    if item.kind == "role":
        return f"for the role {item.role}"
    return f"for the queue {item.queue.name}"
