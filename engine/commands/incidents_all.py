"""Failed steps of thousands of tickets that failed alike, helped along by the worker.

The desk entry that says what is done also says how far it is; each turn of the outbox does some,
each in a transaction of its own, and asks for the next. One that fails again is not come back to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from engine.audit.models import DeskEntry
from engine.audit.trail import record_desk
from engine.commands.incidents import NEVER_BEGUN, NO_REASON, incident_for
from engine.commands.incidents_many import WRITTEN, Help, help_one
from engine.errors import Invalid
from engine.outbox import write as outbox
from engine.outbox.drain import After, Handler, Task
from engine.people.models import Person
from engine.people.queries import actor_of
from engine.tickets.flow import Incident, ProcessInstance
from engine.tickets.models import Ticket
from engine.work import SYSTEM, Actor, Work

if TYPE_CHECKING:
    from engine.desk import Desk

TOPIC = "help"
TURN = 50  # tickets of one turn of the outbox
FOR_ALL = frozenset({"retry", "skip", "move"})  # a variable is for those whose data one has seen


def help_alike(work: Work, like: Incident, given: Help) -> int:
    """Help every ticket of the same version along that failed at the same step for the same
    reason; how many there are. The worker does it."""
    row = work.session.get(ProcessInstance, like.instance_id or 0)
    if row is None:
        raise Invalid(NEVER_BEGUN)
    if given.what not in FOR_ALL:
        raise Invalid("This cannot be done with several tickets.")
    if given.what != "retry" and not given.reason.strip():
        raise Invalid(NO_REASON, fields={"reason": NO_REASON})
    alike = {"version_id": row.version_id, "step": like.step_id, "message": like.message}
    count = alike_count(work, like)
    latest = work.session.scalar(select(func.max(Incident.id)))
    entry = record_desk(
        work, WRITTEN, key=row.version.key, do=given.what,
        to=given.step_id if given.what == "move" else "", names=[],
        reason=given.reason.strip()[:2_000], well=[], left=[], count=count, after=0,
        latest=latest, **alike,
    )  # fmt: skip
    work.session.flush()
    outbox.add(work, TOPIC, entry_id=entry.id)
    return count


def alike_count(work: Work, like: Incident) -> int:
    """How many tickets stand still in the same way."""
    row = work.session.get(ProcessInstance, like.instance_id or 0)
    if row is None:
        return 1
    query = _alike(select(func.count(Incident.id)), row.version_id, like.step_id, like.message)
    return int(work.session.scalar(query) or 0)


def _alike(query: Any, version_id: int, step: str, message: str) -> Any:
    return query.join(ProcessInstance, ProcessInstance.id == Incident.instance_id).where(
        Incident.resolved_at.is_(None), ProcessInstance.version_id == version_id,
        Incident.step_id == step, Incident.message == message,
    )  # fmt: skip


def _act(desk: Desk, task: Task) -> After | None:
    entry_id = int(task.payload["entry_id"])
    detail, actor, todo = desk.read(lambda work: _next(work, entry_id))
    if not todo:
        return None
    given = Help(detail["do"], detail["reason"], detail["to"])
    well, left = list(detail["well"]), list(detail["left"])
    for incident_id, number in todo:
        try:
            ended = desk.run(lambda work, one=incident_id: _one(work, one, given), actor)  # type: ignore[misc]
        except Exception:
            ended = False
        (well if ended else left).append(number)

    def go_on(work: Work) -> None:
        entry = work.session.get_one(DeskEntry, entry_id)
        entry.detail = {**detail, "well": well, "left": left, "after": todo[-1][0]}
        outbox.add(work, TOPIC, entry_id=entry_id)

    return go_on


def _next(work: Work, entry_id: int) -> tuple[dict[str, Any], Actor, list[tuple[int, str]]]:
    """What is to be done, in whose name, and with which tickets next."""
    entry = work.session.get_one(DeskEntry, entry_id)
    detail = dict(entry.detail)
    query = _alike(
        select(Incident.id, Ticket.number).join(Ticket, Ticket.id == Incident.ticket_id),
        detail["version_id"], detail["step"], detail["message"],
    ).where(Incident.id > detail["after"], Incident.id <= detail["latest"])  # fmt: skip
    rows = work.session.execute(query.order_by(Incident.id).limit(TURN))
    person = work.session.get(Person, entry.actor_id or 0)
    actor = actor_of(work.session, person) if person is not None else SYSTEM
    return detail, actor, [(one, number) for one, number in rows]


def _one(work: Work, incident_id: int, given: Help) -> bool:
    incident = incident_for(work, incident_id)
    help_one(work, incident, given)
    work.session.flush()
    return incident.resolved_at is not None


HELPER = Handler(_act)
