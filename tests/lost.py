"""What is lost on a desk, as its own looks find it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.invariant import moving
from engine.invariant.ledger import begin, end, note, numbers_of
from engine.invariant.looking import walk
from engine.invariant.looks import LOOKS

if TYPE_CHECKING:
    from engine.desk import Desk


def unmoved(desk: Desk) -> list[str]:
    """The numbers of open tickets that nobody and nothing moves next."""
    found = [one for part in walk(desk, [moving.LOOK], grace=0) for one in part.found]
    numbers = desk.read(lambda work: numbers_of(work.session, found))
    return sorted(numbers.values())


def looked_over(desk: Desk) -> None:
    """A whole look over the desk, as the worker makes it; what it finds is on the page then."""
    run = begin(desk, "night", LOOKS)
    for part in walk(desk, LOOKS, grace=0):
        note(desk, run, part)
    end(desk, run)
