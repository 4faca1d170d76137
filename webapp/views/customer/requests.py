"""A customer's requests: the start page, one request, answering it, opening it again."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.commands.articles import customer_answer
from engine.commands.drafts import drop_draft
from engine.commands.tickets import reopen_ticket
from engine.errors import Conflict, Invalid, NotFound
from engine.tickets.access import ticket_for
from engine.tickets.models import Article, Ticket
from engine.tickets.queries import instance_of
from engine.tickets.requests import as_customer, requests_of
from webapp.i18n import N_
from webapp.once import once_per_form
from webapp.presenters.customer import summaries
from webapp.presenters.customer_diagram import diagram_for, fingerprint
from webapp.presenters.request_list import request_list
from webapp.presenters.request_page import earlier_of, looked_at, page_of
from webapp.refused import refuse
from webapp.views.agent.answers import done, unchanged
from webapp.views.customer.uploads import AGAIN, files_of
from webapp.views.public.login import posted

PAGE = "customer/request.jinja2"
OPEN, ENDED = 100, 20  # on the start page; all of them are a click away


@view_config(
    route_name="requests",
    request_method="GET",
    renderer="customer/start.jinja2",
    permission="login",
)
def start(request: Request) -> dict[str, Any]:
    """How can we help? And below what is under way, what waits for the reader first."""
    actor = as_customer(request.work).actor
    tickets = requests_of(request.db, actor, ended=False, limit=OPEN + 1)
    ended = requests_of(request.db, actor, ended=True, limit=ENDED + 1)
    found = summaries(request, tickets[:OPEN])
    mine = [one for one in found if one.standing.kind == "you"]
    return {
        "mine": mine,
        "open": [one for one in found if one not in mine],
        "ended": summaries(request, ended[:ENDED]),
        "more_open": len(tickets) > OPEN,
        "more_ended": len(ended) > ENDED,
    }


@view_config(
    route_name="requests.all",
    request_method="GET",
    renderer="customer/all.jinja2",
    permission="login",
)
def all_requests(request: Request) -> dict[str, Any]:
    """Everything that was ever asked, page by page; or what contains some words."""
    return {"list": request_list(request)}


def request_here(request: Request) -> Ticket:
    """The request of the address, with the rights of a customer."""
    return ticket_for(as_customer(request.work), request.matchdict["number"][:50])


@view_config(route_name="requests.one", request_method="GET", renderer=PAGE, permission="login")
def one_request(request: Request) -> dict[str, Any]:
    """One request; `?new` right after it was sent."""
    page = page_of(request, request_here(request))
    return {"page": page, "fresh": "new" in request.GET, "text": page.draft, "problem": ""}


@view_config(
    route_name="requests.live",
    request_method="GET",
    renderer="customer/live.jinja2",
    permission="login",
)
def live(request: Request) -> dict[str, Any] | Response:
    """The part of the page that changes by itself, or 304."""
    ticket = request_here(request)
    look = looked_at(request, ticket)
    same = unchanged(request, look.tag)
    if same is not None:
        return same
    page = page_of(request, ticket, look=look)
    return {"page": page, "stale": request.GET.get("asked", "") != page.asked}


@view_config(
    route_name="requests.messages",
    request_method="GET",
    renderer="customer/messages.jinja2",
    permission="login",
)
def earlier_messages(request: Request) -> dict[str, Any]:
    """Messages before those that the page shows."""
    ticket = request_here(request)
    messages, first, more = earlier_of(request, ticket)
    return {"ticket": ticket, "said": messages, "first": first, "more": more}


@view_config(route_name="requests.diagram", request_method="GET", permission="login")
def diagram(request: Request) -> Response:
    """The way of this request as a diagram in the customer's words."""
    instance = instance_of(request.db, request_here(request))
    if instance is None:
        raise NotFound("There is no diagram.")
    definition = request.desk.library.definition(instance.version)
    response = unchanged(request, fingerprint(definition, request.reader.language))
    if response is not None:
        return response
    request.response.body = diagram_for(definition, request.reader)
    request.response.content_type = "application/xml"
    return request.response


@view_config(route_name="requests.answer", request_method="POST", renderer=PAGE, permission="login")
def answer(request: Request) -> dict[str, Any] | Response:
    """Write to us; the process moves on where it waited for that."""
    ticket, body = request_here(request), posted(request, "body")
    work = as_customer(request.work)
    try:
        files = files_of(request)
        if files and not body.strip():
            body = request.translate(N_("See the attached files."))
        once_per_form(
            request,
            work,
            lambda: customer_answer(work, ticket, body, files=files),
            lambda made: request.db.get_one(Article, made),
        )
    except (Invalid, Conflict) as error:
        return refused_answer(request, ticket, body, error)
    drop_draft(work, f"answer-{ticket.number}")
    text = request.translate(N_("Your answer has been sent."))
    return done(request, text, request.route_path("requests.one", number=ticket.number))


@view_config(route_name="requests.reopen", request_method="POST", renderer=PAGE, permission="login")
def reopen(request: Request) -> dict[str, Any] | Response:
    """Open a closed request again, saying what is still wrong."""
    ticket, body = request_here(request), posted(request, "body")
    work = as_customer(request.work)
    try:
        if not ticket.state.type.startswith("closed") or ticket.queue.follow_up != "possible":
            raise Conflict(N_("This request cannot be opened again. Please send a new one."))
        reopen_ticket(work, ticket, body.strip()[:300])
        customer_answer(work, ticket, body, files=files_of(request))
    except (Invalid, Conflict) as error:
        return refused_answer(request, ticket, body, error)
    text = request.translate(N_("Your request is open again."))
    return done(request, text, request.route_path("requests.one", number=ticket.number))


def refused_answer(
    request: Request, ticket: Ticket, body: str, error: Invalid | Conflict
) -> dict[str, Any]:
    """The page as it is now, with what was typed; nothing is saved."""
    refuse(request, error)
    problem = request.reader.explain(error)
    if request.POST.get("files", "") not in (b"", ""):
        problem = f"{problem} {request.translate(AGAIN)}"
    return {"page": page_of(request, ticket), "fresh": False, "text": body, "problem": problem}
