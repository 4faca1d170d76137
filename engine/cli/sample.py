"""Data to try the desk with, loaded by the very commands that people and mails use.

The clock is moved while it loads, and what falls due in between happens then, so that ages, clocks
and histories look as they would. Nothing of it is sent to anybody.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from engine.cli.sample_steps import MOST_STEPS, one_step
from engine.cli.structure import read_sample
from engine.commands.articles import add_note, customer_answer, reply
from engine.commands.due import fire_timer
from engine.commands.faq import save_item
from engine.commands.people import create_person
from engine.commands.structure import set_leads
from engine.commands.tickets import NewTicket, create_ticket
from engine.errors import VorgangError
from engine.faq.models import FaqItem
from engine.notify.models import Notification
from engine.outbox.faq_index import rebuild
from engine.outbox.models import OutboxRow
from engine.people.models import Group, Organisation, Person
from engine.people.queries import actor_of, leads_of_group, person_by_login
from engine.tickets.models import Article, Ticket
from engine.timers.models import Timer
from engine.timers.sweep import sweep
from engine.work import Actor, Work
from engine.workflow.timers import parse_duration

if TYPE_CHECKING:
    from engine.desk import Desk

log = logging.getLogger(__name__)
READ_AFTER = timedelta(days=2)
PAUSES = (25, 90, 40, 310, 15, 1_380, 55, 180, 35, 120, 4_100)  # minutes that a step takes
Entry = Mapping[str, Any]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Event:
    """Something that happened to a sample ticket at a moment; `number` is its place in the file."""

    at: datetime
    number: int
    kind: str  # created, said, advance
    entry: Entry
    step: int = 0  # how many steps were done before this one

    def __lt__(self, other: Event) -> bool:
        """What happens first."""
        return (self.at, self.number) < (other.at, other.number)


def load_sample(desk: Desk, say: Say) -> None:
    """Load what is not there yet: people, FAQ items, tickets."""
    if desk.run(load_people):
        say("Sample people added.")
    if desk.run(load_faq):
        say("Sample FAQ added.")
        rebuild(desk)
    if desk.read(lambda work: work.session.scalar(select(Ticket.id).limit(1))) is None:
        entries = read_sample("tickets").get("tickets", [])
        say(f"Working through {len(entries)} sample tickets …")
        load_tickets(desk, entries)
        desk.run(send_nothing)


def _rights(document: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, list[str]]:
    """Agents do everything in their own groups and may hand tickets on to any other."""
    if "agent" not in entry["roles"]:
        return {}
    own = entry.get("groups", [])
    names = [group["name"] for group in document["groups"]]
    return {name: ["rw"] if name in own else ["move_into"] for name in names}


def load_people(work: Work) -> int:
    """Organisations and people that are not known yet; returns how many people were added."""
    document = read_sample("people")
    for entry in document["organisations"]:
        known = select(Organisation).where(Organisation.name == entry["name"])
        if work.session.scalar(known) is None:
            domain = (entry.get("domains") or [""])[0]
            work.session.add(
                Organisation(
                    name=entry["name"],
                    vip=bool(entry.get("vip")),
                    domain=domain,
                    internal=bool(entry.get("internal")),
                )
            )
    work.session.flush()
    fresh = [e for e in document["people"] if person_by_login(work.session, e["email"]) is None]
    for entry in fresh:
        create_person(
            work,
            login=entry["email"],
            name=entry["name"],
            roles=entry["roles"],
            password=str(document["password"]),
            groups=_rights(document, entry),
            language=entry.get("language", "en"),
            phone=entry.get("phone", ""),
            organisation=work.session.scalar(
                select(Organisation).where(Organisation.name == entry.get("organisation"))
            ),
        )
    for entry in fresh:
        if entry.get("manager"):
            person = person_by_login(work.session, entry["email"])
            manager = person_by_login(work.session, entry["manager"])
            if person is not None and manager is not None:
                person.manager_id = manager.id
    if fresh:
        _leads(work, document["groups"])
    return len(fresh)


def _leads(work: Work, entries: list[Entry]) -> None:
    """Who leads which group, where nobody has been said to yet."""
    work.session.flush()
    for entry in entries:
        group = work.session.scalar(select(Group).where(Group.name == entry["name"]))
        if group is not None and entry.get("leads") and not leads_of_group(work.session, group.id):
            set_leads(work, group, entry["leads"])


def load_faq(work: Work) -> int:
    """FAQ items in all their languages, where there are none at all."""
    if work.session.scalar(select(FaqItem.id).limit(1)) is not None:
        return 0
    entries = read_sample("faq").get("faq", [])
    for entry in entries:
        number = None  # the second language joins the first
        for language in ("de", "en"):
            text = entry[language]
            number = save_item(
                work, number=number, language=language, audience=entry["audience"],
                category=text.get("category", entry.get("category", "")), title=text["title"],
                symptom=text.get("symptom", ""), solution=text["solution"],
                keywords=[str(word) for word in text.get("keywords", [])],
            ).number  # fmt: skip
    return len(entries)


def load_tickets(desk: Desk, entries: list[Entry]) -> None:
    """Let everything happen in its order, each at its time; what is done takes its time, too."""
    present = desk.clock()
    moving = replace(desk, poke=lambda: None)
    ids: dict[int, int] = {}
    coming = list(_events(entries, present))
    heapify(coming)
    while coming:
        event = heappop(coming)
        pass_time(moving, event.at)
        try:
            more = _happen(moving, event, entries[event.number], ids)
        except VorgangError as error:
            log.warning("sample ticket %s, %s: %s", event.number, event.kind, error.message)
            continue
        if more and event.step < MOST_STEPS:
            later = min(event.at + _pause(event), present)
            heappush(coming, replace(event, at=later, step=event.step + 1))
    pass_time(moving, present)


def _pause(event: Event) -> timedelta:
    """How long the next step takes: some are quick, some wait for days, and one is forgotten."""
    minutes = PAUSES[(event.number * 3 + event.step) % len(PAUSES)]
    return timedelta(minutes=minutes)


def pass_time(desk: Desk, until: datetime) -> None:
    """Set the desk's clock to a moment; what falls due before it happens at its own time."""
    while True:
        next_due = (
            select(Timer.due_at).where(Timer.last_error == "").order_by(Timer.due_at).limit(1)
        )
        due = desk.read(lambda work, q=next_due: work.session.scalar(q))  # type: ignore[misc]
        if due is None or due >= until:
            break
        desk.clock = lambda at=due: at  # type: ignore[misc]
        if not sweep(desk, fire_timer):
            break
    desk.clock = lambda: until


def send_nothing(work: Work) -> None:
    """What the sample would have sent counts as sent."""
    topics = ("mail", "notice", "sms", "fax", "index")
    waiting = update(OutboxRow).where(OutboxRow.status == "waiting", OutboxRow.topic.in_(topics))
    work.session.execute(waiting.values(status="done", done_at=work.now))
    undecided = update(Notification).where(Notification.decided_at.is_(None))
    work.session.execute(undecided.values(decided_at=work.now))
    # Nobody leaves the news of weeks unread.
    old = update(Notification).where(Notification.created_at < work.now - READ_AFTER)
    work.session.execute(old.values(read_at=Notification.created_at))
    work.session.execute(
        update(Article).where(Article.delivery == "waiting").values(delivery="sent")
    )


def _events(entries: list[Entry], present: datetime) -> Iterator[Event]:
    for number, entry in enumerate(entries):
        at = present - _length(entry["age"])
        yield Event(at, number, "created", entry)
        last = at
        for said in entry.get("conversation", []):
            last = at + _length(said["after"])
            yield Event(min(last, present), number, "said", said)
        if goals := entry.get("advance", []):  # the last one lies behind the others
            later = last + timedelta(minutes=10)
            yield Event(min(later, present), number, "advance", {"goal": goals[-1]})


def _happen(desk: Desk, event: Event, entry: Entry, ids: dict[int, int]) -> bool:
    """Let it happen; whether the next step towards its goal comes later."""
    if event.kind == "created":
        ids[event.number] = desk.run(lambda work: _create(work, entry).id)
    elif event.kind == "advance":
        return one_step(desk, ids[event.number], str(event.entry["goal"]))
    else:
        actor = desk.read(lambda work: _actor(work, event.entry["from"]))
        desk.run(lambda work: _say(work, ids[event.number], event.entry), actor)
    return False


def _create(work: Work, entry: Entry) -> Ticket:
    customer = _person(work, entry["customer"])
    maker = (
        work if entry["channel"] == "phone" else replace(work, actor=_actor(work, customer.login))
    )
    new = NewTicket(
        title=entry["title"],
        body=entry["text"],
        channel=entry["channel"],
        queue=entry["queue"],
        type=entry["type"],
        priority=entry["priority"],
        service=entry["service"],
        customer=customer,
        language=entry["language"],
        tags=tuple(entry.get("tags", ())),
    )
    return create_ticket(maker, new)


def _say(work: Work, ticket_id: int, entry: Entry) -> None:
    ticket = work.session.get_one(Ticket, ticket_id)
    if entry.get("internal"):
        add_note(work, ticket, entry["text"])
    elif work.actor.is_agent:
        reply(work, ticket, entry["text"], channel=entry["channel"])
    else:
        customer_answer(work, ticket, entry["text"], channel=entry["channel"])


def _actor(work: Work, login: str) -> Actor:
    return actor_of(work.session, _person(work, login))


def _person(work: Work, login: str) -> Person:
    return person_by_login(work.session, login) or work.session.get_one(Person, 0)


def _length(text: str) -> timedelta:
    return parse_duration(text).rest
