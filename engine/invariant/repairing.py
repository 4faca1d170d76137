"""Mending what was found: each thing in a transaction of its own, looked at before and after.

What has gone meanwhile is left alone, and what still does not hold afterwards is not mended: then
nothing is changed, and it is said so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from sqlalchemy.exc import DBAPIError

from engine.commands.mending import mends_for
from engine.errors import Conflict, VorgangError
from engine.invariant.found import Found, Ground, Look, Span
from engine.invariant.looking import FAILED
from engine.invariant.looks import KINDS
from engine.work import Cause, Work

if TYPE_CHECKING:
    from engine.desk import Desk

BY_HAND = "Somebody has to mend this by hand."
STILL = "It still does not hold; somebody has to look at it."


T = TypeVar("T")


@dataclass
class Mended(Generic[T]):
    """What came of it: what holds again, and what does not, with the reason."""

    well: list[T] = field(default_factory=list)
    left: list[tuple[T, VorgangError]] = field(default_factory=list)


def repair(desk: Desk, look: Look, found: Iterable[Found]) -> Mended[Found]:
    """Mend what can be mended of what a question has found."""
    done = Mended[Found]()
    for one in found:
        try:
            desk.run(lambda work, one=one: repair_one(work, look, one))  # type: ignore[misc]
        except Exception as error:
            done.left.append((one, in_words(error)))
        else:
            done.well.append(one)
    return done


def in_words(error: Exception) -> VorgangError:
    """Why something was not mended: what is damaged may break anything that touches it."""
    if isinstance(error, VorgangError):
        return error
    return Conflict(f"{type(error).__name__}: {error}"[:400])


def repair_one(work: Work, look: Look, one: Found) -> None:
    """Mend one thing in this transaction; raises where that is not possible."""
    kind, mends = KINDS[one.code], mends_for(one.code)
    if not mends:
        raise Conflict(BY_HAND)
    if not still(work, look, one):
        return
    cause = Cause("audit", reason=kind.title, ref={"check": kind.code})
    by_audit = work.as_desk().because(cause)
    for act in mends:
        act(by_audit, one.at)
        work.session.flush()
        if kind.later or not still(work, look, one):
            return
    raise Conflict(STILL)


def still(work: Work, look: Look, one: Found) -> bool:
    """Whether a finding is still one, as this transaction sees it."""
    ground = Ground(work.session, work.now, work.desk)
    span = Span(ids=(one.at,)) if look.walks is not None else Span()
    if one.code == FAILED.code:
        return _breaks(look, ground, span)
    return any((f.code, f.key) == (one.code, one.key) for f in look.ask(ground, span))


def _breaks(look: Look, ground: Ground, span: Span) -> bool:
    try:
        list(look.ask(ground, span))
    except DBAPIError:
        raise
    except Exception:
        return True
    return False
