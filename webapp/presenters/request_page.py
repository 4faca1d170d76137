"""Everything that a customer sees on the page of one request."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pyramid.request import Request

from engine.catalogue.models import CustomField
from engine.catalogue.queries import custom_fields
from engine.channels.quoting import split_quoted
from engine.commands.steps import form_of, initial_values, step_asked
from engine.tickets import queries
from engine.tickets.flow import WorkItem
from engine.tickets.models import Article, Ticket
from engine.tickets.requests import Facts, as_customer
from engine.tickets.signs import Signs, signs_of
from engine.work import Work
from webapp.forms import looks
from webapp.forms.fields import Field
from webapp.forms.looks import Shown
from webapp.i18n import N_
from webapp.presenters.conversation import File, file_of
from webapp.presenters.customer import Standing, all_facts, answer_by, standing_of, way_for
from webapp.presenters.customer_diagram import marks
from webapp.presenters.customer_path import Way
from webapp.presenters.drafts import Draft, draft_of
from webapp.presenters.passed_on import passed_on

MESSAGES, MOST_MESSAGES = 50, 200  # shown at once, and at most while the page stays open


@dataclass(frozen=True)
class Said:
    """One message of the conversation."""

    id: int
    kind: str
    who: str
    mine: bool
    at: Any
    own: str
    quoted: str
    files: list[File]


@dataclass(frozen=True)
class Question:
    """A step that waits for the reader, with its form."""

    id: int
    title: str
    fields: list[Field]
    submit: str
    errors: list[str]
    draft: Draft
    by: str  # until when an answer is asked for, in words
    ask_url: str = ""  # where rules say how the form looks after an answer


@dataclass(frozen=True)
class Look:
    """A request as far as a poll has to look at it."""

    facts: Facts
    messages: int
    tag: str


@dataclass
class Page:
    """A request's page."""

    ticket: Ticket
    standing: Standing
    way: Way
    said: list[Said]
    questions: list[Question]
    own_fields: list[tuple[str, str]]  # name and value of what the company shows its customers
    tag: str
    own: bool
    first: int = 0  # the id of the first message shown
    sorted_by: str = ""  # that it was passed on by itself, and by which of the customer's words
    earlier: int = 0  # how many messages there are before it
    live: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    can_reopen: bool = False
    draft: str = ""
    draft_at: datetime | None = None

    @property
    def asked(self) -> str:
        """The ids of the steps that wait for the reader, as the poll carries them."""
        return ",".join(str(question.id) for question in self.questions)

    @property
    def last_word(self) -> Said | None:
        """What somebody else wrote last: that is what a question to the reader is about."""
        written = [one for one in self.said if not one.mine and one.kind != "automatic"]
        return written[-1] if written else None


def looked_at(request: Request, ticket: Ticket) -> Look:
    """Where the request stands, and the tag of that; the conversation is not read for it."""
    facts = all_facts(request, [ticket])[ticket.id]
    signs = signs_of(request.db, as_customer(request.work).actor, ticket, facts.items)
    return Look(facts, signs.messages, tag_of(facts, signs))


def page_of(
    request: Request,
    ticket: Ticket,
    typed: dict[int, Shown] | None = None,
    look: Look | None = None,
) -> Page:
    """The page; `typed` are refused answers by the id of their step."""
    work = as_customer(request.work)
    look = look or looked_at(request, ticket)
    facts = look.facts
    way = way_for(request, facts)
    draft = draft_of(request, f"answer-{ticket.number}")
    since = number_of(request, "since")
    bound = MESSAGES if since is None else MOST_MESSAGES
    articles = queries.articles(request.db, work.actor, ticket, last=bound, since=since)
    mine = [i for i in facts.items if i.for_customer and i.person_id == request.actor.id]
    page = Page(
        ticket=ticket,
        standing=standing_of(request, facts, way),
        way=way,
        said=[said(request, article) for article in articles],
        questions=[question(request, work, item, (typed or {}).get(item.id)) for item in mine],
        own_fields=own_fields(request, ticket),
        tag=look.tag,
        first=articles[0].id if articles else 0,
        earlier=max(look.messages - len(articles), 0),
        own=ticket.customer_id == request.actor.id,
        can_reopen=ticket.state.type.startswith("closed") and ticket.queue.follow_up == "possible",
        draft=str(draft.content.get("body", "")),
        draft_at=draft.at,
    )
    if not ticket.state.ended:
        shown = [ticket.title, *(one.own for one in page.said)]
        page.sorted_by = passed_on(request, ticket, shown)
    if facts.instance is not None:
        definition = request.desk.library.definition(facts.instance.version)
        page.live, page.done = marks(definition, way.live), marks(definition, way.done)
    return page


def own_fields(request: Request, ticket: Ticket) -> list[tuple[str, str]]:
    """The company's own fields that are shown to customers, where they have a value."""
    values = ticket.custom or {}
    return [
        (request.reader.pick(row.title) or row.name, shown_value(request, row, values[row.name]))
        for row in (custom_fields(request.db) if values else [])
        if row.customer_visible and values.get(row.name)
    ]


def shown_value(request: Request, row: CustomField, value: Any) -> str:
    """A date as the reader writes it, everything else as it stands."""
    if row.kind == "date":
        with suppress(ValueError):
            return str(request.reader.date(date.fromisoformat(str(value))))
    return str(value)


def earlier_of(request: Request, ticket: Ticket) -> tuple[list[Said], int, int]:
    """Messages before the one that the address names, the id of the first, whether more follow."""
    actor, before = as_customer(request.work).actor, number_of(request, "before")
    found = queries.articles(request.db, actor, ticket, last=MESSAGES + 1, before=before)
    more, found = len(found) > MESSAGES, found[-MESSAGES:]
    first = found[0].id if found else 0
    return [said(request, article) for article in found], first, int(more)


def number_of(request: Request, name: str) -> int | None:
    """The id of a message that the address names."""
    text = str(request.GET.get(name) or "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


def tag_of(facts: Facts, signs: Signs) -> str:
    """Changes whenever something that the customer sees may have changed."""
    ticket = facts.ticket
    seen = (
        ticket.version,
        ticket.state_id,
        signs.conversation,
        [item.id for item in facts.items],
        [clock.due_at for clock in facts.clocks],
        len(facts.log),
    )
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:20]


def said(request: Request, article: Article) -> Said:
    """One message: of us only the name is told, never an address."""
    own, quoted = split_quoted(article.body)
    return Said(
        id=article.id,
        kind=kind_of(request, article),
        who=who_said(request, article),
        mine=article.person_id is not None and article.person_id == request.actor.id,
        at=article.created_at,
        own=own.strip("\n"),
        quoted=quoted.strip("\n"),
        files=[file_of(request, a) for a in article.attachments if not a.inline],
    )


def kind_of(request: Request, article: Article) -> str:
    """Whose words these are, as the conversation shows it."""
    if article.direction == "in":
        return "customer"
    return "automatic" if article.automatic or article.person_id is None else "agent"


def who_said(request: Request, article: Article) -> str:
    """The reader is 'You', the desk has its name, everybody else theirs."""
    if article.person_id is not None and article.person_id == request.actor.id:
        return str(request.translate(N_("You")))
    unnamed = not article.sender or "@" in article.sender
    if article.direction != "in" and (unnamed or article.person_id is None):
        return str(request.desk.settings.mail_name)
    return article.sender


def question(request: Request, work: Work, item: WorkItem, sent: Shown | None) -> Question:
    """A step's form for the reader, with what was typed before and what was wrong with it."""
    draft, form = draft_of(request, f"step-{item.id}"), form_of(work, item)
    asked, page = step_asked(work, item), sent
    if asked is not None and page is None:
        values = initial_values(work, item) | draft.content
        typed = item.draft | draft.content
        page = looks.shown(work, asked, values, request.reader.language, typed)
    errors = page.answers.errors if page else {}
    path = request.route_path("requests.ask", number=item.ticket.number, item=item.id)
    said_ui = form.ui if form else {}
    return Question(
        id=item.id,
        title=request.reader.pick(said_ui.get("title")) or request.reader.pick(item.title),
        fields=question_fields(request, item, page) if page else [],
        ask_url=path if page and page.look.answers_matter else "",
        submit=request.reader.pick(said_ui.get("submit")) or request.translate(N_("Send")),
        errors=[errors[""]] if errors.get("") else [],
        draft=draft,
        by=answer_by(request, item.due_at),
    )


def question_fields(request: Request, item: WorkItem, page: Shown) -> list[Field]:
    """The questions of a step for whoever it waits for."""
    return looks.fields_of(page, request.reader.language, prefix=f"s{item.id}-")
