"""The ticket page as a whole: conversation, what is to be done now, and what one must know."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pyramid.request import Request

from engine.commands.reach import way_to_customer
from engine.tickets import queries
from engine.tickets.access import may
from engine.tickets.flow import Incident
from engine.tickets.models import Ticket
from webapp.forms.answers import Answers
from webapp.presenters.choices import (
    agent_choices,
    end_state_choices,
    pending_choices,
    title_of,
)
from webapp.presenters.clocks import ClockRow, clock_rows
from webapp.presenters.conversation import Bubble, bubbles
from webapp.presenters.drafts import draft_of
from webapp.presenters.facts import Fact, facts_of
from webapp.presenters.history import Sentence, sentences
from webapp.presenters.now import Step, steps_now
from webapp.presenters.outlook import TypeChoice, other_types
from webapp.presenters.path import Path, path_of
from webapp.presenters.why import Why, reasons

OTHERS = 5  # open tickets of the same customer that are shown


@dataclass
class ReplyForm:
    """What stands in the box below the conversation."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    files: bool = False  # some were sent along and have to be chosen again
    at: datetime | None = None  # when the draft was kept that stands there

    def get(self, name: str, other: str = "") -> str:
        """What was typed under this name."""
        return str(self.values.get(name) or other)


@dataclass
class Conversation:
    """The left column."""

    bubbles: list[Bubble]
    tag: str


@dataclass
class Now:
    """The middle column."""

    steps: list[Step]
    incidents: list[Incident]
    path: Path | None
    agents: list[tuple[str, str]]
    tag: str


@dataclass
class Side:
    """The right column."""

    facts: list[Fact]
    clocks: list[ClockRow]
    why: list[Why]
    others: list[Ticket]
    others_count: int
    links: list[tuple[str, Ticket]]
    history: list[Sentence]
    tag: str


@dataclass
class Page:
    """All of it, with what the reader may do."""

    ticket: Ticket
    state: str
    conversation: Conversation
    now: Now
    side: Side
    reply: ReplyForm
    may: dict[str, bool]
    end_states: list[tuple[str, str]]
    pending_states: list[tuple[str, str]]
    types: list[TypeChoice]
    way: str  # the channel that reaches the customer


VERBS = ("reply", "note", "forward", "close", "merge", "change", "work", "link")


def page_of(
    request: Request,
    ticket: Ticket,
    *,
    reply: ReplyForm | None = None,
    answers: Mapping[int, Answers] | None = None,
) -> Page:
    """The page; `reply` and `answers` bring back what was typed and refused."""
    return Page(
        ticket=ticket,
        state=title_of(request, ticket.state),
        conversation=conversation_of(request, ticket),
        now=now_of(request, ticket, answers),
        side=side_of(request, ticket),
        reply=reply or _draft(request, ticket),
        may=rights_of(request, ticket),
        end_states=end_state_choices(request),
        way=way_to_customer(ticket).channel,
        pending_states=pending_choices(request),
        types=other_types(request, ticket),
    )


def rights_of(request: Request, ticket: Ticket) -> dict[str, bool]:
    """What the reader may do with this ticket, by verb."""
    return {verb: may(request.db, request.actor, ticket, verb) for verb in VERBS}


def tag_of(request: Request, ticket: Ticket, part: str) -> str:
    """What changes with a part of the page, found without making the part."""
    session = request.db
    if part == "conversation":
        articles = queries.articles(session, request.actor, ticket)
        return _tag([(a.id, a.delivery, a.problem) for a in articles])
    if part == "now":
        items = [(i.id, i.person_id) for i in queries.open_items(session, ticket)]
        stopped = [(i.id, i.tries) for i in queries.incidents(session, ticket)]
        return _tag((items, stopped, ticket.state_id))
    last = queries.history(session, ticket, limit=1)
    return _tag((ticket.version, last[0].id if last else 0))


def conversation_of(request: Request, ticket: Ticket) -> Conversation:
    """The left column."""
    articles = queries.articles(request.db, request.actor, ticket)
    return Conversation(bubbles(request, articles), tag_of(request, ticket, "conversation"))


def now_of(request: Request, ticket: Ticket, answers: Mapping[int, Answers] | None = None) -> Now:
    """The middle column."""
    return Now(
        steps=steps_now(request, ticket, answers),
        incidents=queries.incidents(request.db, ticket),
        path=path_of(request, ticket),
        agents=agent_choices(request),
        tag=tag_of(request, ticket, "now"),
    )


def side_of(request: Request, ticket: Ticket) -> Side:
    """The right column."""
    session, actor = request.db, request.actor
    wanted = queries.Filter(customer_id=ticket.customer_id, open_only=True)
    others: list[Ticket] = []
    count = 0
    if ticket.customer_id is not None:
        found = queries.tickets(session, actor, wanted, limit=OTHERS + 1)
        others = [other for other in found if other.id != ticket.id][:OTHERS]
        count = queries.count(session, actor, wanted) - (0 if ticket.state.ended else 1)
    history = queries.history(session, ticket, limit=200)
    return Side(
        facts=facts_of(request, ticket),
        clocks=clock_rows(request, ticket),
        why=reasons(request, ticket),
        others=others,
        others_count=count,
        links=queries.linked(session, actor, ticket),
        history=sentences(request, history),
        tag=tag_of(request, ticket, "side"),
    )


def reply_key(ticket: Ticket) -> str:
    """The key under which an unsent reply is kept."""
    return f"reply-{ticket.id}"


def _draft(request: Request, ticket: Ticket) -> ReplyForm:
    draft = draft_of(request, reply_key(ticket))
    return ReplyForm(draft.content, at=draft.at)


def _tag(seen: object) -> str:
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:24]
