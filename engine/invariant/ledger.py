"""Keeping what was found: when it was seen first and last, when it was gone, who was told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from engine.audit.findings import AuditFinding, AuditRun
from engine.invariant.found import Found, Look
from engine.invariant.looking import FAILED, Place, Slice
from engine.invariant.looks import LOOKS
from engine.invariant.repairing import Mended
from engine.tickets.models import Ticket
from engine.work import SYSTEM, Cause, Work

if TYPE_CHECKING:
    from engine.desk import Desk

CAUSE = Cause("audit", reason="a look over the desk")
AT_ONCE = 500


def begin(desk: Desk, why: str, looks: Sequence[Look], *, repairs: bool = False) -> int:
    """Write down that a look begins; its number."""
    deep = any(look.deep for look in looks)
    return desk.run(lambda work: begun(work, why, deep=deep, repairs=repairs).id, SYSTEM, CAUSE)


def begun(work: Work, why: str, *, deep: bool = False, repairs: bool = False) -> AuditRun:
    """A new look in this transaction; it goes on reading files where the last one stopped."""
    before = last_run(work.session)
    run = AuditRun(
        why=why, actor=work.actor.name, deep=deep, repairs=repairs, begun_at=work.now,
        place={}, read=dict(before.read) if before is not None else {}, looked={},
    )  # fmt: skip
    work.session.add(run)
    work.session.flush()
    return run


def last_run(session: Session) -> AuditRun | None:
    """The latest look, whether it came to its end or not."""
    return session.scalars(select(AuditRun).order_by(AuditRun.id.desc()).limit(1)).first()


def note(
    desk: Desk,
    run_id: int,
    part: Slice,
    mended: Mended[Found] | None = None,
    *,
    sample: bool = False,
) -> int:
    """Keep what a slice has found, and from where to go on; how many of it are news.

    Of a `sample` not all rows are looked at, so that what it does not find may still be there.
    """
    return desk.run(lambda work: _note(work, run_id, part, mended, sample), SYSTEM, CAUSE)


def _note(work: Work, run_id: int, part: Slice, mended: Mended[Found] | None, sample: bool) -> int:
    run = work.session.get_one(AuditRun, run_id)
    well = {(one.code, one.key) for one in mended.well} if mended else set()
    why = {(one.code, one.key): error.message for one, error in mended.left} if mended else {}
    fresh = 0
    for start in range(0, len(part.found), AT_ONCE):
        some = part.found[start : start + AT_ONCE]
        known = _known(work.session, some)
        for one in some:
            mark = (one.code, one.key)
            row, news = _seen(work, run_id, one, known.get(mark))
            if mark in well:
                row.mended_at = row.gone_at = work.now
                news = False
            row.problem = why.get(mark, "")
            fresh += news
    run.found += len(part.found)
    run.mended += len(well)
    run.fresh += fresh
    before = run.looked.get(part.look.name) or {}
    run.looked = run.looked | {
        part.look.name: {
            "rows": before.get("rows", 0) + part.rows,
            "seconds": round(before.get("seconds", 0) + part.seconds, 4),
            "over": part.over and not sample,
        }
    }
    if not sample:
        run.place = asdict(part.place)
    return fresh


def _known(session: Session, some: Sequence[Found]) -> dict[tuple[str, str], AuditFinding]:
    query = select(AuditFinding).where(
        AuditFinding.code.in_({one.code for one in some}),
        AuditFinding.key.in_([one.key for one in some]),
    )
    return {(row.code, row.key): row for row in session.scalars(query)}


def _seen(
    work: Work, run_id: int, one: Found, row: AuditFinding | None
) -> tuple[AuditFinding, bool]:
    """The row of a finding, and whether it is news: there for the first time, or again."""
    news = row is None or row.gone_at is not None
    if row is None:
        row = AuditFinding(
            code=one.code, key=one.key, first_seen=work.now, times=1, ticket_id=one.ticket_id
        )
        work.session.add(row)
    elif news:
        row.times += 1
        row.gone_at = row.mended_at = None
    row.last_seen, row.run_id, row.row, row.details = work.now, run_id, one.at, dict(one.values)
    return row, news


def place_of(run: AuditRun) -> Place | None:
    """From where a look goes on that was broken off."""
    found = run.place
    return Place(found["look"], found["after"]) if found else None


def end(desk: Desk, run_id: int) -> None:
    """A look has come to its end: what it would have found and did not is gone."""
    desk.run(lambda work: ended(work, run_id), SYSTEM, CAUSE)


def ended(work: Work, run_id: int) -> AuditRun:
    """The same in this transaction."""
    run = work.session.get_one(AuditRun, run_id)
    over = {name for name, one in run.looked.items() if one["over"]}
    codes = {
        kind.code
        for look in LOOKS
        for kind in look.kinds
        if all(other.name in over for other in LOOKS if kind in other.kinds)
    }
    if over >= {look.name for look in LOOKS if not look.deep}:
        codes.add(FAILED.code)
    gone = update(AuditFinding).where(
        AuditFinding.gone_at.is_(None),
        AuditFinding.run_id != run.id,
        # Later ones are those of another look at the same time, or of a clock that was ahead.
        or_(AuditFinding.last_seen <= run.begun_at, AuditFinding.last_seen > work.now),
        AuditFinding.code.in_(codes),
    )
    work.session.execute(gone.values(gone_at=work.now))
    run.ended_at, run.place = work.now, {}
    return run


def numbers_of(session: Session, found: Iterable[Found]) -> dict[int, str]:
    """The numbers of the tickets that findings are about, by their ids."""
    ids = {one.ticket_id for one in found if one.ticket_id}
    numbers: dict[int, str] = {}
    ordered: list[Any] = sorted(ids)
    for start in range(0, len(ordered), AT_ONCE):
        some = Ticket.id.in_(ordered[start : start + AT_ONCE])
        numbers.update(session.execute(select(Ticket.id, Ticket.number).where(some)).all())
    return numbers
