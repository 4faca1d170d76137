"""What the process asks of a customer: confirm, approve, answer."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.commands.steps import complete_step, form_of, item_for
from engine.errors import Invalid, NotFound
from engine.tickets.access import reads
from engine.tickets.flow import WorkItem
from engine.tickets.requests import as_customer
from engine.workflow import Form
from webapp.forms.answers import Answers, read_answers
from webapp.i18n import N_
from webapp.kept import words_of
from webapp.presenters.request_page import page_of
from webapp.refused import refuse
from webapp.views.agent.answers import done
from webapp.views.customer.requests import PAGE, request_here

NEEDED = {
    "required": N_("Please answer this."),
    "enum": N_("Please choose one of the answers offered."),
}


@view_config(route_name="requests.step", request_method="POST", renderer=PAGE, permission="login")
def complete(request: Request) -> dict[str, Any] | Response:
    """Finish a step that waits for the reader, with its form."""
    ticket = request_here(request)
    work = as_customer(request.work)
    item = item_for(work, min(int(request.matchdict["item"]), 2**31 - 1))
    if item.ticket_id != ticket.id or not item.for_customer or item.person_id != work.actor.id:
        raise NotFound("There is no such step.")
    if item.status != "open":
        return answered_already(request, item)
    answers = read(request, form_of(work, item))
    if not answers.ok:
        return refused_step(request, item, answers)
    try:
        complete_step(work, item, answers.values)
    except Invalid as error:
        refuse(request, error)
        answers.errors |= messages(request, error)
        return refused_step(request, item, answers)
    request.db.flush()
    readable = reads(work.session, work.actor, ticket)
    name, values = ("requests.one", {"number": ticket.number}) if readable else ("requests", {})
    text = request.translate(N_("Thank you, we have got your answer."))
    return done(request, text, request.route_path(name, **values))


def answered_already(request: Request, item: WorkItem) -> dict[str, Any]:
    """The page as it is now, and what was typed beside it."""
    request.response.status_int = 409
    page = page_of(request, item.ticket)
    why = request.translate(N_("This has been answered already."))
    late = {"text": words_of(request.POST.items()), "why": why}
    return {"page": page, "fresh": False, "text": page.draft, "problem": "", "late": late}


def read(request: Request, form: Form | None) -> Answers:
    """The answers of the form; a step without a form has none."""
    if form is None:
        return Answers()
    return read_answers(form.schema, form.ui, request.POST, request.reader.language)


def messages(request: Request, error: Invalid) -> dict[str, str]:
    """What the engine found wrong, by field, in the reader's words."""
    if not error.fields:
        return {"": request.reader.explain(error)}
    other = N_("This answer does not fit.")
    return {name: request.translate(NEEDED.get(code, other)) for name, code in error.fields.items()}


def refused_step(request: Request, item: WorkItem, answers: Answers) -> dict[str, Any]:
    """The page again, with what was typed and what is wrong; nothing is saved."""
    request.response.status_int = 422
    page = page_of(request, item.ticket, {item.id: answers})
    return {"page": page, "fresh": False, "text": page.draft, "problem": ""}
