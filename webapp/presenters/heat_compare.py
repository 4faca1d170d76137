"""Two versions of a process side by side: what each step takes in the one and in the other."""

from __future__ import annotations

from dataclasses import dataclass

from pyramid.request import Request

from engine.catalogue.published import ProcessVersion
from engine.tickets.step_times import StepTimes, step_times
from webapp.presenters.heat import Titles
from webapp.presenters.heat_filters import Filters, scope_of

ENOUGH = 5  # visits in both, so that a difference is worth a word


@dataclass(frozen=True)
class Pair:
    """One step in both versions; without figures where it was not visited there."""

    title: str
    one: StepTimes | None
    other: StepTimes | None
    in_one: bool
    in_other: bool
    turned: bool  # whether the first of them is the newer version

    @property
    def difference(self) -> int | None:
        """By how many seconds the usual visit takes longer in the newer version."""
        if self.one is None or self.other is None:
            return None
        longer = self.other.median - self.one.median
        return -longer if self.turned else longer

    @property
    def sure(self) -> bool:
        """Whether there are enough visits to say so."""
        seen = (self.one, self.other)
        return all(times is not None and times.visits >= ENOUGH for times in seen)


def compared(request: Request, wanted: Filters, one: ProcessVersion) -> list[Pair]:
    """Every step of the two versions that took time in one of them, what changed most first."""
    other = wanted.compare
    if other is None:
        return []
    found = [
        {t.step_id: t for t in step_times(request.db, scope_of(request, wanted, version))}
        for version in (one, other)
    ]
    drawn = [request.desk.library.definition(version) for version in (one, other)]
    titles = Titles(request, drawn[0], [other])
    pairs = [
        Pair(
            titles[step],
            found[0].get(step),
            found[1].get(step),
            step in drawn[0].steps,
            step in drawn[1].steps,
            one.number > other.number,
        )
        for step in dict.fromkeys([*found[0], *found[1]])
        if any(step in times and times[step].total for times in found)
    ]
    return sorted(pairs, key=lambda pair: (-abs(pair.difference or 0), pair.title))
