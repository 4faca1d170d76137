"""Asking for something: the catalogue, what fits while one types, the form, and sending it."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.catalogue.models import Offer
from engine.catalogue.queries import offer_for
from engine.commands.articles import NewFile
from engine.commands.drafts import drop_draft
from engine.commands.form_rules import Asked, asked_request, report
from engine.commands.tickets import NewTicket
from engine.errors import Invalid
from engine.tickets.models import Ticket
from engine.tickets.requests import as_customer
from engine.work import Work
from webapp.forms import looks
from webapp.forms.answers import Answers
from webapp.forms.fields import field_ui
from webapp.i18n import N_
from webapp.limits import spend_as_person
from webapp.once import once_per_form
from webapp.presenters import offers as shown
from webapp.presenters.drafts import draft_of
from webapp.presenters.faq import search
from webapp.refused import refuse
from webapp.views.agent.answers import accepted, text_of
from webapp.views.customer.uploads import AGAIN, files_of

FORM = "customer/offer.jinja2"


@view_config(
    route_name="offers",
    request_method="GET",
    renderer="customer/offers.jinja2",
    permission="login",
)
def catalogue(request: Request) -> dict[str, Any]:
    """Everything that can be asked for; with words typed, what fits them comes first."""
    text = text_of(request, "q")
    return suggestions(request, text) | {"cards": shown.cards(request, text=text)}


@view_config(
    route_name="offers.suggest",
    request_method="GET",
    renderer="customer/suggest.jinja2",
    permission="login",
)
def suggest(request: Request) -> dict[str, Any]:
    """Answers of the FAQ and offers that fit what has been typed so far, as a piece of a page."""
    found = suggestions(request, text_of(request, "q"))
    return found | ({"fitting": []} if "answers" in request.GET else {})


def suggestions(request: Request, text: str) -> dict[str, Any]:
    """What fits a text."""
    if len(text) < 3:
        return {"q": text, "hits": [], "fitting": []}
    found = shown.fitting(request, text)
    return {
        "q": text,
        "hits": search(request, text, limit=3),
        "fitting": shown.cards(request, found, text),
    }


def offer_here(request: Request) -> Offer:
    """The offer of the address."""
    return offer_for(request.db, as_customer(request.work).actor, request.matchdict["key"])


@view_config(route_name="offers.one", request_method="GET", renderer=FORM, permission="login")
def offer_form(request: Request) -> dict[str, Any]:
    """The form of one offer; words typed before are its title already."""
    offer = offer_here(request)
    name, text = shown.title_field(offer.form), text_of(request, "title")
    typed = draft_of(request, f"offer-{offer.key}").content
    values = typed | ({name: text} if name and text else {})
    language = request.reader.language
    return form_of(request, offer, looks.shown(*ruled(request, offer), values, language))


@view_config(
    route_name="offers.ask",
    request_method="POST",
    renderer="customer/offer_asked.jinja2",
    permission="login",
)
def ask(request: Request) -> dict[str, Any]:
    """The questions as they are after an answer has changed."""
    spend_as_person(request, "asking", request.desk.settings.limit_drafts)
    offer, language = offer_here(request), request.reader.language
    page = looks.changed(*ruled(request, offer), request.POST, language)
    fields = looks.fields_of(page, language)
    return {"fields": fields, "title_field": shown.title_field(offer.form)}


@view_config(route_name="offers.one", request_method="POST", renderer=FORM, permission="login")
def send(request: Request) -> dict[str, Any] | Response:
    """Send the request and go to its page, which says its number and what happens next."""
    spend_as_person(request, "requests", request.desk.settings.limit_requests)
    offer, reader = offer_here(request), request.reader
    page = looks.sent(*ruled(request, offer), request.POST, reader)
    answers, problem, files = page.answers, "", []
    try:
        files = files_of(request, sent_files(request, answers))
    except Invalid as error:
        refuse(request, error)
        problem = f"{request.reader.explain(error)} {request.translate(AGAIN)}"
    if problem or not answers.ok:
        return form_of(request, offer, page, problem)
    try:
        work = as_customer(request.work)
        ticket = once_per_form(
            request,
            work,
            lambda: report(work, new_ticket(request, offer, answers, files), page.look),
            lambda made: request.db.get_one(Ticket, made),
        )
    except Invalid as error:
        refuse(request, error)
        return form_of(request, offer, page, request.reader.explain(error))
    drop_draft(request.work, f"offer-{offer.key}")
    accepted(request)
    where = request.route_path("requests.one", number=ticket.number, _query={"new": "1"})
    return HTTPSeeOther(where)


def new_ticket(request: Request, offer: Offer, answers: Answers, files: list[NewFile]) -> NewTicket:
    """The request as the desk takes it; what is no question of the form does not count."""
    ui, values = offer.form.get("ui", {}), answers.values
    service = [values[n] for n in values if field_ui(ui, n).get("ticket") == "service"]
    return NewTicket(
        title=shown.title_of(offer, values, request.reader),
        body=shown.body_of(offer, values, request.reader),
        channel="web",
        customer=request.person,
        offer=offer.key,
        answers=values,
        service=str(service[0]) if service else None,
        files=files,
        language=request.reader.language,
    )


def sent_files(request: Request, answers: Answers) -> list[Any]:
    """All files of the form, also of questions that ask for one."""
    named = [part for parts in answers.files.values() for part in parts]
    return [*request.POST.getall("files"), *named]


def ruled(request: Request, offer: Offer) -> tuple[Work, Asked]:
    """The form of an offer, and with whose rights rules are asked about it."""
    work = as_customer(request.work)
    return work, asked_request(work, offer, request.person)


def form_of(request: Request, offer: Offer, page: looks.Shown, problem: str = "") -> dict[str, Any]:
    """What the form shows; status 422 where something is wrong with what was sent."""
    _, pick = request.translate, request.reader.pick
    language, document = request.reader.language, offer.document
    matters = page.look.answers_matter
    ask_url = request.route_path("offers.ask", key=offer.key) if matters else ""
    if request.method == "POST":
        request.response.status_int = 422
        if not problem and any(getattr(p, "filename", "") for p in request.POST.getall("files")):
            problem = _(AGAIN)
    return {
        "card": shown.card(request, offer),
        "fields": looks.fields_of(page, language),
        "ask_url": ask_url,
        "title_field": shown.title_field(offer.form),
        "draft": draft_of(request, f"offer-{offer.key}"),
        "problem": problem,
        "submit": pick(page.look.form.ui.get("submit")) or _(N_("Send")),
        "next": pick(document.get("next")),
        "by_when": pick(document.get("by_when")),
    }
