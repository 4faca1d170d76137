"""The form for a new ticket: what was typed, what is missing, what can be chosen."""

from __future__ import annotations

from dataclasses import dataclass, field

from pyramid.request import Request

from engine.catalogue import queries as catalogue
from engine.errors import VorgangError
from engine.people.models import Person
from webapp.i18n import N_
from webapp.presenters import choices
from webapp.presenters.drafts import Draft, draft_of

KEY = "new-ticket"  # of its draft
CHANNELS = (
    ("phone", N_("Phone")),
    ("email", N_("E-mail")),
    ("fax", N_("Fax")),
    ("sms", N_("SMS")),
    ("web", N_("Web")),
)
TOLD = {
    "title": N_("Please say in a few words what it is about."),
    "body": N_("Please write down what was said."),
    "customer": N_("Please choose who called, or give name and number of a new caller."),
    "email": N_("Please give a complete e-mail address."),
    "queue": N_("Please choose a kind of request or a queue."),
    "files": N_("This file is too large."),
}


@dataclass
class NewForm:
    """Everything the form shows."""

    values: dict[str, str]
    shown: str
    offers: list[tuple[str, str]]
    queues: list[tuple[str, str]]
    priorities: list[tuple[str, str]]
    channels: list[tuple[str, str]]
    draft: Draft
    files: bool = False  # some were sent along and have to be chosen again
    errors: dict[str, str] = field(default_factory=dict)


def form_of(request: Request, typed: dict[str, str], error: VorgangError | None = None) -> NewForm:
    """The form with what was typed and, per field, what is wrong."""
    _ = request.translate
    errors = {}
    if error is not None:
        fields = getattr(error, "fields", {})
        plain = request.reader.explain(error)
        errors = {n: _(TOLD[n]) if n in TOLD else plain for n in fields} or {"": plain}
    offers = [
        (offer.key, request.reader.pick(offer.document.get("title")) or offer.key)
        for offer in catalogue.offers(request.db, request.actor)
    ]
    queues = [
        (queue.name, queue.name)
        for queue in catalogue.queues(request.db)
        if queue.group_id in request.actor.groups_with("create")
    ]
    return NewForm(
        values=typed,
        shown=_name(request, typed.get("customer", "")),
        offers=offers,
        queues=queues,
        priorities=choices.priority_choices(request),
        channels=[(value, _(label)) for value, label in CHANNELS],
        draft=draft_of(request, KEY),
        errors=errors,
    )


def may_create_in(request: Request, name: str) -> bool:
    """Whether who asks may open tickets in this queue."""
    groups = request.actor.groups_with("create")
    return any(q.name == name and q.group_id in groups for q in catalogue.queues(request.db))


def _name(request: Request, chosen: str) -> str:
    person = request.db.get(Person, int(chosen[:12])) if chosen.isdecimal() else None
    return person.name if person else ""
