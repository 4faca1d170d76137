"""What the process asks of a customer: confirm, approve, answer."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.commands.steps import complete_step, item_for, step_asked
from engine.errors import Invalid, NotFound
from engine.tickets.access import reads
from engine.tickets.flow import WorkItem
from engine.tickets.models import Ticket
from engine.tickets.requests import as_customer
from engine.work import Work
from webapp.forms import looks
from webapp.i18n import N_
from webapp.kept import words_of
from webapp.limits import spend_as_person
from webapp.presenters.request_page import page_of, question_fields
from webapp.refused import refuse
from webapp.views.agent.answers import done, id_of
from webapp.views.customer.requests import PAGE, request_here

NEEDED = {
    "required": N_("Please answer this."),
    "enum": N_("Please choose one of the answers offered."),
}


@view_config(route_name="requests.step", request_method="POST", renderer=PAGE, permission="login")
def complete(request: Request) -> dict[str, Any] | Response:
    """Finish a step that waits for the reader, with its form."""
    ticket, work = request_here(request), as_customer(request.work)
    item = item_here(request, work, ticket)
    if item.status != "open":
        return answered_already(request, item)
    asked = step_asked(work, item)
    sent = looks.sent(work, asked, request.POST, request.reader) if asked else looks.nothing()
    answers = sent.answers
    if not answers.ok:
        return refused_step(request, item, sent)
    try:
        complete_step(work, item, answers.values)
    except Invalid as error:
        refuse(request, error)
        answers.errors |= messages(request, error)
        return refused_step(request, item, sent)
    request.db.flush()
    readable = reads(work.session, work.actor, ticket)
    name, values = ("requests.one", {"number": ticket.number}) if readable else ("requests", {})
    text = request.translate(N_("Thank you, we have got your answer."))
    return done(request, text, request.route_path(name, **values))


@view_config(
    route_name="requests.ask",
    request_method="POST",
    renderer="parts/asked.jinja2",
    permission="login",
)
def ask(request: Request) -> dict[str, Any]:
    """The questions of a step as they are after an answer has changed."""
    spend_as_person(request, "asking", request.desk.settings.limit_drafts)
    ticket, work = request_here(request), as_customer(request.work)
    item = item_here(request, work, ticket)
    asked = step_asked(work, item)
    if asked is None or item.status != "open":
        raise NotFound("There is no such step.")
    page = looks.changed(work, asked, request.POST, request.reader.language)
    return {"fields": question_fields(request, item, page)}


def item_here(request: Request, work: Work, ticket: Ticket) -> WorkItem:
    """The step of the address, which waits for the reader."""
    item = item_for(work, id_of(request, "item"))
    if item.ticket_id != ticket.id or not item.for_customer or item.person_id != work.actor.id:
        raise NotFound("There is no such step.")
    return item


def answered_already(request: Request, item: WorkItem) -> dict[str, Any]:
    """The page as it is now, and what was typed beside it."""
    request.response.status_int = 409
    page = page_of(request, item.ticket)
    why = request.translate(N_("This has been answered already."))
    late = {"text": words_of(request.POST.items()), "why": why}
    return {"page": page, "fresh": False, "text": page.draft, "problem": "", "late": late}


def messages(request: Request, error: Invalid) -> dict[str, str]:
    """What the engine found wrong, by field, in the reader's words."""
    if not error.fields:
        return {"": request.reader.explain(error)}
    other = N_("This answer does not fit.")
    return {name: request.translate(NEEDED.get(code, other)) for name, code in error.fields.items()}


def refused_step(request: Request, item: WorkItem, sent: looks.Shown) -> dict[str, Any]:
    """The page again, with what was typed and what is wrong; nothing is saved."""
    request.response.status_int = 422
    page = page_of(request, item.ticket, {item.id: sent})
    return {"page": page, "fresh": False, "text": page.draft, "problem": ""}
