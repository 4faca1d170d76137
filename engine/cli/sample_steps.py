"""Working sample tickets through their diagrams, step by step, as their agents would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.commands.four_eyes import barred
from engine.commands.steps import complete_step, form_of, initial_values
from engine.errors import Invalid
from engine.people.models import Person
from engine.people.queries import actor_of
from engine.tickets.access import may_take
from engine.tickets.flow import WorkItem
from engine.tickets.models import Ticket
from engine.work import Actor, Work

if TYPE_CHECKING:
    from engine.desk import Desk

MOST_STEPS = 15
MOST_MENDS = 3
# What somebody answers who wants the matter to go well.
GOOD = (
    "solved", "approved", "yes", "accepted", "accept", "answered", "answer", "done", "justified",
    "successful", "success", "low", "person", "normal", "standard", "incident", "no",
)  # fmt: skip
TEXT = {"de": "Erledigt.", "en": "Done."}


def advance(desk: Desk, ticket_id: int, goal: str) -> bool:
    """Complete steps until the ticket is `resolved` or `closed`; False where it does not get there.

    For `resolved` only our own people act, for `closed` the customer confirms as well; `begun` is
    the first step alone, so that somebody has the ticket on their list.
    """
    for _ in range(MOST_STEPS):
        if not one_step(desk, ticket_id, goal):
            break
    return goal == "begun" or desk.read(
        lambda work: _reached(work.session.get_one(Ticket, ticket_id), goal)
    )


def one_step(desk: Desk, ticket_id: int, goal: str) -> bool:
    """Complete the next step towards the goal; whether there may be another one to do."""
    found = desk.read(lambda work: _next(work, ticket_id, goal))
    if found is None:
        return False
    item_id, actor = found
    desk.run(lambda work: _complete(work, item_id), actor)
    return goal != "begun"


def _reached(ticket: Ticket, goal: str) -> bool:
    return ticket.state.ended or (goal == "resolved" and ticket.state.name == "resolved")


def _next(work: Work, ticket_id: int, goal: str) -> tuple[int, Actor] | None:
    """The step to be done next, and who does it."""
    if _reached(work.session.get_one(Ticket, ticket_id), goal):
        return None
    query = select(WorkItem).where(WorkItem.ticket_id == ticket_id, WorkItem.status == "open")
    for item in work.session.scalars(query.order_by(WorkItem.id)):
        actor = _who(work, item)
        if actor is not None:
            return item.id, actor
    return None


def _who(work: Work, item: WorkItem) -> Actor | None:
    if item.person is not None:
        return actor_of(work.session, item.person)
    for person in work.session.scalars(select(Person).where(Person.active).order_by(Person.id)):
        actor = actor_of(work.session, person)
        if actor.is_agent and may_take(actor, item) and person.id not in barred(work, item):
            return actor
    return None


def _complete(work: Work, item_id: int) -> None:
    item = work.session.get_one(WorkItem, item_id)
    form = form_of(work, item)
    answers: dict[str, Any] = {}
    if form is not None:
        known = initial_values(work, item)
        required = form.schema.get("required", [])
        for name, field in form.schema.get("properties", {}).items():
            value = known.get(name)
            if name in required and (value in (None, "") or "enum" in field):
                value = _answer(field, value, item.ticket.language)
            if value not in (None, ""):
                answers[name] = value
    for _ in range(MOST_MENDS):
        try:
            complete_step(work, item, answers)
            return
        except Invalid as error:  # a field is required only because of another one's answer
            fields = form.schema.get("properties", {}) if form else {}
            missing = [name for name in error.fields if name in fields]
            if not missing:
                raise
            answers |= {name: _answer(fields[name], None, item.ticket.language) for name in missing}
    complete_step(work, item, answers)


def _answer(field: Mapping[str, Any], value: Any, language: str) -> Any:
    choices = field.get("enum")
    if choices:
        if value in choices:
            return value
        return next((good for good in GOOD if good in choices), choices[0])
    kind = field.get("type")
    if kind == "boolean":
        return True
    if kind in ("integer", "number"):
        return field.get("minimum", 1)
    if field.get("format") == "date":
        return "2030-01-01"
    return TEXT.get(language, TEXT["en"])
