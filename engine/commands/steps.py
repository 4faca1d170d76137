"""What people do with a step: claim it, hand it over, fill in its form, finish it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, or_, select

from engine.audit.trail import record
from engine.catalogue.shelf import shelve, shelve_version
from engine.commands.articles import add_article, reply
from engine.commands.carry_out import after_change
from engine.commands.changes import apply_changes
from engine.commands.clocks import clocks_wrote
from engine.commands.follow_up import follow_up
from engine.commands.form_answers import checked
from engine.commands.form_rules import Asked, asked_step, keep_look, look_of
from engine.commands.four_eyes import barred, refuse_own
from engine.commands.handing import give_step, name_of, title_of
from engine.commands.hooks import step_cause
from engine.commands.notices import tell_agent
from engine.commands.pending import take_up
from engine.commands.processes import (
    complete_task,
    opened,
)
from engine.commands.reach import way_to_customer
from engine.commands.unlocking import watch
from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.people.models import Person
from engine.tickets.access import may_take, visible
from engine.tickets.flow import WorkItem
from engine.tickets.models import Ticket
from engine.work import Work
from engine.workflow import Form
from engine.workflow.masking import literals_of, masked_answers


def item_for(work: Work, item_id: int) -> WorkItem:
    """The work item with this id, if the actor sees its ticket; else `NotFound`.

    Agents who are asked as customers find their step, though not the ticket.
    """
    own = and_(WorkItem.for_customer, WorkItem.person_id == work.actor.id)
    seen = or_(visible(work.actor), own)
    query = select(WorkItem).join(WorkItem.ticket).where(WorkItem.id == item_id, seen)
    item = work.session.scalar(query)
    if item is None or (item.for_customer is False and not _inside(work)):
        raise NotFound("There is no such step.")
    if item.for_customer and not _inside(work) and item.person_id != work.actor.id:
        raise NotFound("There is no such step.")
    shelve(work.session, item.ticket)
    shelve_version(work.session, item.instance)
    return item


def claim(work: Work, item: WorkItem) -> None:
    """Take a step for oneself. Raises `Conflict` where somebody else was quicker."""
    _must_take(work, item)
    refuse_own(work, item, work.actor.id)
    # Held until the end: of two who take it at the same moment the second sees the first.
    held = select(WorkItem.person_id).where(WorkItem.id == item.id).with_for_update()
    holder = work.session.scalar(held)
    if holder == work.actor.id:
        return
    if holder is not None:
        raise Conflict("Somebody else has taken this step.")
    item.person_id, item.claimed_at = work.actor.id, work.now
    watch(work, item)
    record(work, item.ticket_id, "claimed", "", work.actor.name, reason=title_of(item))
    if item.ticket.owner_id is None:
        apply_changes(work, item.ticket, {"owner": work.actor.id})


def unclaim(work: Work, item: WorkItem) -> None:
    """Give a claimed step back to those who could take it."""
    _must_take(work, item)
    if item.person_id is None or item.kind == "person":
        raise Invalid("This step cannot be given back.")
    record(
        work, item.ticket_id, "claimed", name_of(work, item.person_id), "", reason=title_of(item)
    )
    item.person_id = item.claimed_at = None


def hand_over(work: Work, item: WorkItem, person: Person) -> None:
    """Give a step to another agent, who must be able to work in its queue or group."""
    _must_take(work, item)
    from engine.people.queries import actor_of

    other = actor_of(work.session, person)
    if not person.active or not person.is_agent or not may_take(other, item):
        raise Invalid(
            "%(name)s cannot work on this step.",
            fields={"person": "group"},
            values={"name": person.name},
        )
    if person.id in barred(work, item):
        raise Invalid(
            "Somebody else has to do this, for it checks what they did themselves.",
            fields={"person": "four eyes"},
        )
    give_step(work, item, person)
    if person.id != work.actor.id:
        tell_agent(work, item.ticket, person, "assigned", item)


def save_draft(work: Work, item: WorkItem, answers: Mapping[str, Any]) -> None:
    """Keep what has been typed into a step's form, unchecked and bounded."""
    _must_take(work, item)
    item.draft = {str(k)[:80]: v for k, v in list(answers.items())[:200] if len(str(v)) <= 100_000}


def complete_step(work: Work, item: WorkItem, answers: Mapping[str, Any]) -> str:
    """Finish a step with its form: check, change the ticket as the form says, move the process.

    Returns what is left for a person to do in a sentence, or nothing: a customer whom no message
    reaches has to be called. Raises `Invalid` with one message per field; nothing is changed then.
    """
    _must_take(work, item)
    refuse_own(work, item, work.actor.id)
    form, asked = form_of(work, item), step_asked(work, item)
    look = look_of(work, asked, answers) if asked else None
    values = checked(look.strict(), look.taken) if look else {}
    ticket = item.ticket
    if item.person_id is None and work.actor.id is not None:
        claim(work, item)
    item.person_id = work.actor.id or item.person_id  # who does it, whoever had it before
    item.draft = {}
    take_up(work, ticket)
    definition = work.desk.library.definition(item.instance.version)
    step = definition.steps[item.step_id]
    cause = step_cause(work, f"{item.instance.version.key} v{item.instance.version.number}", step)
    if look is not None:
        keep_look(work, ticket, look)
    left = _carry_form(work.because(cause), item, form, values) if form else ""
    item.answers = masked_answers(form, values, literals_of(definition)) if form else {}
    complete_task(work, item, values)
    ticket.changed_at = work.now
    return left


def form_of(work: Work, item: WorkItem) -> Form | None:
    """The form of a step, from the version that its ticket is on."""
    if not item.form:
        return None
    return work.desk.library.definition(item.instance.version).forms.get(item.form)


def step_asked(work: Work, item: WorkItem) -> Asked | None:
    """The form of a step with the rules about it; None for a step without one."""
    form = form_of(work, item)
    return asked_step(work, item, form, lambda: standing_values(work, item)) if form else None


def initial_values(work: Work, item: WorkItem) -> dict[str, Any]:
    """What a step's form shows at first: the draft, else earlier answers or the ticket's fields."""
    found = standing_values(work, item) | item.draft
    return {name: value for name, value in found.items() if value is not None}


def standing_values(work: Work, item: WorkItem) -> dict[str, Any]:
    """What a step's form says before anybody types: earlier answers or the ticket's fields."""
    form = form_of(work, item)
    if form is None:
        return {}
    _, instance, _ = opened(work, item.ticket, item.instance)
    task = next((t for t in instance.work_items if t.task_id == item.task_id), None)
    data = task.data if task else {}
    values: dict[str, Any] = {}
    for name, ui in form.ui.get("fields", {}).items():
        values[name] = _ticket_value(item.ticket, str(ui["ticket"])) if ui.get("ticket") else None
        if values[name] is None and not ui.get("article"):
            values[name] = data.get(name)
    return {name: value for name, value in values.items() if value is not None}


def _ticket_value(ticket: Ticket, field: str) -> str | None:
    value = getattr(ticket, field, None)
    return (
        value if isinstance(value, str) else getattr(value, "login", getattr(value, "name", None))
    )


def _carry_form(work: Work, item: WorkItem, form: Form, values: Mapping[str, Any]) -> str:
    """Let answers that mean a ticket field set it, and those that are a message be one."""
    ticket = item.ticket
    fields = form.ui.get("fields", {})
    wanted = {
        ui["ticket"]: values[name]
        for name, ui in fields.items()
        if ui.get("ticket") and values.get(name) not in (None, "")
    }
    changed = apply_changes(work, ticket, wanted)
    after_change(work, ticket, changed)
    left = ""
    for name, ui in fields.items():
        if ui.get("article") and str(values.get(name) or "").strip():
            left = _say(work, item, ticket, str(values[name])) or left
    if changed:
        follow_up(work, ticket, "ticket.changed", changed=changed)
    return left


def _say(work: Work, item: WorkItem, ticket: Ticket, text: str) -> str:
    """Say it to the customer by the way that reaches them, or in the customer's own name.

    Returns a sentence for the agent where nothing could be sent; the article bears it, too.
    """
    if item.for_customer:
        said = add_article(work, ticket, body=text, channel="web", direction="in", visible=True)
        clocks_wrote(work, ticket, said)
        return ""
    way = way_to_customer(ticket)
    article = reply(work, ticket, text, channel=way.channel)
    if way.problem:
        article.delivery, article.problem = "failed", way.problem
        record(work, ticket.id, "delivery", "", "failed", reason=way.problem)
    return way.problem


def _must_take(work: Work, item: WorkItem) -> None:
    if not may_take(work.actor, item):
        raise NotAllowed("This step is not yours to work on.")
    if item.status != "open":
        raise Conflict("This step has been finished already.")


def _inside(work: Work) -> bool:
    return work.actor.is_agent or work.actor.is_system
