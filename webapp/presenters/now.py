"""The card *Now*: each step that waits, who has it until when, and its form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pyramid.request import Request

from engine.commands.steps import form_of, initial_values, step_asked
from engine.sla.models import TicketClock
from engine.tickets.access import may_take
from engine.tickets.flow import WorkItem
from webapp.forms import looks
from webapp.forms.fields import Field
from webapp.forms.looks import Shown
from webapp.presenters.choices import role_said, step_options
from webapp.presenters.tasks import clock_word


@dataclass(frozen=True)
class Step:
    """One step that waits on the ticket."""

    id: int
    title: str
    sentence: str
    kind: str  # "" for something to do here, "waiting" for what others do
    mine: bool
    free: bool
    can_work: bool
    can_give_back: bool
    due: datetime | None
    soon: datetime | None
    state: str
    fields: list[Field] = field(default_factory=list)
    submit: str = ""
    problem: str = ""
    ask_url: str = ""  # where rules say how the form looks after an answer


def steps_now(
    request: Request,
    items: Iterable[WorkItem],
    clocks: Iterable[TicketClock],
    answers: Mapping[int, Shown] | None = None,
) -> list[Step]:
    """The open steps; `answers` are what was typed and refused, by the id of the step."""
    soon = min((c.warn_at for c in clocks if c.warn_at and c.stopped_at is None), default=None)
    found = [_step(request, item, soon, (answers or {}).get(item.id)) for item in items]
    return sorted(found, key=lambda step: (not step.mine, not step.can_work))


def _step(request: Request, item: WorkItem, soon: datetime | None, answers: Shown | None) -> Step:
    can_work = may_take(request.actor, item) and not item.for_customer
    mine = item.person_id is not None and item.person_id == request.actor.id
    due = item.soonest
    shows_form = can_work and (mine or item.person_id is None)
    page = _form(request, item, answers) if shows_form else None
    return Step(
        id=item.id,
        title=request.reader.pick(item.title) or item.step_id,
        sentence=_sentence(request, item, due),
        kind="" if can_work else "waiting",
        mine=mine,
        free=item.person_id is None and not item.for_customer,
        can_work=can_work,
        can_give_back=mine and item.kind != "person",
        due=due,
        soon=soon,
        state=clock_word(due, soon, request.work.now),
        fields=step_fields(request, page) if page else [],
        submit=_submit(request, item),
        problem=answers.answers.errors.get("", "") if answers else "",
        ask_url=f"/steps/{item.id}/ask" if page and page.look.answers_matter else "",
    )


def _form(request: Request, item: WorkItem, typed: Shown | None) -> Shown | None:
    asked = step_asked(request.work, item)
    if asked is None or typed is not None:
        return typed
    values = initial_values(request.work, item)
    return looks.shown(request.work, asked, values, request.reader.language, item.draft)


def step_fields(request: Request, page: Shown) -> list[Field]:
    """The questions of a step for whoever works on it."""
    return looks.fields_of(page, request.reader.language, options=step_options(request))


def _submit(request: Request, item: WorkItem) -> str:
    form = form_of(request.work, item)
    said = request.reader.pick(form.ui.get("submit")) if form else ""
    return said or request.translate("Complete")


def _sentence(request: Request, item: WorkItem, due: datetime | None) -> str:
    """Who has the step, and until when."""
    _ = request.translate
    person = item.person
    values = {
        "who": person.name if person else "",
        "team": _team(request, item),
        "due": request.reader.moment(due, request.work.now),
    }
    if person is None:
        said = _("Nobody has taken this yet; it waits for %(team)s.") % values
    elif person.id == request.actor.id:
        said = _("This is yours to do.")
    elif item.for_customer:
        said = _("We wait for %(who)s.") % values
    else:
        said = _("%(who)s works on this.") % values
    return said + " " + _("Due %(due)s.") % values if due else said


def _team(request: Request, item: WorkItem) -> str:
    if item.kind == "group" and item.group is not None:
        return item.group.name
    return role_said(request, item.role) if item.kind == "role" else item.queue.name
