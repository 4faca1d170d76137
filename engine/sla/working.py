"""Working time, exact to the second: how much of it passed, and when a promise falls due.

A moment is working time when the clock on the wall of the calendar's zone stands within a frame
of its day. So an hour that the zone leaves out does not count, and an hour that it repeats counts
twice.

Each year (of UTC) is worked out once, as spans with the working time before each; a question is
then two look-ups and a sum over whole years, so decades cost hardly more than an hour.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

from engine.errors import Invalid

DAY = 86_400
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FURTHEST = 100  # years that we look ahead or back; a promise beyond them is a mistake
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = date(1970, 1, 1).toordinal()

Frame = tuple[time, time]
Span = tuple[int, int]  # seconds since 1970, the end not included


@dataclass(frozen=True)
class Year:
    """The working time of a year of UTC: spans in order, and what was worked by each one's end."""

    starts: list[int]
    ends: list[int]
    worked: list[int]

    @property
    def total(self) -> int:
        """Working seconds of the whole year."""
        return self.worked[-1] if self.worked else 0

    def before(self, at: int) -> int:
        """Working seconds of this year before a moment of it."""
        where = bisect_right(self.ends, at)
        if where == len(self.ends):
            return self.total
        left = self.ends[where] - max(at, self.starts[where])
        return self.worked[where] - left

    def earliest(self, wanted: int) -> int:
        """The first moment by which so much (1 to `total`) was worked: 17:00, not next morning."""
        where = bisect_left(self.worked, wanted)
        return self.ends[where] - (self.worked[where] - wanted)

    def latest(self, wanted: int) -> int:
        """The last moment by which no more (0 to `total` - 1) was worked: next morning."""
        where = bisect_right(self.worked, wanted)
        return self.ends[where] - (self.worked[where] - wanted)


@dataclass(frozen=True)
class Calendar:
    """When people work. `hours`: frames by weekday, Monday is 0; an end of 00:00 is midnight.

    A frame whose end is before its beginning goes on after midnight and belongs to the day on
    which it begins. `holidays` are days without work, `yearly` those of every year (month, day).
    `exceptions` are the frames of single days, none for a day that is closed; `each_year` those of
    a day of every year, which make no working day of one that the week has not. A day is what its
    date says, else what its day of the year says, else free as a holiday, else as in any week.
    With `ends_open` what ends exactly when work ends falls due when it begins again. Raises
    Invalid when there is no frame at all, when frames overlap, or for an unknown zone.
    """

    name: str
    zone: str
    hours: Mapping[int, list[Frame]]
    holidays: frozenset[date] = frozenset()
    title: Mapping[str, str] = field(default_factory=dict)
    yearly: frozenset[tuple[int, int]] = frozenset()
    ends_open: bool = False
    exceptions: Mapping[date, tuple[Frame, ...]] = field(default_factory=dict)
    each_year: Mapping[tuple[int, int], tuple[Frame, ...]] = field(default_factory=dict)
    _days: dict[date, tuple[Span, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _years: dict[int, Year] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not known_zone(self.zone):
            raise Invalid(f"Calendar {self.name}: unknown time zone {self.zone!r}.")
        if not any(self.hours.values()):
            raise Invalid(f"Calendar {self.name} has no working time at all.")
        for weekday, usual in self.hours.items():
            if weekday not in range(7):
                raise Invalid(f"Calendar {self.name}: a week has no day {weekday}.")
            if any(opens == closes != time() for opens, closes in usual):
                raise Invalid(f"Calendar {self.name}: a frame of {WEEK[weekday]} is empty.")
        for weekday, _, _ in overlapping(self.hours):
            raise Invalid(f"Calendar {self.name}: frames of {WEEK[weekday]} overlap.")
        others: list[tuple[date | tuple[int, int], tuple[Frame, ...]]] = [
            *self.exceptions.items(), *self.each_year.items(),
        ]  # fmt: skip
        for spot, frames in others:
            if any(opens == closes != time() for opens, closes in frames):
                raise Invalid(f"Calendar {self.name}: a frame of {_said(spot)} is empty.")
            if any(opens < closes for (_, closes), (opens, _) in _pairs(frames)):
                raise Invalid(f"Calendar {self.name}: frames of {_said(spot)} overlap.")

    def frames_on(self, day: date) -> Sequence[Frame]:
        """The frames that begin on this day."""
        own = self.exceptions.get(day)
        if own is not None:
            return own
        usual = self.hours.get(day.weekday(), ())
        yearly = self.each_year.get((day.month, day.day))
        if yearly is not None:
            return yearly if usual else ()
        free = day in self.holidays or (day.month, day.day) in self.yearly
        return () if free else usual

    @property
    def works_each_year(self) -> bool:
        """Whether work comes again and again, so that whatever is promised can come to an end.

        What stands at single dates does not: those are over some day.
        """
        if not any(self.hours.values()):
            return False
        year = (date(2023, 1, 1) + timedelta(days=number) for number in range(365))
        spots = ((day.month, day.day) for day in year)
        return any(self.each_year.get(spot, spot not in self.yearly) for spot in spots)

    def spans(self, day: date) -> tuple[Span, ...]:
        """The working time of a local day, as spans of seconds since 1970, in order."""
        known = self._days.get(day)
        if known is None:
            try:
                known = tuple(_merged(self._find(day.toordinal(), day.toordinal())))
            except OverflowError as error:
                raise Invalid(f"{day} is beyond what a calendar can count.") from error
            if len(self._days) > 4_000:
                self._days.clear()  # also while another thread reads there
            self._days[day] = known
        return known

    def year(self, number: int) -> Year:
        """The working time of a year of UTC."""
        known = self._years.get(number)
        if known is None:
            try:
                known = self._worked(number)
            except (OverflowError, ValueError) as error:
                raise Invalid(f"{number} is beyond what a calendar can count.") from error
            if len(self._years) > 4 * FURTHEST:
                self._years.clear()
            self._years[number] = known
        return known

    def _worked(self, number: int) -> Year:
        first, after = date(number, 1, 1).toordinal(), date(number + 1, 1, 1).toordinal()
        opens, closes = (DAY * (ordinal - EPOCH_DAY) for ordinal in (first, after))
        # The local day may be one off the day of UTC, and a night's work began the day before.
        spans = _merged(
            (max(low, opens), min(high, closes))
            for low, high in self._find(first - 2, after + 1)
            if low < closes and high > opens
        )
        worked = accumulate(high - low for low, high in spans)
        return Year([low for low, _ in spans], [high for _, high in spans], list(worked))

    def _find(self, first: int, last: int) -> Iterator[Span]:
        """The working time of the local days from one ordinal to another, in no order."""
        low, high = (DAY * (ordinal - EPOCH_DAY) for ordinal in (first - 1, last + 3))
        days = [
            (DAY * (ordinal - EPOCH_DAY), [_seconds(frame) for frame in frames])
            for ordinal in range(first, last + 1)
            if (frames := self.frames_on(date.fromordinal(ordinal)))
        ]
        for start, end, offset in _steady(ZoneInfo(self.zone), low, high):
            for midnight, shifts in days:
                for opens, closes in shifts:
                    begin = max(start, midnight + opens - offset)
                    until = min(end, midnight + closes - offset)
                    if begin < until:
                        yield begin, until


def known_zone(name: str) -> bool:
    """Whether there is a time zone of this name."""
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return False
    return True


def working_seconds(cal: Calendar, start: datetime, end: datetime) -> int:
    """Working seconds from `start` to `end`, both aware; negative when `end` comes first."""
    low, high = _stamp(start), _stamp(end)
    if high < low:
        return -working_seconds(cal, end, start)
    first, last = _moment(low).year, _moment(high).year
    whole = sum(cal.year(number).total for number in range(first, last))
    return whole + cal.year(last).before(high) - cal.year(first).before(low)


def add_working(cal: Calendar, start: datetime, seconds: int) -> datetime:
    """The moment (UTC) at which `seconds` of working time have passed since `start`.

    It is the earliest such moment: four hours from 13:00 end at 17:00, not next morning, unless
    the calendar says so. Negative seconds go back, to the latest moment from which so much is
    worked until `start`: from 10:00 two hours lead to 8:00. Nothing ends at `start` itself, or
    when work begins where the calendar says so. Raises Invalid for what lies beyond a lifetime.
    """
    if not seconds and not cal.ends_open:
        return _moment(_stamp(start))
    return _reached(cal, start, seconds, seconds < 0 or cal.ends_open)


def next_working(cal: Calendar, start: datetime, seconds: int = 0) -> datetime:
    """The last moment (UTC) by which so much was worked: without any, when work begins next."""
    return _reached(cal, start, seconds, True)


def open_spans(
    cal: Calendar, begin: datetime, end: datetime, limit: int = 2000
) -> list[tuple[datetime, datetime]]:
    """The working time between two moments (UTC), in order; what lies between is closed.

    Frames that touch are one. There are at most `limit`, so that no page is asked to draw ages.
    """
    low, high = _stamp(begin), _stamp(end)
    found: list[Span] = []
    if low >= high:
        return []
    for number in range(_moment(low).year, _moment(high).year + 1):
        year = cal.year(number)
        for at in range(bisect_right(year.ends, low), bisect_left(year.starts, high)):
            opens, closes = max(low, year.starts[at]), min(high, year.ends[at])
            if found and found[-1][1] == opens:
                opens = found.pop()[0]
            elif len(found) == limit:
                return [(_moment(one), _moment(two)) for one, two in found]
            found.append((opens, closes))
    return [(_moment(one), _moment(two)) for one, two in found]


def _reached(cal: Calendar, start: datetime, seconds: int, later: bool) -> datetime:
    """The first or last moment that is so much working time away from `start`."""
    at = _stamp(start)
    number = _moment(at).year
    wanted = cal.year(number).before(at) + seconds  # worked since this year began
    for _ in range(FURTHEST):
        year = cal.year(number)
        if wanted < 0:
            number -= 1
            wanted += cal.year(number).total
        elif wanted < year.total or (wanted == year.total and not later):
            return _moment(year.latest(wanted) if later else year.earliest(wanted))
        else:
            number += 1
            wanted -= year.total
    raise Invalid(f"Calendar {cal.name} has too little working time for {seconds} seconds.")


def add_working_days(cal: Calendar, start: datetime, days: int) -> datetime:
    """The moment (UTC) so many working days after `start`, at the same time of the clock.

    A working day is one on which there is work at all. What begins outside working time counts
    from when work begins next. Where that day has no work at that time, the last work before it
    on that day ends the count, and before its first frame the beginning of that one.
    """
    if days < 0:
        raise Invalid("Working time can only be added.")
    begin = _reached(cal, start, 1, False) - timedelta(seconds=1)  # or when work begins next
    if not days:
        return begin
    local = begin.astimezone(ZoneInfo(cal.zone))
    day, left = local.date(), days
    for _ in range(366 * FURTHEST):
        day += timedelta(days=1)
        left -= bool(cal.spans(day))
        if not left:
            wanted = _stamp(datetime.combine(day, local.time(), ZoneInfo(cal.zone)))
            return _moment(_within(cal.spans(day), wanted))
    raise Invalid(f"Calendar {cal.name} has too few working days for {days}.")


def _within(spans: tuple[Span, ...], wanted: int) -> int:
    """The wanted second where there is work, else the last end before it, else the first begin."""
    ends = [min(high, wanted) for low, high in spans if low <= wanted]
    return max(ends, default=spans[0][0])


def _steady(zone: ZoneInfo, low: int, high: int) -> Iterator[tuple[int, int, int]]:
    """Stretches (start, end, offset) from `low` to `high` in which the offset is constant."""
    start, offset = low, _offset(zone, low)
    for next_day in range(low + DAY, high + DAY, DAY):
        while _offset(zone, next_day) != offset:
            end = _change(zone, max(start, next_day - DAY), next_day)
            yield start, end, offset
            start, offset = end, _offset(zone, end)
    yield start, high, offset


def _change(zone: ZoneInfo, low: int, high: int) -> int:
    """The second at which the offset of `low` no longer holds, found by halving."""
    offset = _offset(zone, low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, middle) == offset else (low, middle)
    return high


def _offset(zone: ZoneInfo, at: int) -> int:
    shift = _moment(at).astimezone(zone).utcoffset()
    return int(shift.total_seconds()) if shift else 0


def _seconds(frame: Frame) -> Span:
    opens, closes = (t.hour * 3600 + t.minute * 60 + t.second for t in frame)
    return opens, closes if closes > opens else closes + DAY


def _pairs(frames: Iterable[Frame]) -> Iterator[tuple[Span, Span]]:
    """Neighbours in the order in which they begin."""
    return pairwise(sorted(map(_seconds, frames)))


def _said(spot: date | tuple[int, int]) -> str:
    return spot.isoformat() if isinstance(spot, date) else f"{spot[0]:02}-{spot[1]:02}"


def _merged(spans: Iterable[Span]) -> list[Span]:
    """In order, each moment once: the night of an exception may reach into the next day's hours."""
    found: list[Span] = []
    for low, high in sorted(spans):
        if found and low < found[-1][1]:
            found[-1] = found[-1][0], max(high, found[-1][1])
        else:
            found.append((low, high))
    return found


def overlapping(hours: Mapping[int, Sequence[Frame]]) -> Iterator[tuple[int, Frame, Frame]]:
    """Frames that begin before the one before them has ended, Sunday's night included.

    Each with its weekday and the one before it.
    """
    week = sorted(
        (DAY * day + opens, DAY * day + closes, day, frame)
        for day, frames in hours.items()
        for frame in frames
        for opens, closes in (_seconds(frame),)
    )
    if not week:
        return
    opens, _, day, frame = week[0]
    around = (opens + 7 * DAY, 0, day, frame)
    for (_, closes, _, before), (opens, _, day, frame) in pairwise([*week, around]):
        if opens < closes:
            yield day, before, frame


def _stamp(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise Invalid("A moment without a time zone cannot be measured.")
    return (moment - EPOCH) // timedelta(seconds=1)


def _moment(at: int) -> datetime:
    try:
        return EPOCH + timedelta(seconds=at)
    except OverflowError as error:
        raise Invalid("That is beyond what a calendar can count.") from error
