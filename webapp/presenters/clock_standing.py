"""How a clock stands, as its chip shows it and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.sla.happenings import ENDED, RESTING, Course
from webapp.i18n import N_, Reader
from webapp.presenters.clock_words import brief
from webapp.presenters.tasks import clock_word


@dataclass(frozen=True)
class Standing:
    """The state of the chip, with when it is due and due soon, and the same in words."""

    state: str
    due: datetime | None
    soon: datetime | None
    text: str


def standing_of(reader: Reader, course: Course, now: datetime) -> Standing:
    """How a course stands at a moment."""
    _ = reader.gettext
    left = brief(reader, abs(course.left))
    if course.phase == ENDED:
        if missed(course, now):
            return Standing("missed", None, None, _(N_("missed by %(time)s")) % {"time": left})
        return Standing("met", None, None, _(N_("kept, %(time)s left")) % {"time": left})
    if course.phase == RESTING:
        over = course.left < 0
        text = N_("rests, %(time)s over the promise") if over else N_("rests, %(time)s left")
        return Standing("paused", None, None, _(text) % {"time": left})
    soon = next((mark.at for mark in course.marks if mark.level == 0), None)
    state = clock_word(course.due_at, soon, now)
    due = reader.moment(course.due_at, now)
    text = N_("overdue since %(due)s") if state == "overdue" else N_("%(time)s left, due %(due)s")
    return Standing(state, course.due_at, soon, _(text) % {"time": left, "due": due})


def missed(course: Course, now: datetime) -> bool:
    """Whether the promise has been broken by now."""
    return course.left < 0 or (course.breached_at is not None and course.breached_at <= now)


def counted(reader: Reader, mine: Sequence[Course], now: datetime) -> str:
    """How many courses there were, and how many of them missed; nothing for a single one."""
    if len(mine) < 2:
        return ""
    count = reader.ngettext("Counted %(num)s time", "Counted %(num)s times", len(mine))
    broken = sum(missed(course, now) for course in mine)
    said = reader.ngettext("%(num)s of them missed", "%(num)s of them missed", broken)
    return f"{count % {'num': len(mine)}}, {said % {'num': broken}}."
