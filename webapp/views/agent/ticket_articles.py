"""What an agent says on a ticket: reply, note, forward; and the draft of it."""

from __future__ import annotations

from collections.abc import Callable

from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.commands import articles
from engine.commands.articles import NewFile
from engine.commands.drafts import drop_draft
from engine.errors import Invalid
from engine.tickets import queries
from engine.tickets.access import ticket_for
from engine.tickets.models import Article, Ticket
from webapp.i18n import N_
from webapp.once import once_per_form
from webapp.presenters.ticket_page import ReplyForm, page_of, reply_key
from webapp.refused import refuse
from webapp.views.agent.answers import done, text_of

CHANNELS = ("email", "sms", "fax", "phone")
MOST_FILES = 20
FIELDS = ("kind", "to", "cc", "channel", "address", "subject", "article")
SAID = {
    "reply": N_("Reply sent"),
    "note": N_("Note saved"),
    "forward": N_("Forwarded"),
    "answer": N_("Answer recorded"),
}


@view_config(route_name="tickets.reply", request_method="POST", permission="agent")
def reply(request: Request) -> Response:
    """The box below the conversation; its field `kind` says what is meant."""
    kind = text_of(request, "kind")
    return say(request, kind if kind in SAYING else "reply")


@view_config(route_name="tickets.note", request_method="POST", permission="agent")
def note(request: Request) -> Response:
    """An internal note."""
    return say(request, "note")


@view_config(route_name="tickets.forward", request_method="POST", permission="agent")
def forward(request: Request) -> Response:
    """Send it on to somebody outside."""
    return say(request, "forward")


def say(request: Request, kind: str) -> Response:
    """Say it; where something is missing the page comes back with all that was typed."""
    ticket = ticket_for(request.work, request.matchdict["number"])
    body = str(request.POST.get("body") or "")
    try:
        article = once_per_form(
            request,
            request.work,
            lambda: SAYING[kind](request, ticket, body),
            lambda made: request.db.get_one(Article, made),
        )
    except Invalid as error:
        return _again(request, ticket, kind, body, error)
    drop_draft(request.work, reply_key(ticket))
    href = request.route_path("tickets.one", number=ticket.number, _anchor=f"m{article.id}")
    return done(request, request.translate(SAID[kind]), href)


def files_sent(request: Request) -> bool:
    """Whether files came along, which a page cannot give back."""
    return any(getattr(item, "filename", "") for item in request.POST.getall("files"))


def files_of(request: Request, name: str = "files") -> list[NewFile]:
    """The files that were sent along, bounded in number; their size is checked by the command."""
    sent = [item for item in request.POST.getall(name) if getattr(item, "filename", "")]
    if len(sent) > MOST_FILES:
        raise Invalid("At most 20 files at once.", fields={"files": "maxItems"})
    return [
        NewFile(
            str(item.filename).replace("\\", "/").rpartition("/")[2],
            str(item.type or "application/octet-stream"),
            item.file.read(request.desk.settings.max_upload_bytes + 1),
        )
        for item in sent
    ]


def _reply(request: Request, ticket: Ticket, body: str) -> Article:
    channel = text_of(request, "channel")
    copied = [part.strip() for part in text_of(request, "cc", 1000).replace(";", ",").split(",")]
    channel = channel if channel in CHANNELS else "email"
    return articles.reply(
        request.work,
        ticket,
        body,
        to=text_of(request, "to") or None,
        cc=[address for address in copied if address],
        channel=channel,
        files=files_of(request),
    )


def _note(request: Request, ticket: Ticket, body: str) -> Article:
    return articles.add_note(request.work, ticket, body, files=files_of(request))


def _answer(request: Request, ticket: Ticket, body: str) -> Article:
    return articles.answered_by_phone(request.work, ticket, body, files=files_of(request))


def _forward(request: Request, ticket: Ticket, body: str) -> Article:
    wanted = text_of(request, "article")
    known = queries.articles(request.db, request.actor, ticket)
    # The whole conversation is the one with the customer: notes and strangers' mails stay inside
    # unless one of them is chosen by itself.
    chosen = [
        a for a in known if str(a.id) == wanted or (wanted == "all" and a.visible and a.verified)
    ]
    address = text_of(request, "address", 400)
    return articles.forward(
        request.work, ticket, address, body, articles=chosen, files=files_of(request)
    )


def _again(request: Request, ticket: Ticket, kind: str, body: str, error: Invalid) -> Response:
    status = refuse(request, error)
    typed = {name: text_of(request, name, 1000) for name in FIELDS} | {"body": body, "kind": kind}
    errors = dict.fromkeys(error.fields or {"body": ""}, request.reader.explain(error))
    page = page_of(request, ticket, reply=ReplyForm(typed, errors, files=files_sent(request)))
    response = render_to_response("agent/ticket.jinja2", {"page": page}, request=request)
    response.status_int = status
    return response


SAYING: dict[str, Callable[[Request, Ticket, str], Article]] = {
    "reply": _reply,
    "note": _note,
    "forward": _forward,
    "answer": _answer,
}
