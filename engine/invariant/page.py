"""What the page of findings does: a look that is asked for, and what was chosen mended."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from engine.audit.findings import AuditFinding, AuditRun
from engine.audit.trail import record_desk
from engine.commands.administering import admins_only
from engine.errors import Conflict
from engine.invariant.found import Found
from engine.invariant.looks import looks_of
from engine.invariant.night import ASKED, ask_for, under_way
from engine.invariant.repairing import Mended, in_words, repair_one, still
from engine.work import Work

MOST = 100  # findings that are mended at once
AT_WORK = "The worker is looking already."


def look_now(work: Work, *, repairs: bool = False, deep: bool = False) -> AuditRun:
    """Let the worker look over the desk at once; raises `Conflict` while it does."""
    admins_only(work)
    if under_way(work) is not None:
        raise Conflict(AT_WORK)
    run = ask_for(work, ASKED, repairs=repairs, deep=deep)
    record_desk(work, "audit asked for", repairs=repairs, deep=deep)
    return run


def chosen(work: Work, ids: Iterable[int]) -> list[AuditFinding]:
    """Findings by their ids, those that are not gone."""
    admins_only(work)
    query = select(AuditFinding).where(
        AuditFinding.id.in_(list(ids)[:MOST]), AuditFinding.gone_at.is_(None)
    )
    return list(work.session.scalars(query.order_by(AuditFinding.code, AuditFinding.id)))


def still_there(work: Work, row: AuditFinding) -> bool:
    """Whether a finding is one at this moment, too."""
    return any(still(work, look, _found(row)) for look in looks_of(row.code, row.key))


def mend_chosen(work: Work, ids: Iterable[int]) -> Mended[AuditFinding]:
    """Mend these; each for itself, so that one that cannot be mended stops no other."""
    mended = Mended[AuditFinding]()
    for row in chosen(work, ids):
        try:
            with work.session.begin_nested():
                for look in looks_of(row.code, row.key):
                    repair_one(work, look, _found(row))
        except (DBAPIError, StaleDataError):
            raise  # somebody else was at it: all of it is tried again
        except Exception as error:
            why = in_words(error)
            row.problem = why.message
            mended.left.append((row, why))
        else:
            row.mended_at = row.gone_at = work.now
            row.problem = ""
            mended.well.append(row)
            record_desk(work, "audit mended", check=row.code, place=row.key)
    return mended


def _found(row: AuditFinding) -> Found:
    return Found(row.code, row.key, row.row, row.ticket_id, row.details)
