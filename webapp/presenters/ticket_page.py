"""The ticket page as a whole: conversation, what is to be done now, and what one must know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from pyramid.request import Request
from sqlalchemy.orm import joinedload

from engine.commands.reach import way_to_customer
from engine.people.models import Person
from engine.sla.models import TicketClock
from engine.tickets import queries
from engine.tickets.access import may
from engine.tickets.flow import Incident, ProcessInstance, WorkItem
from engine.tickets.models import Reminder, Ticket
from engine.tickets.reminders import reminders_on
from engine.tickets.signs import Signs, signs_of, tag
from engine.tickets.visits import Present, present, reply_key
from webapp.forms.looks import Shown
from webapp.presenters.choices import (
    agent_choices,
    end_state_choices,
    pending_choices,
    title_of,
)
from webapp.presenters.clocks import ClockRow, clock_rows
from webapp.presenters.conversation import Bubble, bubbles
from webapp.presenters.deciding import decided_on
from webapp.presenters.drafts import draft_of
from webapp.presenters.facts import Fact, facts_of
from webapp.presenters.history import Sentence, sentences
from webapp.presenters.now import Step, steps_now
from webapp.presenters.outlook import TypeChoice, other_types
from webapp.presenters.path import Path, called, path_of
from webapp.presenters.why import Why, by_itself, reasons

OTHERS = 5  # open tickets of the same customer that are shown
COUNTED = 100  # and how many of them are counted
MESSAGES, MOST_MESSAGES = 50, 200  # shown at once, and at most while the page stays open
HISTORY = 200


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
    """The left column; `earlier` is how many messages are a click away."""

    bubbles: list[Bubble]
    count: int
    earlier: int = 0
    first: int = 0


@dataclass
class Now:
    """The middle column."""

    steps: list[Step]
    incidents: list[Incident]
    path: Path | None
    agents: list[tuple[str, str]]
    called: dict[str, str]  # the steps that stopped, by their ids
    decided_on: str  # the page with what an approval is about


@dataclass
class Side:
    """The right column."""

    facts: list[Fact]
    clocks: list[ClockRow]
    why: list[Why]
    others: list[Ticket]
    others_count: int
    others_more: bool  # than are counted
    links: list[tuple[str, Ticket]]
    history: list[Sentence]
    earlier_changes: int = 0
    reminders: Sequence[Reminder] = ()  # the reader's own
    by_itself: frozenset[str] = frozenset()  # facts that no person set as they are


@dataclass
class Dialogs:
    """What the dialogs say before something far-reaching is done, and what they let one choose."""

    end_states: list[tuple[str, str]]
    pending_states: list[tuple[str, str]]
    types: list[TypeChoice]
    steps: list[str]  # those that end with the process
    process: str
    others: list[Ticket]  # into which one may want to merge


@dataclass
class Page:
    """All of it, with what the reader may do."""

    ticket: Ticket
    state: str
    head: ClockRow | None
    conversation: Conversation
    now: Now
    side: Side
    here: list[Present]
    reply: ReplyForm
    may: dict[str, bool]
    dialogs: Dialogs
    tags: dict[str, str]
    way: str  # the channel that reaches the customer


VERBS = ("reply", "note", "forward", "close", "merge", "change", "work", "link")
# What the page needs of its ticket, brought with it.
WITH = (
    joinedload(Ticket.customer).joinedload(Person.organisation),
    joinedload(Ticket.owner),
    joinedload(Ticket.responsible),
)


class Asked:
    """What several parts of the page need, each asked for once and only where it is needed."""

    def __init__(self, request: Request, ticket: Ticket) -> None:
        self.request, self.ticket = request, ticket

    @cached_property
    def items(self) -> list[WorkItem]:
        """The open steps; their process comes first, so that they find it there."""
        return queries.open_items(self.request.db, self.ticket) if self.process else []

    @cached_property
    def process(self) -> ProcessInstance | None:
        """The ticket's process."""
        return queries.instance_of(self.request.db, self.ticket)

    @cached_property
    def incidents(self) -> list[Incident]:
        """The steps that could not be carried out."""
        return queries.incidents(self.request.db, self.ticket)

    @cached_property
    def clocks(self) -> list[TicketClock]:
        """What was promised."""
        return queries.clocks(self.request.db, self.ticket)

    @cached_property
    def others(self) -> tuple[list[Ticket], int]:
        """Other open tickets of the same customer, and how many there are."""
        return _others(self.request, self.ticket)

    @cached_property
    def present(self) -> list[Present]:
        """Who else has the ticket open."""
        return present(self.request.db, self.request.actor, self.ticket, self.request.work.now)

    @cached_property
    def reminders(self) -> Sequence[Reminder]:
        """What the reader wants to be reminded of here."""
        return reminders_on(self.request.db, self.request.actor, self.ticket)

    @cached_property
    def signs(self) -> Signs:
        """What changes with each part."""
        items = vars(self).get("items")
        return signs_of(self.request.db, self.request.actor, self.ticket, items)

    @property
    def tags(self) -> dict[str, str]:
        """The tag of each part, in the order in which the page says them."""
        signs = self.signs
        return {
            "head": signs.side,
            "conversation": signs.conversation,
            "now": signs.now,
            "side": tag((signs.side, [(one.id, one.at) for one in self.reminders])),
            "here": tag(self.present)[:8],
            "dialogs": tag((signs.now, signs.side))[:16],
        }


def page_of(
    request: Request,
    ticket: Ticket,
    *,
    reply: ReplyForm | None = None,
    answers: Mapping[int, Shown] | None = None,
) -> Page:
    """The page; `reply` and `answers` bring back what was typed and refused."""
    asked = Asked(request, ticket)
    now = now_of(asked, answers)
    return Page(
        ticket=ticket,
        state=title_of(request, ticket.state),
        head=head_of(asked),
        conversation=conversation_of(asked),
        now=now,
        side=side_of(asked),
        here=asked.present,
        reply=reply or _draft(request, ticket),
        may=rights_of(request, ticket),
        dialogs=dialogs_of(asked),
        way=way_to_customer(ticket).channel,
        tags=asked.tags,
    )


def rights_of(request: Request, ticket: Ticket) -> dict[str, bool]:
    """What the reader may do with this ticket, by verb."""
    return {verb: may(request.db, request.actor, ticket, verb) for verb in VERBS}


def head_of(asked: Asked) -> ClockRow | None:
    """The clock that ends first, for the line below the title."""
    first = [one for one in asked.clocks if one.due_at and one.due_at == asked.ticket.due_at]
    return next(iter(clock_rows(asked.request, asked.ticket, first[:1])), None)


def conversation_of(asked: Asked) -> Conversation:
    """The left column: the latest messages, from the first one on that the page shows already."""
    request, since = asked.request, str(asked.request.GET.get("since") or "")
    first = int(since) if since.isdecimal() and len(since) < 10 else None
    bound = MESSAGES if first is None else MOST_MESSAGES
    session, actor, ticket = request.db, request.actor, asked.ticket
    articles = queries.articles(session, actor, ticket, last=bound, since=first)
    whole = asked.signs.messages <= len(articles)
    return Conversation(
        bubbles=bubbles(request, articles),
        count=asked.signs.messages,
        earlier=0 if whole or first is not None else asked.signs.messages - len(articles),
        first=articles[0].id if articles else 0,
    )


def earlier_of(request: Request, ticket: Ticket) -> Conversation:
    """The messages before one that the address names, or the latest."""
    before = str(request.GET.get("before") or "")
    last = int(before) if before.isdecimal() and len(before) < 10 else None
    found = queries.articles(
        request.db, request.actor, ticket, last=MESSAGES + 1, before=last
    )  # fmt: skip
    more, found = len(found) > MESSAGES, found[-MESSAGES:]
    first = found[0].id if found else 0
    return Conversation(bubbles(request, found), len(found), earlier=int(more), first=first)


def now_of(asked: Asked, answers: Mapping[int, Shown] | None = None) -> Now:
    """The middle column."""
    request, process = asked.request, asked.process
    return Now(
        steps=steps_now(request, asked.items, asked.clocks, answers),
        incidents=asked.incidents,
        path=path_of(request, process, asked.incidents),
        agents=agent_choices(request),
        called=called(request, process, [one.step_id for one in asked.incidents]),
        decided_on=decided_on(request, asked.ticket.number, process),
    )


def side_of(asked: Asked) -> Side:
    """The right column."""
    request, ticket = asked.request, asked.ticket
    session, actor = request.db, request.actor
    others, count = asked.others
    history = queries.history(session, ticket, limit=HISTORY)
    return Side(
        facts=facts_of(request, ticket),
        clocks=clock_rows(request, ticket, asked.clocks),
        why=reasons(request, ticket, history),
        others=others,
        others_count=count,
        others_more=count == COUNTED,
        links=queries.linked(session, actor, ticket),
        history=sentences(request, history),
        earlier_changes=max(asked.signs.changes - len(history), 0),
        by_itself=by_itself(history),
        reminders=asked.reminders,
    )


def dialogs_of(asked: Asked) -> Dialogs:
    """The dialogs that open over the page."""
    request, process = asked.request, asked.process
    pick = request.reader.pick
    definition = request.desk.library.definition(process.version) if process else None
    return Dialogs(
        end_states=end_state_choices(request),
        pending_states=pending_choices(request),
        types=other_types(request, asked.ticket),
        steps=[pick(item.title) or item.step_id for item in asked.items],
        process=pick(definition.title) or process.version.key if definition and process else "",
        others=asked.others[0],
    )


def _others(request: Request, ticket: Ticket) -> tuple[list[Ticket], int]:
    """Other open tickets of the same customer, and how many there are, up to `COUNTED`."""
    if ticket.customer_id is None:
        return [], 0
    session, actor = request.db, request.actor
    wanted = queries.Filter(customer_id=ticket.customer_id, open_only=True)
    found = queries.tickets(session, actor, wanted, limit=OTHERS + 2)
    others = [other for other in found if other.id != ticket.id]
    if len(others) <= OTHERS:
        return others, len(others)
    count = queries.count(session, actor, wanted, most=COUNTED + 1)
    return others[:OTHERS], min(count - (0 if ticket.state.ended else 1), COUNTED)


def _draft(request: Request, ticket: Ticket) -> ReplyForm:
    draft = draft_of(request, reply_key(ticket))
    return ReplyForm(draft.content, at=draft.at)
