"""What an agent does with a step: take it, give it back, hand it over, fill it in, finish it."""

from __future__ import annotations

from typing import Any

from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.commands import steps
from engine.commands.undo import Remembered
from engine.errors import Conflict, Invalid, NotFound, VorgangError
from engine.people.queries import person_by_login
from engine.tickets.access import may_take, reads
from engine.tickets.flow import WorkItem
from webapp.forms import looks
from webapp.forms.answers import Answers
from webapp.i18n import N_
from webapp.kept import words_of
from webapp.limits import spend_as_person
from webapp.presenters.choices import step_options
from webapp.presenters.now import step_fields
from webapp.presenters.ticket_page import page_of
from webapp.refused import refuse
from webapp.views.agent.answers import done, id_of, text_of
from webapp.views.agent.drafts import read_draft

MOST = 100  # steps taken or given back at once


@view_config(route_name="steps.claim", request_method="POST", permission="agent")
def claim(request: Request) -> Response:
    """Take a step; taking that back leaves it and the ticket as they were."""
    item, undo = _item(request), Remembered(request.work, "claim")
    with undo.ticket(item.ticket):
        steps.claim(request.work, item)
    text = request.translate("You have taken “%(step)s”") % {"step": _name(request, item)}
    return _said(request, item, text, undo)


@view_config(route_name="steps.unclaim", request_method="POST", permission="agent")
def unclaim(request: Request) -> Response:
    """Give a step back to those who could take it."""
    item, undo = _item(request), Remembered(request.work, "give back")
    with undo.ticket(item.ticket):
        steps.unclaim(request.work, item)
    text = request.translate("“%(step)s” is free again") % {"step": _name(request, item)}
    return _said(request, item, text, undo)


@view_config(route_name="steps.bulk", request_method="POST", permission="agent")
def bulk(request: Request) -> Response:
    """Take or give back several; which ones were left, and why, is said and no error."""
    free = text_of(request, "do") == "unclaim"
    undo = Remembered(request.work, "give back" if free else "claim")
    chosen = [text for text in request.POST.getall("select")[:MOST] if text.isdecimal()]
    refused: list[tuple[str, str]] = []
    for text in chosen:
        number = "?"
        try:
            item = steps.item_for(request.work, int(text[:12]))
            number = item.ticket.number
            with request.db.begin_nested(), undo.ticket(item.ticket):
                (steps.unclaim if free else steps.claim)(request.work, item)
        except VorgangError as error:
            refused.append((number, request.reader.explain(error)))
    said = N_("%(count)s of %(all)s given back") if free else N_("%(count)s of %(all)s taken")
    values = {"count": len(chosen) - len(refused), "all": len(chosen)}
    kind, href = "warn" if refused else "ok", _list(request)
    text = request.translate(said) % values
    return done(request, text, href, undo=undo, kind=kind, refused=refused)


@view_config(route_name="steps.hand_over", request_method="POST", permission="agent")
def hand_over(request: Request) -> Response:
    """Give a step to a colleague."""
    item, undo = _item(request), Remembered(request.work, "hand over")
    person = person_by_login(request.db, text_of(request, "person"))
    if person is None:
        raise Invalid("There is nobody with this login.", fields={"person": "enum"})
    with undo.ticket(item.ticket):
        steps.hand_over(request.work, item, person)
    text = request.translate("Handed over to %(name)s") % {"name": person.name}
    return _said(request, item, text, undo)


@view_config(route_name="steps.draft", request_method="POST", renderer="json", permission="agent")
def draft(request: Request) -> dict[str, bool]:
    """Keep what has been typed into a step's form."""
    spend_as_person(request, "drafts", request.desk.settings.limit_drafts)
    steps.save_draft(request.work, _item(request), read_draft(request))
    return {"kept": True}


@view_config(route_name="steps.complete", request_method="POST", permission="agent")
def complete(request: Request) -> Response:
    """Finish a step; wrong or missing answers bring the page back with all that was typed."""
    item = _item(request)
    page = _sent(request, item)
    answers = page.answers
    if not answers.ok and item.status == "open":
        return _again(request, item, page)
    try:
        left = steps.complete_step(request.work, item, answers.values)
    except Invalid as error:
        refuse(request, error)
        _explain(request, answers, error)
        return _again(request, item, page)
    except Conflict as error:
        return _too_late(request, item, error)
    text = request.translate("“%(step)s” is done") % {"step": _name(request, item)}
    if left:
        text = f"{text}. {request.translate(left)}"
    return done(request, text, _back(request, item), kind="warn" if left else "ok")


@view_config(
    route_name="steps.ask",
    request_method="POST",
    renderer="parts/asked.jinja2",
    permission="agent",
)
def ask(request: Request) -> dict[str, Any]:
    """The questions of a step as they are after an answer has changed."""
    spend_as_person(request, "asking", request.desk.settings.limit_drafts)
    item = _item(request)
    asked = steps.step_asked(request.work, item)
    if asked is None or not may_take(request.actor, item) or item.status != "open":
        raise NotFound("There is no such step.")
    page = looks.changed(request.work, asked, request.POST, request.reader.language)
    return {"fields": step_fields(request, page)}


def _sent(request: Request, item: WorkItem) -> looks.Shown:
    asked = steps.step_asked(request.work, item)
    if asked is None:
        return looks.nothing()
    options = step_options(request)
    return looks.sent(request.work, asked, request.POST, request.reader, options)


def _explain(request: Request, answers: Answers, error: Invalid) -> None:
    """Put what the desk refused beside the questions it concerns."""
    for name in error.fields:
        known = answers.typed.keys() | answers.values.keys()
        answers.errors[name if name in known else ""] = request.reader.explain(error)
    if not error.fields:
        answers.errors[""] = request.reader.explain(error)


def _again(request: Request, item: WorkItem, sent: looks.Shown) -> Response:
    page = page_of(request, item.ticket, answers={item.id: sent})
    response = render_to_response("agent/ticket.jinja2", {"page": page}, request=request)
    response.status_int = 422
    return response


def _too_late(request: Request, item: WorkItem, error: Conflict) -> Response:
    """Somebody else has done it: the ticket as it is now, and what was typed beside it."""
    status = refuse(request, error)
    if not reads(request.db, request.actor, item.ticket):
        raise error
    late = {"text": words_of(request.POST.items()), "why": request.reader.explain(error)}
    values = {"page": page_of(request, item.ticket), "late": late}
    response = render_to_response("agent/ticket.jinja2", values, request=request)
    response.status_int = status
    return response


def _item(request: Request) -> WorkItem:
    return steps.item_for(request.work, id_of(request, "item"))


def _name(request: Request, item: WorkItem) -> str:
    return str(request.reader.pick(item.title) or item.step_id)


def _said(request: Request, item: WorkItem, text: str, undo: Remembered) -> Response:
    seen = text_of(request, "from") or reads(request.db, request.actor, item.ticket)
    return done(request, text, _back(request, item), undo=undo, leave=not seen)


def _back(request: Request, item: WorkItem) -> str:
    """Where to go on: the list that one came from, else the ticket if one may still see it."""
    if text_of(request, "from") or not reads(request.db, request.actor, item.ticket):
        return _list(request)
    return str(request.route_path("tickets.one", number=item.ticket.number, _anchor="now"))


def _list(request: Request) -> str:
    """The list of tasks that one came from, else today's."""
    tasks, came = str(request.route_path("tasks")), text_of(request, "from", 500)
    return came if came.partition("?")[0] == tasks else str(request.route_path("today"))
