"""What if: the same happenings under another SLA or calendar, beside how they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.sla.happenings import KINDS, Course
from webapp.i18n import N_, Reader
from webapp.presenters.clock_standing import missed, standing_of
from webapp.presenters.clock_words import LABELS

MINUTE = 60


@dataclass(frozen=True)
class Difference:
    """A clock as it is beside what it would be."""

    label: str
    now: str
    then: str
    said: str


def differences(
    reader: Reader, found: Sequence[Course], others: Sequence[Course], now: datetime
) -> list[Difference]:
    """Each kind of clock as it is and as it would be; what neither promises is not told."""
    told = []
    for kind in KINDS:
        mine = [course for course in found if course.kind == kind]
        theirs = [course for course in others if course.kind == kind]
        if mine or theirs:
            told.append(
                Difference(
                    reader.gettext(LABELS[kind]),
                    _outcome(reader, mine, now),
                    _outcome(reader, theirs, now),
                    _difference(reader, mine, theirs, now),
                )
            )
    return told


def _outcome(reader: Reader, mine: Sequence[Course], now: datetime) -> str:
    if not mine:
        return reader.gettext(N_("not promised"))
    text = standing_of(reader, mine[-1], now).text
    if len(mine) > 1:
        values = {"missed": sum(missed(course, now) for course in mine), "num": len(mine)}
        text += "; " + reader.gettext(N_("%(missed)s of %(num)s missed")) % values
    return text


def _difference(
    reader: Reader, mine: Sequence[Course], theirs: Sequence[Course], now: datetime
) -> str:
    """What would be different, in a few words."""
    _ = reader.gettext
    if not mine or not theirs:
        return _(N_("newly promised")) if theirs else _(N_("no longer promised"))
    was, would = mine[-1].due_at, theirs[-1].due_at
    if was is not None and would is not None:
        return _moved(reader, int((would - was).total_seconds()))
    more = sum(missed(course, now) for course in theirs) - sum(missed(c, now) for c in mine)
    if not more:
        return _(_same(mine, theirs, now))
    if len(mine) > 1 or len(theirs) > 1:
        text = N_("%(num)s more missed") if more > 0 else N_("%(num)s fewer missed")
        return _(text) % {"num": abs(more)}
    return _(N_("missed instead of kept")) if more > 0 else _(N_("kept instead of missed"))


def _same(mine: Sequence[Course], theirs: Sequence[Course], now: datetime) -> str:
    if len(mine) > 1 or len(theirs) > 1 or mine[-1].ended is None:
        return N_("no difference in what is kept")
    return N_("missed as before") if missed(mine[-1], now) else N_("kept as before")


def _moved(reader: Reader, seconds: int) -> str:
    if abs(seconds) < MINUTE:
        return reader.gettext(N_("due at the same time"))
    text = N_("due %(time)s later") if seconds > 0 else N_("due %(time)s earlier")
    return reader.gettext(text) % {"time": reader.duration(abs(seconds))}
