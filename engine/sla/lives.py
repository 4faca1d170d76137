"""Going through what happened to a ticket: when each of its clocks began, rested and ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from engine.sla.happenings import (
    EACH_CONTACT,
    ENDED,
    RESTING,
    RUNNING,
    Happening,
    Promise,
    Span,
)


@dataclass
class Life:
    """A clock while its happenings are gone through; `ended_by` is the place of its end."""

    kind: str
    begun: Happening
    spans: list[Span] = field(default_factory=list)
    ended_by: int | None = None

    def turn(self, by: Happening, phase: str) -> None:
        """Go on in another phase from here."""
        if self.spans:
            if self.spans[-1].phase == phase:
                return
            self.spans[-1] = replace(self.spans[-1], end=by.at)
        self.spans.append(Span(by.at, None, phase, by))

    def end(self, by: Happening, place: int) -> None:
        self.turn(by, ENDED)
        self.ended_by = place

    def go_on(self, by: Happening, phase: str) -> None:
        self.ended_by = None
        self.turn(by, phase)


def lives(kind: str, promise: Promise, known: Sequence[Happening]) -> list[Life]:
    """The clocks of one kind as if this promise had always held."""
    if kind == "first_response":
        return _first_response(known)
    if kind == "solution":
        return _solution(known)
    return _Updates(promise).go(known)


def _first_response(known: Sequence[Happening]) -> list[Life]:
    """From the opening to the first answer or the end, without any rest."""
    life: Life | None = None
    for place, one in enumerate(known):
        if life is None and one.what == "opened":
            life = Life("first_response", one)
            life.turn(one, RUNNING)
        elif life is not None and life.ended_by is None and one.what in ("answered", "closed"):
            life.end(one, place)
    return [life] if life else []


def _solution(known: Sequence[Happening]) -> list[Life]:
    """From the opening to the end; what lies between an end and a reopening is nobody's."""
    life: Life | None = None
    for place, one in enumerate(known):
        if life is None:
            if one.what == "opened":
                life = Life("solution", one)
                life.turn(one, RUNNING)
        elif life.ended_by is not None:
            if one.what == "reopened":
                life.go_on(one, RUNNING)
        elif one.what in ("rests", "runs"):
            life.turn(one, RESTING if one.what == "rests" else RUNNING)
        elif one.what == "closed":
            life.end(one, place)
    return [life] if life else []


class _Updates:
    """The cycles of the update time, one after the other, while the ticket is open.

    Until the first answer the first response watches, where one is promised.
    """

    def __init__(self, promise: Promise) -> None:
        self.each_contact = promise.update_counts == EACH_CONTACT
        self.watches = promise.first_response is None
        self.open = self.rests = False
        self.owed = False  # whether the customer has said something that nobody has answered
        self.lives: list[Life] = []
        self.live: Life | None = None
        self.aside: Life | None = None  # ended with the ticket, and goes on with it

    def go(self, known: Sequence[Happening]) -> list[Life]:
        for place, one in enumerate(known):
            step: Callable[[Happening, int], None] | None = getattr(self, f"_{one.what}", None)
            if step is not None:
                step(one, place)
        return self.lives

    def _opened(self, one: Happening, place: int) -> None:
        self.open = self.owed = True
        if self.watches:
            self._begin(one)

    def _wrote(self, one: Happening, place: int) -> None:
        first = not self.owed
        self.owed = True
        if not (self.open and self.watches):
            return
        if self.live is None or (self.each_contact and first):
            self._end(one, place)
            self._begin(one)

    def _answered(self, one: Happening, place: int) -> None:
        self.owed, self.watches, self.aside = False, True, None
        self._end(one, place)
        if self.each_contact and self.open:
            self._begin(one)

    def _rests(self, one: Happening, place: int) -> None:
        self.rests = True
        if self.live is not None:
            self.live.turn(one, RESTING)

    def _runs(self, one: Happening, place: int) -> None:
        self.rests = False
        if self.live is not None:
            self.live.turn(one, RUNNING)

    def _closed(self, one: Happening, place: int) -> None:
        if self.open:
            self.open, self.watches, self.aside = False, True, self.live
            self._end(one, place)

    def _reopened(self, one: Happening, place: int) -> None:
        if self.open:
            return
        self.open, self.rests = True, False
        if self.aside is not None:
            self.live, self.aside = self.aside, None
            self.live.go_on(one, RUNNING)
        elif self.owed or self.each_contact:
            self._begin(one)

    def _begin(self, by: Happening) -> None:
        self.live = Life("update", by)
        self.live.turn(by, RESTING if self.rests else RUNNING)
        self.lives.append(self.live)

    def _end(self, by: Happening, place: int) -> None:
        if self.live is not None:
            self.live.end(by, place)
            self.live = None
