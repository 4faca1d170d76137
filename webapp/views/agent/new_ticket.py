"""The form for what reaches us by telephone: who calls, about what, and what helps at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.commands.contacts import new_contact, number_of
from engine.commands.form_rules import CHANNELS, report
from engine.commands.tickets import NewTicket, create_ticket
from engine.errors import Invalid, NotAllowed, NotFound, VorgangError
from engine.faq.queries import find as find_faq
from engine.people.models import Person
from engine.people.queries import person_by_login, person_by_number
from engine.tickets.access import reads
from engine.tickets.models import Ticket
from webapp.forms import looks
from webapp.limits import spend_as_person
from webapp.once import once_per_form
from webapp.presenters.drafts import draft_of
from webapp.presenters.new_ticket import KEY, asked_of, form_of, may_create_in, options_of
from webapp.refused import refuse
from webapp.views.agent.answers import done, text_of
from webapp.views.agent.ticket_articles import files_of, files_sent

TEMPLATE = "agent/new_ticket.jinja2"
LINES = ("customer", "name", "phone", "email", "channel", "offer", "queue", "priority", "title")


@view_config(route_name="tickets.new", request_method="GET", renderer=TEMPLATE, permission="agent")
def new_ticket(request: Request) -> dict[str, Any]:
    """The empty form; a caller can be given by `?customer=`."""
    given = text_of(request, "customer")
    typed = draft_of(request, KEY).over(dict.fromkeys((*LINES, "body"), ""))
    return {"form": form_of(request, typed | ({"customer": given} if given else {}))}


@view_config(route_name="tickets.new", request_method="POST", permission="agent")
def save_ticket(request: Request) -> Response:
    """Open the ticket and go to it."""
    typed = {name: text_of(request, name) for name in LINES}
    typed["body"] = str(request.POST.get("body") or "")[:100_000]
    page = _ruled(request, typed)
    try:
        ticket = once_per_form(
            request,
            request.work,
            lambda: _create(request, _taken(typed, page), page),
            lambda made: request.db.get_one(Ticket, made),
        )
    except (Invalid, NotAllowed, NotFound) as error:
        return _again(request, typed, error, page)
    text = request.translate("Ticket %(number)s opened") % {"number": ticket.number}
    seen = reads(request.db, request.actor, ticket)
    path = request.route_path
    return done(request, text, path("tickets.one", number=ticket.number) if seen else path("today"))


@view_config(
    route_name="tickets.suggest",
    request_method="GET",
    renderer="agent/suggest.jinja2",
    permission="agent",
)
def suggest(request: Request) -> dict[str, Any]:
    """FAQ items that fit what is being typed, as a piece of a page."""
    asked, language = text_of(request, "q"), request.reader.language
    hits = find_faq(
        request.db, request.desk.index, asked, actor=request.actor, language=language, limit=4
    )
    return {"hits": hits, "asked": asked}


@view_config(
    route_name="tickets.new_ask",
    request_method="POST",
    renderer="agent/new_ticket_asked.jinja2",
    permission="agent",
)
def ask(request: Request) -> dict[str, Any]:
    """The questions as they are after an answer has changed."""
    spend_as_person(request, "asking", request.desk.settings.limit_drafts)
    options, language = options_of(request), request.reader.language
    asked = asked_of(request, text_of(request, "customer"), options)
    page = looks.changed(request.work, asked, request.POST, language)
    return {"fields": looks.fields_of(page, language, options=options)}


def _ruled(request: Request, typed: dict[str, str]) -> looks.Shown | None:
    """The form as it was sent, where rules have a say in it."""
    options = options_of(request)
    asked = asked_of(request, typed["customer"], options)
    if not asked.rules:
        return None
    return looks.sent(request.work, asked, request.POST, request.reader, options)


def _taken(typed: dict[str, str], page: looks.Shown | None) -> dict[str, str]:
    """What was typed, as far as it was asked."""
    if page is None:
        return typed
    asked = page.look.form.schema["properties"]
    taken = {name: str(page.answers.values.get(name) or "") for name in asked if name != "body"}
    gone = {name: "" for name in page.look.frame.schema["properties"] if name not in asked}
    return typed | taken | gone


def _create(request: Request, typed: dict[str, str], page: looks.Shown | None) -> Ticket:
    _check(typed)
    if page is not None and not page.answers.ok:
        raise Invalid(
            "Something is still missing.", fields=dict.fromkeys(page.answers.errors, "rule")
        )
    if typed["queue"] and not may_create_in(request, typed["queue"]):
        raise NotAllowed("You may not open tickets in this queue.")
    channel = typed["channel"] if typed["channel"] in CHANNELS else "phone"
    new = NewTicket(
        title=typed["title"],
        body=typed["body"],
        channel=channel,
        queue=typed["queue"] or None,
        priority=typed["priority"] or None,
        offer=typed["offer"] or None,
        customer=_caller(request, typed, channel),
        files=files_of(request),
    )
    return report(request.work, new, page.look) if page else create_ticket(request.work, new)


def _check(typed: dict[str, str]) -> None:
    missing = {name: "required" for name in ("title", "body") if not typed[name].strip()}
    if not typed["customer"] and not (typed["name"] and (typed["email"] or typed["phone"])):
        missing["customer"] = "required"
    if typed["email"] and "@" not in typed["email"]:
        missing["email"] = "email"
    if not typed["offer"] and not typed["queue"]:
        missing["queue"] = "required"
    if missing:
        raise Invalid("Something is still missing.", fields=missing)


def _caller(request: Request, typed: dict[str, str], channel: str) -> Person:
    """The person chosen, or a new contact from what was typed; a known address is not doubled."""
    chosen = typed["customer"]
    if chosen.isdecimal():
        person = request.db.get(Person, int(chosen[:12]))
        if person is not None and person.active:
            return person
    if chosen:
        raise Invalid("Please choose a caller from the list.", fields={"customer": "enum"})
    known = _known(request, typed)
    if known is None:
        known = new_contact(
            request.work,
            name=typed["name"],
            email=typed["email"].lower(),
            number=typed["phone"],
            channel=channel,
            language=request.reader.language,
        )
    if not known.active:
        raise Invalid("This caller has been deactivated.", fields={"caller": "inactive"})
    return known


def _known(request: Request, typed: dict[str, str]) -> Person | None:
    """Who the address belongs to; without one, whose number it is."""
    if typed["email"]:
        return person_by_login(request.db, typed["email"])
    return person_by_number(request.db, number_of(request.work, typed["phone"]))


def _again(
    request: Request, typed: dict[str, str], error: VorgangError, page: looks.Shown | None
) -> Response:
    """The form with all that was typed, whatever the reason for which it was refused."""
    status = refuse(request, error)
    form = form_of(request, typed, error, page)
    values = {"form": replace(form, files=files_sent(request))}
    response = render_to_response(TEMPLATE, values, request=request)
    response.status_int = status
    return response
