"""Working time, exact to the second: how much of it passed, and when a promise falls due.

A moment is working time when the clock on the wall of the calendar's zone stands within a frame
of a day that is no holiday. So an hour that the zone leaves out does not count, and an hour that
it repeats counts twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from engine.errors import Invalid

DAY = 86_400
FURTHEST = 366 * 60  # days that we look ahead; a promise beyond them is a mistake
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Frame = tuple[time, time]
Span = tuple[int, int]  # seconds since 1970, the end not included


@dataclass(frozen=True)
class Calendar:
    """When people work. `hours`: frames by weekday, Monday is 0; an end of 00:00 is midnight.

    Raises Invalid when there is no frame at all, when frames overlap, or for an unknown zone.
    """

    name: str
    zone: str
    hours: Mapping[int, list[Frame]]
    holidays: frozenset[date] = frozenset()
    title: Mapping[str, str] = field(default_factory=dict)
    _days: dict[date, tuple[Span, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (OSError, ValueError, KeyError) as error:
            raise Invalid(f"Calendar {self.name}: unknown time zone {self.zone!r}.") from error
        if not any(self.hours.values()):
            raise Invalid(f"Calendar {self.name} has no working time at all.")
        for weekday, frames in self.hours.items():
            if weekday not in range(7):
                raise Invalid(f"Calendar {self.name}: a week has no day {weekday}.")
            marks = [second for frame in sorted(frames) for second in _seconds(frame)]
            if any(a > b for a, b in pairwise(marks)) or any(a == b for a, b in _pairs(marks)):
                raise Invalid(
                    f"Calendar {self.name}: frames of day {weekday} overlap or are empty."
                )

    def spans(self, day: date) -> tuple[Span, ...]:
        """The working time of a local day, as spans of seconds since 1970, in order."""
        if day not in self._days:
            if len(self._days) > 4_000:
                self._days.clear()
            try:
                self._days[day] = tuple(sorted(self._find(day)))
            except OverflowError as error:
                raise Invalid(f"{day} is beyond what a calendar can count.") from error
        return self._days[day]

    def _find(self, day: date) -> Iterator[Span]:
        frames = self.hours.get(day.weekday(), ())
        if day in self.holidays or not frames:
            return
        midnight = int((datetime.combine(day, time(), UTC) - EPOCH).total_seconds())
        for start, end, offset in _steady(ZoneInfo(self.zone), midnight):
            for opens, closes in map(_seconds, frames):
                low = max(start, midnight + opens - offset)
                high = min(end, midnight + closes - offset)
                if low < high:
                    yield low, high


def working_seconds(cal: Calendar, start: datetime, end: datetime) -> int:
    """Working seconds from `start` to `end`, both aware; negative when `end` comes first."""
    low, high = _stamp(start), _stamp(end)
    if high < low:
        return -_between(cal, high, low)
    return _between(cal, low, high)


def add_working(cal: Calendar, start: datetime, seconds: int) -> datetime:
    """The moment (UTC) at which `seconds` of working time have passed since `start`.

    It is the earliest such moment: four hours from 13:00 end at 17:00, not next morning.
    Raises Invalid for negative seconds and for a promise decades away.
    """
    if seconds < 0:
        raise Invalid("Working time can only be added.")
    at = _stamp(start)
    left = seconds
    if not left:
        return _moment(at)
    day = _first_day(at)
    for number in range(FURTHEST):
        for low, high in cal.spans(day + timedelta(days=number)):
            low = max(low, at)
            if high - low >= left:
                return _moment(low + left)
            left -= max(0, high - low)
    raise Invalid(f"Calendar {cal.name} has too little working time for {seconds} seconds.")


def add_working_days(cal: Calendar, start: datetime, days: int) -> datetime:
    """The moment (UTC) so many working days after `start`, at the same time of the clock.

    A working day is one on which there is work at all. What begins outside working time counts
    from when work begins next. Where that day has no work at that time, the last work before it
    on that day ends the count, and before its first frame the beginning of that one.
    """
    if days < 0:
        raise Invalid("Working time can only be added.")
    begin = add_working(cal, start, 1) - timedelta(seconds=1)  # the start, or when work begins next
    if not days:
        return begin
    local = begin.astimezone(ZoneInfo(cal.zone))
    day, left = local.date(), days
    for _ in range(FURTHEST):
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


def _between(cal: Calendar, low: int, high: int) -> int:
    total, day, last = 0, _first_day(low), _moment(high).date() + timedelta(days=1)
    while day <= last:
        total += sum(max(0, min(b, high) - max(a, low)) for a, b in cal.spans(day))
        day += timedelta(days=1)
    return total


def _steady(zone: ZoneInfo, midnight: int) -> Iterator[tuple[int, int, int]]:
    """Stretches (start, end, offset) around a local day in which the zone's offset is constant."""
    low, high = midnight - DAY, midnight + 2 * DAY
    while low < high:
        offset = _offset(zone, low)
        end = _change(zone, low, high) if _offset(zone, high) != offset else high
        yield low, end, offset
        low = end


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
    return opens, closes or DAY


def _pairs(marks: list[int]) -> Iterator[Span]:
    yield from zip(marks[::2], marks[1::2], strict=True)


def _stamp(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise Invalid("A moment without a time zone cannot be measured.")
    return (moment - EPOCH) // timedelta(seconds=1)


def _moment(at: int) -> datetime:
    return EPOCH + timedelta(seconds=at)


def _first_day(at: int) -> date:
    # The local day may be one off the UTC day in either direction.
    return _moment(at).date() - timedelta(days=1)
