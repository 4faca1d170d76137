"""A clock's life in sentences: what began, rested, ended it, and what it came to at each moment.

The list says everything that the drawing shows, and says it to whoever cannot see that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from engine.sla.happenings import ENDED, RESTING, RUNNING, Course, Happening, Mark, Promise
from engine.sla.working import working_seconds
from webapp.i18n import N_, Reader
from webapp.presenters.clock_band import Window
from webapp.presenters.clock_words import brief

MOST_ROWS = 20
LATE_TOLD = timedelta(minutes=1)

CAUSES = {
    "opened": N_("Ticket opened"),
    "closed": N_("Ticket closed"),
    "reopened": N_("Ticket opened again"),
    "answered": N_("Answer"),
    "wrote": N_("Message"),
    "rests": N_("Waiting for somebody outside"),
    "runs": N_("The waiting is over"),
}
BY = {
    "opened": N_("Ticket opened by %(who)s"),
    "reopened": N_("Opened again by %(who)s"),
    "answered": N_("Answer of %(who)s"),
    "wrote": N_("Message of %(who)s"),
    "closed": N_("Closed by %(who)s"),
}
MARKS = {
    "clock.warning": N_("%(percent)s of the time is used: a warning"),
    "clock.breached": N_("The promise is broken"),
    "clock.escalated": N_("Escalation, level %(level)s"),
}
AHEAD = {
    "clock.warning": N_("Warning, when %(percent)s of the time is used"),
    "clock.breached": N_("Due"),
    "clock.escalated": N_("Escalation, level %(level)s"),
}


@dataclass(frozen=True)
class Said:
    """Who wrote a message, and where it is to be read."""

    who: str
    href: str


@dataclass(frozen=True)
class Names:
    """What things are called for this reader."""

    articles: Mapping[int, Said] = field(default_factory=dict)
    step: Callable[[str], str] = str
    state: Callable[[str], str] = str
    sla: Callable[[str], str] = str
    calendar: Callable[[str], str] = str
    reason: Callable[[str], str] = str
    actor: Callable[[datetime], str] = lambda at: ""  # whoever changed the state then


@dataclass(frozen=True)
class Row:
    """One sentence: when, because of what (a link where there is something to read), what then."""

    at: datetime
    cause: str
    effect: str
    href: str = ""
    note: str = ""
    icon: str = "clock"
    ahead: bool = False


@dataclass(frozen=True)
class Story:
    """The sentences within a window, and how many before them are left out."""

    rows: tuple[Row, ...]
    left_out: int


def story_of(
    courses: Sequence[Course],
    happenings: Sequence[Happening],
    window: Window,
    now: datetime,
    teller: Teller,
) -> Story:
    """What happened to the courses of one kind within the window, oldest first."""
    rows: list[Row] = []
    for course in courses:
        if course.begun.at <= window.end and _last(course, now) >= window.begin:
            rows += teller.course(course, happenings, now)
    rows = sorted(
        (row for row in rows if window.holds(row.at)), key=lambda row: (row.at, bool(row.cause))
    )
    past = [row for row in rows if not row.ahead]
    shown = past[-MOST_ROWS:] + [row for row in rows if row.ahead]
    return Story(tuple(shown), max(len(past) - MOST_ROWS, 0))


def used_at(course: Course, at: datetime) -> int:
    """Working seconds that a clock had used by a moment."""
    return sum(
        working_seconds(course.promise.calendar, span.begin, min(span.end or at, at))
        for span in course.spans
        if span.phase == RUNNING and span.begin < at
    )


def _last(course: Course, now: datetime) -> datetime:
    return course.ended.at if course.ended else max(now, course.due_at or now)


class Teller:
    """Says what happened in the reader's language."""

    def __init__(self, reader: Reader, names: Names) -> None:
        self.reader, self.names, self._ = reader, names, reader.gettext

    def course(
        self, course: Course, happenings: Iterable[Happening], now: datetime
    ) -> Iterator[Row]:
        """All that is to be said about one course, in no order."""
        for place, span in enumerate(course.spans):
            last = place == len(course.spans) - 1
            yield self._turn(course, span.phase, span.by, begins=place == 0, last=last)
        for mark in course.marks:
            yield self._mark(mark, now)
        until, before = _last(course, now), None
        for one in happenings:
            if one.what != "promised":
                continue
            if course.begun.at < one.at < until:
                yield self._promised(one, before)
            before = one.promise

    def _turn(self, course: Course, phase: str, by: Happening, *, begins: bool, last: bool) -> Row:
        cause, href = self.cause(by)
        note = ""
        if phase == RUNNING:
            effect = self._(N_("begins")) if begins else self._(N_("runs on"))
            icon = "right"
        elif phase == RESTING:
            effect = self._(N_("begins at rest")) if begins else self._(N_("rests"))
            icon = "pause"
        else:
            effect, icon = self._end(course) if last else (self._(N_("ends for now")), "check")
        if not begins and phase in (RESTING, ENDED):
            used = brief(self.reader, used_at(course, by.at))
            note = self._(N_("%(used)s used")) % {"used": used}
        return Row(by.at, cause, effect, href, note, icon)

    def _end(self, course: Course) -> tuple[str, str]:
        if course.left < 0 or course.breached_at is not None:
            values = {"time": brief(self.reader, max(-course.left, 0))}
            return self._(N_("ends, missed by %(time)s")) % values, "alert"
        values = {"time": brief(self.reader, course.left)}
        return self._(N_("ends, kept with %(time)s left")) % values, "done"

    def cause(self, one: Happening) -> tuple[str, str]:
        """Because of what, and where that is to be read."""
        said = self.names.articles.get(one.article_id or 0)
        if said is not None and one.what in BY:
            return self._(BY[one.what]) % {"who": said.who}, said.href
        href = said.href if said else ""
        step = self.names.step(one.step) if one.step else ""
        if one.what in ("rests", "runs") and (step or one.state):
            if step:
                return self._(N_("Step “%(step)s”")) % {"step": step}, href
            return self._(N_("State “%(state)s”")) % {"state": self.names.state(one.state)}, href
        who = self.names.actor(one.at)
        if who and one.what in BY:
            return self._(BY[one.what]) % {"who": who}, href
        if step and one.what == "closed":
            return self._(N_("Ticket closed by step “%(step)s”")) % {"step": step}, href
        text = self._(CAUSES.get(one.what, one.what))
        reason = self.names.reason(one.reason) if one.reason else ""
        return f"{text} ({reason})" if reason else text, href

    def _promised(self, one: Happening, before: Promise | None) -> Row:
        """What holds from a change of promise on."""
        if one.promise is None:
            return Row(one.at, "", self._(N_("No SLA promises anything any more")), icon="rules")
        calendar = one.promise.calendar
        values = {
            "sla": self.names.sla(one.promise.sla),
            "calendar": self.names.calendar(calendar.name),
        }
        text = N_("“%(sla)s” is promised (%(calendar)s)")
        if before is not None and before.sla == one.promise.sla:
            text = N_("“%(sla)s” promises something else from now on (%(calendar)s)")
            if replace(before, calendar=calendar, version=one.promise.version) == one.promise:
                text = N_("The calendar of “%(sla)s” was changed (%(calendar)s)")
        whole = self._(N_("counts for its whole life"))
        return Row(one.at, self._(text) % values, whole, icon="rules")

    def _mark(self, mark: Mark, now: datetime) -> Row:
        values = {"percent": self.reader.percent(mark.percent / 100), "level": mark.level}
        icon = "alert" if mark.level else "soon"
        if mark.at > now:
            text = self._(AHEAD.get(mark.event, mark.event)) % values
            return Row(mark.at, "", text, icon=icon, ahead=True)
        note = ""
        if mark.told_at is not None and mark.told_at - mark.at > LATE_TOLD:
            told = self.reader.moment(mark.told_at, now)
            note = self._(N_("told %(when)s")) % {"when": told}
        return Row(mark.at, "", self._(MARKS.get(mark.event, mark.event)) % values,
                   note=note, icon=icon)  # fmt: skip
