"""The form for a new ticket: what was typed, what is missing, what can be chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pyramid.request import Request

from engine.catalogue import queries as catalogue
from engine.commands.form_rules import NEW_TICKET_FORM, Asked, asked_new_ticket
from engine.errors import VorgangError
from engine.people.models import Person
from webapp.forms import looks
from webapp.forms.fields import Field
from webapp.forms.looks import Shown
from webapp.i18n import N_
from webapp.presenters import choices
from webapp.presenters.choices import Choices
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
    fields: list[Field]
    draft: Draft
    ask_url: str = ""  # where rules say how the form looks after an answer
    files: bool = False  # some were sent along and have to be chosen again
    errors: dict[str, str] = field(default_factory=dict)


def form_of(
    request: Request,
    typed: dict[str, str],
    error: VorgangError | None = None,
    page: Shown | None = None,
) -> NewForm:
    """The form with what was typed and, per field, what is wrong; `page` is what was sent of it."""
    _ = request.translate
    errors = {}
    if error is not None:
        fields = getattr(error, "fields", {})
        plain = request.reader.explain(error)
        errors = {n: _(TOLD[n]) if n in TOLD else plain for n in fields} or {"": plain}
    options, language = options_of(request), request.reader.language
    if page is None:
        asked = asked_of(request, typed.get("customer", ""), options)
        values = {name: typed.get(name, "") for name in NEW_TICKET_FORM.schema["properties"]}
        page = looks.shown(request.work, asked, values, language)
    wrong = {name: text for name, text in page.answers.errors.items() if name not in errors}
    fields = looks.fields_of(page, language, options=options)
    return NewForm(
        values=typed,
        shown=_name(request, typed.get("customer", "")),
        fields=[replace(one, error=errors.get(one.name, one.error)) for one in fields],
        draft=draft_of(request, KEY),
        ask_url=request.route_path("tickets.new_ask") if page.look.answers_matter else "",
        errors=errors | wrong,
    )


def asked_of(request: Request, customer: str, options: Mapping[str, Choices]) -> Asked:
    """The form with the rules about it, for whoever calls."""
    person = request.db.get(Person, int(customer[:12])) if customer.isdecimal() else None
    known = {name: tuple(value for value, _ in listed) for name, listed in options.items()}
    return asked_new_ticket(request.work, person, known)


def options_of(request: Request) -> dict[str, Choices]:
    """What can be chosen by whoever opens the ticket."""
    allowed = request.actor.groups_with("create")
    queues = [q.name for q in catalogue.queues(request.db) if q.group_id in allowed]
    return {
        "offer": [
            (offer.key, request.reader.pick(offer.document.get("title")) or offer.key)
            for offer in catalogue.offers(request.db, request.actor)
        ],
        "queue": [(name, name) for name in queues],
        "priority": choices.priority_choices(request),
        "channel": [(value, request.translate(label)) for value, label in CHANNELS],
    }


def may_create_in(request: Request, name: str) -> bool:
    """Whether who asks may open tickets in this queue."""
    groups = request.actor.groups_with("create")
    return any(q.name == name and q.group_id in groups for q in catalogue.queues(request.db))


def _name(request: Request, chosen: str) -> str:
    person = request.db.get(Person, int(chosen[:12])) if chosen.isdecimal() else None
    return person.name if person else ""
