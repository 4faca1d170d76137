"""What can be said in free words in a rule, and what this desk already has of it.

Tags, messages, steps and the names of answers are not closed lists: these are offered, and
anything else may be typed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pyramid.request import Request
from sqlalchemy import func, select

from engine.tickets.models import TicketTag
from engine.workflow.definition import Definition
from webapp.i18n import N_, sort_key
from webapp.presenters.choices import Choices
from webapp.presenters.history import CHANNELS

MOST = 200
DIRECTIONS = {"in": N_("incoming"), "out": N_("outgoing"), "internal": N_("internal")}
WRITERS = {
    "customer": N_("the customer"), "owner": N_("the owner"), "agent": N_("another agent"),
    "participant": N_("somebody who takes part"), "stranger": N_("a stranger"),
    "bounce": N_("a mail server (not delivered)"), "machine": N_("a machine"),
}  # fmt: skip
ADDRESSEES = {
    "customer": N_("the customer"), "queue": N_("a queue"), "group": N_("a group"),
    "role": N_("a role"), "person": N_("a person"),
}  # fmt: skip
ENUMS = {
    "channel": CHANNELS, "article.channel": CHANNELS, "article.direction": DIRECTIONS,
    "article.writer": WRITERS,
}  # fmt: skip


def named(request: Request, name: str, values: Iterable[Any]) -> Choices:
    """The values of a fact that is one of a few things, in words where there are any."""
    words = ENUMS.get(name, {})
    return [(str(value), request.translate(words.get(value, str(value)))) for value in values]


def suggested(request: Request, name: str) -> Choices:
    """What the desk has for a fact or an action that takes any words; empty where it has nothing.

    `name` is the fact without `ticket.`, the action, or the name space of an open fact.
    """
    asked = _SUGGESTED.get(name)
    return asked(request)[:MOST] if asked else []


def _tags(request: Request) -> Choices:
    often = func.count().desc()
    query = select(TicketTag.tag).group_by(TicketTag.tag).order_by(often, TicketTag.tag)
    return [(tag, tag) for tag in sorted(request.db.scalars(query.limit(MOST)), key=sort_key)]


def _processes(request: Request) -> Iterator[Definition]:
    return request.desk.library.all_in_force(request.db)


def _messages(request: Request) -> Choices:
    found = {name for one in _processes(request) for name in one.messages}
    return [(name, name) for name in sorted(found)]


def _steps(request: Request) -> Choices:
    """Steps that somebody does, by the title that agents see."""
    pick = request.reader.pick
    found = {
        step.id: f"{pick(step.title) or step.name or step.id} ({pick(one.title) or one.key})"
        for one in _processes(request)
        for step in one.steps.values()
        if step.assign or step.form
    }
    return sorted(found.items(), key=lambda one: sort_key(one[1]))


def _lanes(request: Request) -> Choices:
    found = {s.lane for one in _processes(request) for s in one.steps.values() if s.lane}
    return [(lane, lane) for lane in sorted(found, key=sort_key)]


def _addressees(request: Request) -> Choices:
    return [(value, request.translate(label)) for value, label in ADDRESSEES.items()]


def _answers(request: Request) -> Choices:
    """Names of what forms of processes ask for, with the question."""
    found: dict[str, str] = {}
    for one in _processes(request):
        for form in one.forms.values():
            fields = form.ui.get("fields") or {}
            for name in form.schema.get("properties") or {}:
                label = fields.get(name, {}).get("label")
                found.setdefault(name, request.reader.pick(label or {}) or name)
    return sorted(found.items(), key=lambda one: sort_key(one[1]))


_SUGGESTED: dict[str, Callable[[Request], Choices]] = {
    "tags": _tags, "add_tag": _tags, "remove_tag": _tags, "message": _messages,
    "step.id": _steps, "step.lane": _lanes, "step.for": _addressees, "form": _answers,
}  # fmt: skip
