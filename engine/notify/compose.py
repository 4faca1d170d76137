"""What a message to one person says: one notification in its own words, several as one list.

Everything is asked now: the ticket as it stands, the language and the zone of whoever reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from engine.channels.characters import one_line
from engine.channels.threading import build_subject
from engine.notify.frames import word
from engine.notify.kinds import tells_of_promise
from engine.notify.render import filled, render, short_text, with_title
from engine.notify.texts import LANGUAGES, Text, notice
from engine.notify.values import About, Values
from engine.people.models import Person
from engine.settings import Settings
from engine.tickets.flow import WorkItem
from engine.tickets.models import Ticket

SMS_LONGEST = 300
MOST_TICKETS = 50  # that one message lists
MOST_LINES = 20  # of one ticket


@dataclass(frozen=True)
class Told:
    """One notification as its reader may see it now; `place` is where, below the desk's address."""

    kind: str
    at: datetime
    ticket: Ticket | None
    place: str  # tickets or requests, else a page that is about no ticket
    text: str = ""
    reason: str = ""
    item: WorkItem | None = None
    due: datetime | None = None  # when it was to be told, where that comes late
    stands_for: str = ""  # the name of who is away
    team: bool = False  # nobody stands in for them, so their team is told
    clock: str = ""  # the kind of promise that runs out


@dataclass(frozen=True)
class Letter:
    """To whom a message goes, and when."""

    session: Session
    settings: Settings
    person: Person
    now: datetime

    @property
    def language(self) -> str:
        """What it is written in."""
        return self.person.language if self.person.language in LANGUAGES else "en"

    def values(self, one: Told) -> Mapping[str, str]:
        """What a notification may name."""
        if one.ticket is not None:
            return Values(
                About(
                    self.session, self.settings, one.ticket, self.person, one.place, one.item,
                    text=one.text, reason=one.reason, clock=one.clock,
                )
            )  # fmt: skip
        return {"name": self.person.name, "desk": self.settings.mail_name, "text": one.text,
                "link": self.address(one.place)}  # fmt: skip

    def words(self, one: Told) -> Text:
        """The text of its kind."""
        return notice(self.session, one.kind).texts[self.language]

    def address(self, page: str) -> str:
        """Of a page."""
        return f"{self.settings.base_url.rstrip('/')}/{page}"


def message_for(letter: Letter, told: Sequence[Told], digest: str = "") -> tuple[str, str]:
    """Subject and body of one mail for all of these, which are in their order."""
    first = told[0]
    tickets = {one.ticket.id if one.ticket else 0 for one in told}
    if digest or len(tickets) > 1:
        return _of_several(letter, told, digest)
    if len(told) == 1:
        subject, body = render(letter.session, first.kind, letter.language, letter.values(first))
        if first.clock and not tells_of_promise(first.kind):  # why it comes, such as a ticket given
            body += f"\n{letter.values(first)['promise']}\n"
        if first.due is not None:
            body += f"\n{_came_late(letter, first.due)}\n"
        if first.stands_for:
            why = "team" if first.team else "substitute"
            body += f"\n{word(letter.language, why, name=first.stands_for)}\n"
    else:
        values = {
            name: letter.values(first).get(name, "")
            for name in ("number", "title", "queue", "link")
        }
        listed = {"text": "\n".join(_lines(letter, told)), "count": str(len(told))}
        values |= listed
        subject, body = render(letter.session, "bundle_ticket", letter.language, values)
    if first.ticket is not None:
        subject = build_subject(
            first.ticket.number, subject, hook=letter.settings.ticket_hook,
            form=letter.settings.subject_format, prefix="",
        )  # fmt: skip
    return subject, body


def text_for(letter: Letter, told: Sequence[Told]) -> str:
    """The same as an SMS: what the first says, its number and page, and how many there are."""
    first, language = told[0], letter.language
    values = letter.values(first)
    if first.ticket is not None:
        said = short_text(letter.words(first), values, letter.settings.ticket_hook, link=False)
    else:
        said, _ = filled(letter.words(first), values)
    lines = [one_line(said, 160)]
    if first.clock:
        lines.append(values["promise"])
    if first.stands_for:
        lines.append(f"({word(language, 'for', name=one_line(first.stands_for, 40))})")
    if len(told) > 1:
        lines.append(word(language, "more", n=str(len(told) - 1)))
    link = values["link"]
    return "\n".join(["\n".join(lines)[: max(0, SMS_LONGEST - len(link) - 1)], link])


def headline(letter: Letter, one: Told) -> str:
    """What happened in a few words, without the title that stands above it."""
    subject, _ = filled(letter.words(one), with_title(letter.values(one), ""))
    said = one_line(subject, 200).rstrip(" :–-")
    if one.clock and tells_of_promise(one.kind):
        said = f"{said}: {word(letter.language, one.clock)}"
    if not one.stands_for:
        return said
    return f"{said} ({word(letter.language, 'for', name=one_line(one.stands_for, 80))})"


def _of_several(letter: Letter, told: Sequence[Told], digest: str) -> tuple[str, str]:
    by_ticket: dict[int, list[Told]] = {}
    for one in told:
        by_ticket.setdefault(one.ticket.id if one.ticket else 0, []).append(one)
    groups = list(by_ticket.values())
    values = {
        "name": letter.person.name,
        "desk": letter.settings.mail_name,
        "text": "\n\n".join(_parts(letter, groups)),
        "count": str(len(told)),
        "tickets": str(len(groups)),
        "link": letter.address("settings#notices"),
    }
    frame = f"digest_{digest}" if digest else "bundle"
    return render(letter.session, frame, letter.language, values)


def _parts(letter: Letter, groups: Sequence[Sequence[Told]]) -> Iterator[str]:
    """What happened on each ticket, under its title; of very many, the last by number alone."""
    for group in groups[:MOST_TICKETS]:
        ticket = group[0].ticket
        lines = [f"  {line}" for line in _lines(letter, group)]
        if ticket is not None:
            title = one_line(ticket.title, 120)
            lines.insert(0, f"[{letter.settings.ticket_hook}{ticket.number}] {title}")
        lines.append(f"  {letter.values(group[0])['link']}")
        yield "\n".join(lines)
    left = groups[MOST_TICKETS:]
    if left:
        numbers = [group[0].ticket.number for group in left[:200] if group[0].ticket]
        yield f"{word(letter.language, 'more_tickets', n=str(len(left)))} {', '.join(numbers)}"


def _lines(letter: Letter, told: Sequence[Told]) -> list[str]:
    """One line for each thing that happened, in order; the same several times in a row is one."""
    said = []
    for words, run in groupby(told, lambda one: headline(letter, one)):
        same = list(run)
        times = f" ({len(same)}×)" if len(same) > 1 else ""
        said.append(f"{_span(letter, same[0].at, same[-1].at)}  {words}{times}")
    if len(said) > MOST_LINES:
        left = word(letter.language, "more", n=str(len(said) - MOST_LINES))
        said = [*said[:MOST_LINES], left]
    return said


def _came_late(letter: Letter, due: datetime) -> str:
    """That this was to be told earlier: with the date, so that nobody takes it for the promise."""
    at = due.astimezone(ZoneInfo(letter.person.zone))
    date, time = (f"{at:%d.%m.%Y}" if letter.language == "de" else f"{at:%Y-%m-%d}"), f"{at:%H:%M}"
    return word(letter.language, "late", date=date, time=time)


def _span(letter: Letter, first: datetime, last: datetime) -> str:
    """`14:05`, `14:05–14:09`, with the date where that is not today's."""
    zone = ZoneInfo(letter.person.zone)
    date = "%d.%m.%Y" if letter.language == "de" else "%Y-%m-%d"
    begins, ends = first.astimezone(zone), last.astimezone(zone)
    today = letter.now.astimezone(zone).date()
    said = f"{begins:%H:%M}" if begins.date() == today else f"{begins:{date} %H:%M}"
    if begins.date() != ends.date():
        return f"{said} – {ends:{date} %H:%M}"
    return said if f"{begins:%H:%M}" == f"{ends:%H:%M}" else f"{said}–{ends:%H:%M}"
