"""Days out of an iCalendar file (RFC 5545): public holidays and company holidays of elsewhere.

Only what is asked for is read: events with their days, their name and how they come again. The
file is a stranger's: its size, its lines and what comes again are bounded, nothing is fetched, and
what cannot be read is counted, not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain, islice
from zoneinfo import ZoneInfo

from engine.errors import Invalid
from engine.sla.recurring import Budget, Rule, days_of_rule, read_rule

LARGEST = 2**20  # bytes
MOST_EVENTS = 5_000
MOST_WORK = 60_000  # for all days, and for all that comes again
MOST_DAYS = 3_660  # that all events together may name
LONGEST_EVENT = 366  # days
LONGEST_NAME = 120
_LENGTH = re.compile(
    r"P(?:(\d{1,3})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:\d+S)?)?"
)
_NAME = re.compile(r"[A-Za-z0-9-]{1,60}")


@dataclass(frozen=True)
class IcalDay:
    """One day that an event covers; `hours` says from when to when, where that is not all of it.

    With `every` it is so each year from then on, and later years do not name it again.
    """

    date: date
    name: str
    hours: str = ""
    every: bool = False


@dataclass(frozen=True)
class IcalDays:
    """The days between two dates, in order, and how many events could not be read."""

    days: tuple[IcalDay, ...]
    events: int
    unread: int


@dataclass(frozen=True)
class _Line:
    name: str
    parameters: dict[str, str]
    value: str


def read_ical(data: bytes, zone: str, first: date, last: date) -> IcalDays:
    """The days of a file within a range, by the clock of `zone`; `Invalid` for no such file."""
    if len(data) > LARGEST:
        raise Invalid("The file is larger than one megabyte.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("The file is not text in UTF-8.") from None
    if not text.lstrip().upper().startswith("BEGIN:VCALENDAR"):
        raise Invalid("The file is no iCalendar file (.ics).")
    found: dict[date, IcalDay] = {}
    events = list(islice(_events(text), MOST_EVENTS + 1))
    if len(events) > MOST_EVENTS:
        raise Invalid("The file has more than 5000 events.")
    unread, budget, moved = 0, Budget(MOST_WORK), _moved(events, ZoneInfo(zone))
    for event in events:
        try:
            for day in _days(event, ZoneInfo(zone), first, last, budget, moved):
                budget.spend(1)
                known = found.get(day.date)
                if known is None or (bool(known.hours), day.every) > (bool(day.hours), known.every):
                    found[day.date] = day
                if len(found) > MOST_DAYS:
                    raise Invalid("The file names too many days.")
        except (ValueError, OverflowError, TypeError, KeyError, AttributeError):
            unread += 1
    return IcalDays(tuple(found[day] for day in sorted(found)), len(events), unread)


def _events(text: str) -> Iterator[list[_Line]]:
    """The lines of each event, without what is nested in it (alarms)."""
    event: list[_Line] | None = None
    inside = 0
    for raw in _unfolded(text):
        head, colon, value = _split(raw)
        name, *parameters = head.split(";")
        name = name.strip().upper()
        if not colon or not _NAME.fullmatch(name):
            continue
        if name == "BEGIN":
            if event is not None:
                inside += 1
            elif value.strip().upper() == "VEVENT":
                event = []
        elif name == "END":
            if inside:
                inside -= 1
            elif event is not None:
                yield event
                event = None
        elif event is not None and not inside and len(event) < 200:
            pairs = (part.partition("=") for part in parameters[:20])
            event.append(_Line(name, {k.upper(): v.strip('"') for k, _, v in pairs}, value))


def _unfolded(text: str) -> Iterator[str]:
    """Lines put together again: what begins with a blank goes on with the line before."""
    parts: list[str] = []
    for line in text.splitlines():
        if line[:1] in (" ", "\t"):
            parts.append(line[1:])
            continue
        if parts:
            yield "".join(parts)[:10_000]
        parts = [line]
    if parts:
        yield "".join(parts)[:10_000]


def _split(line: str) -> tuple[str, bool, str]:
    """Before and behind the first colon that stands in no quotation marks."""
    quoted = False
    for at, letter in enumerate(line):
        if letter == '"':
            quoted = not quoted
        elif letter == ":" and not quoted:
            return line[:at], True, line[at + 1 :]
    return line, False, ""


def _moved(events: Iterable[list[_Line]], zone: ZoneInfo) -> dict[str, set[date]]:
    """The days on which an event that comes again was moved or called off, by its identity."""
    found: dict[str, set[date]] = {}
    for event in events:
        lines = _by_name(event)
        if "UID" in lines and "RECURRENCE-ID" in lines:
            try:
                day = _moment(lines["RECURRENCE-ID"], zone)[0].date()
            except (ValueError, OverflowError):
                continue
            found.setdefault(lines["UID"].value.strip(), set()).add(day)
    return found


def _by_name(event: list[_Line]) -> dict[str, _Line]:
    return {line.name: line for line in reversed(event)}


def _days(
    event: list[_Line], zone: ZoneInfo, first: date, last: date, budget: Budget,
    moved: Mapping[str, set[date]],
) -> Iterator[IcalDay]:  # fmt: skip
    lines = _by_name(event)
    if "STATUS" in lines and lines["STATUS"].value.strip().upper() == "CANCELLED":
        return
    begin, whole = _moment(lines["DTSTART"], zone)
    length = _length(lines, begin, zone, whole=whole)
    if not timedelta(0) <= length <= timedelta(days=LONGEST_EVENT):
        raise ValueError("an event that is too long")
    if whole and length % timedelta(days=1):
        raise ValueError("a whole day that is none")
    name = _text(lines["SUMMARY"].value) if "SUMMARY" in lines else ""
    left_out = set(_dates(event, "EXDATE", zone))
    if "UID" in lines and "RECURRENCE-ID" not in lines:
        left_out |= moved.get(lines["UID"].value.strip(), set())
    more = _dates(event, "RDATE", zone)
    rule = _rule(lines, zone)
    born = rule is not None and begin.year <= first.year and rule.is_birthday(begin.date())
    if whole and born and not left_out and not more:
        spots: dict[tuple[int, int], IcalDay] = {}
        for start in _starts(rule, begin, first - length, date(first.year, 12, 31), budget):
            for day in _covered(start, start + length, name, first, last, whole=True):
                spots.setdefault((day.date.month, day.date.day), replace(day, every=True))
        if spots:
            yield from spots.values()
            return
    starts = _starts(rule, begin, first - length, last, budget)
    for start in chain(starts, (datetime.combine(day, begin.time()) for day in more)):
        if start.date() not in left_out:
            yield from _covered(start, start + length, name, first, last, whole=whole)


def _dates(event: list[_Line], name: str, zone: ZoneInfo) -> list[date]:
    """The days of a list of exceptions (EXDATE) or of further ones (RDATE)."""
    return [
        _moment(_Line(line.name, line.parameters, part.partition("/")[0]), zone)[0].date()
        for line in event if line.name == name
        for part in line.value.split(",")[:1000]
    ]  # fmt: skip


def _rule(lines: dict[str, _Line], zone: ZoneInfo) -> Rule | None:
    """By what it comes again; the end of it is a moment where its begin is one."""
    if "RRULE" not in lines:
        return None
    return read_rule(lines["RRULE"].value, zone if "T" in lines["DTSTART"].value else None)


def _starts(
    rule: Rule | None, begin: datetime, first: date, last: date, budget: Budget
) -> Iterator[datetime]:
    """When it begins: once, or each time by its rule up to the last day."""
    if rule is None:
        yield begin
        return
    for day in days_of_rule(rule, begin.date(), first, last, budget):
        yield datetime.combine(day, begin.time())


def _covered(
    start: datetime, end: datetime, name: str, first: date, last: date, *, whole: bool
) -> Iterator[IcalDay]:
    """The days from one moment to another, with the hours where a day is not covered whole."""
    day = max(start.date(), first)
    while day <= end.date() and day <= last:
        opens = start.time() if day == start.date() else time()
        closes = end.time() if day == end.date() else time()
        touched = day < end.date() or closes > opens or (day == start.date() == end.date())
        if touched and not (day == end.date() != start.date() and not closes):
            full = whole or (opens == time() and closes == time() and day < end.date())
            hours = "" if full else f"{opens:%H:%M}-{closes:%H:%M}".replace("-00:00", "-24:00")
            yield IcalDay(day, name, hours)
        day += timedelta(days=1)


def _moment(line: _Line, zone: ZoneInfo) -> tuple[datetime, bool]:
    """When something is by the clock of `zone`, and whether it is a whole day."""
    value = line.value.strip()
    if re.fullmatch(r"\d{8}", value):
        return datetime.strptime(value, "%Y%m%d"), True  # noqa: DTZ007 - a day has no zone
    moment = datetime.strptime(value.rstrip("Zz"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - see below
    if value[-1:] in "Zz":
        return moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None), False
    if "TZID" in line.parameters:
        there = _zone(line.parameters["TZID"])
        if there is None and moment.time() == time():
            return moment, True  # whatever the zone is called: who blocks whole days means these
        if there is None:
            raise ValueError("an unknown zone")
        return moment.replace(tzinfo=there).astimezone(zone).replace(tzinfo=None), False
    return moment, False


def _zone(name: str) -> ZoneInfo | None:
    """The zone of a name, also behind a maker's prefix (`/mozilla.org/2005/Europe/Berlin`)."""
    for one in (name, "/".join(name.split("/")[-2:])):
        try:
            return ZoneInfo(one)
        except (OSError, ValueError, KeyError):
            continue
    return None


def _length(lines: dict[str, _Line], begin: datetime, zone: ZoneInfo, *, whole: bool) -> timedelta:
    if "DTEND" in lines:
        return _moment(lines["DTEND"], zone)[0] - begin
    if "DURATION" in lines:
        match = _LENGTH.fullmatch(lines["DURATION"].value.strip().lstrip("+"))
        if not match:
            raise ValueError("no length")
        weeks, days, hours, minutes = (int(part or 0) for part in match.groups())
        return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)
    return timedelta(days=1) if whole else timedelta(0)


def _text(value: str) -> str:
    """A name in one line, its escapes undone and what cannot be printed left out."""
    plain = re.sub(r"\\([nN;,\\])", lambda match: " " if match[1] in "nN" else match[1], value)
    printable = "".join(letter if letter.isprintable() else " " for letter in plain)
    return " ".join(printable.split())[:LONGEST_NAME]
