"""The worker's own look over the desk: every night, or when an admin asks for it on the page.

The row of the look says how far it is. Each turn of the outbox walks on for some seconds and asks
for the next, so that one worker at a time is at it, a worker that is killed loses one slice, and
whatever else the worker has to do comes in between. When the night is over the look rests until
the next one.
"""

from __future__ import annotations

import logging
import time as stopwatch
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from engine.audit.findings import AuditFinding, AuditRun
from engine.errors import Invalid
from engine.invariant import ledger, stored
from engine.invariant.found import Found
from engine.invariant.looking import END, Place, Slice, again, walk
from engine.invariant.looks import LOOKS
from engine.invariant.repairing import repair
from engine.notify.write import tell
from engine.outbox import write as outbox
from engine.outbox.drain import After, Handler, Task
from engine.outbox.models import OutboxRow
from engine.people.queries import people_with_role
from engine.settings import Settings
from engine.tickets.models import Ticket
from engine.work import Work

if TYPE_CHECKING:
    from engine.desk import Desk

TOPIC, PAGE, TEMPLATE = "audit", "audit", "audit_findings"
TURN = 10.0  # seconds of one turn of the outbox
READING = 30.0  # seconds of a night in which files are read
NIGHT, ASKED, DAY = "night", "page", "day"
LONGEST_WITHOUT = timedelta(hours=36)  # a desk that is off at night is looked at by day
log = logging.getLogger(__name__)


def ask_for(work: Work, why: str, *, repairs: bool = False, deep: bool = False) -> AuditRun:
    """Let the worker look over the desk as soon as this is in force."""
    run = ledger.begun(work, why, deep=deep, repairs=repairs)
    outbox.add(work, TOPIC, run_id=run.id)
    return run


def under_way(work: Work) -> AuditRun | None:
    """The look that the worker is at, or that rests until the next night."""
    run_id = OutboxRow.payload["run_id"].as_integer()
    query = select(run_id).where(OutboxRow.status == "waiting", OutboxRow.topic == TOPIC)
    for found in work.session.scalars(query):
        run = work.session.get(AuditRun, found or 0)
        if run is not None and run.ended_at is None:
            return run
    return None


def begin_when_due(desk: Desk) -> bool:
    """Begin the look of this night, once over all workers; whether it was begun now."""
    hours = night_of(desk.settings)
    if hours is None:
        return False
    return desk.run(lambda work: _begin(work, hours), cause=ledger.CAUSE)


def _begin(work: Work, hours: tuple[time, time]) -> bool:
    settings = work.desk.settings
    if under_way(work) is not None:
        return False
    # What a clock that was ahead has written down does not count.
    before = select(func.max(AuditRun.begun_at)).where(AuditRun.begun_at <= work.now)
    last = work.session.scalar(before)
    night = _night_around(work.now, hours, settings.default_zone)
    if night is not None and (last is None or last < night[0]):
        ask_for(work, NIGHT, repairs=settings.audit_repairs)
        return True
    since = last or work.session.scalar(select(func.min(Ticket.created_at)))
    if since is not None and work.now - since > LONGEST_WITHOUT:
        ask_for(work, DAY, repairs=settings.audit_repairs)
        return True
    return False


def night_of(settings: Settings) -> tuple[time, time] | None:
    """From when to when the worker looks; None where it shall not. Raises `Invalid`."""
    text = settings.audit_night.strip()
    if not text:
        return None
    try:
        first, last = (time.fromisoformat(part.strip()) for part in text.split("-"))
    except ValueError:
        raise Invalid(f"audit_night is {text!r}; it looks like 02:00-05:00.") from None
    return first, last


def _night_around(
    now: datetime, hours: tuple[time, time], zone: str
) -> tuple[datetime, datetime] | None:
    """Begin and end of the night that it is now; None by day. It may go past midnight."""
    here = now.astimezone(ZoneInfo(zone))
    for day in (here.date(), here.date() - timedelta(days=1)):
        begin = datetime.combine(day, hours[0], here.tzinfo)
        end = datetime.combine(day, hours[1], here.tzinfo)
        end = end if hours[1] > hours[0] else end + timedelta(days=1)
        if begin <= here < end:
            return begin, end
    return None


def _next_night(now: datetime, hours: tuple[time, time], zone: str) -> datetime:
    here = now.astimezone(ZoneInfo(zone))
    begin = datetime.combine(here.date(), hours[0], here.tzinfo)
    return begin if begin > here else begin + timedelta(days=1)


def _act(desk: Desk, task: Task) -> After | None:
    run_id = int(task.payload["run_id"])
    run = desk.read(lambda work: work.session.get(AuditRun, run_id))
    if run is None or run.ended_at is not None:
        return None
    rest = _resting(desk, run)
    if rest is None:
        over = _walked(desk, run)
        if over and not run.deep:
            _read_some(desk, run)
        if over:
            return lambda work: _finish(work, run_id)

    def go_on(work: Work) -> None:
        row = outbox.add(work, TOPIC, run_id=run_id)
        row.due_at = rest or work.now

    return go_on


def _resting(desk: Desk, run: AuditRun) -> datetime | None:
    """Until when a look rests that belongs to the night; None where it goes on now."""
    hours = night_of(desk.settings)
    if run.why != NIGHT or hours is None:
        return None
    now, zone = desk.clock(), desk.settings.default_zone
    return None if _night_around(now, hours, zone) else _next_night(now, hours, zone)


def _walked(desk: Desk, run: AuditRun) -> bool:
    """Walk on for one turn; whether everything has been looked at."""
    looks = [look for look in LOOKS if run.deep or not look.deep]
    place = ledger.place_of(run)
    for part in _for_some_time(walk(desk, looks, since=place), TURN):
        mended = repair(desk, part.look, part.found) if run.repairs else None
        ledger.note(desk, run.id, part, mended)
        place = part.place
    return place is not None and place.look == END


def _read_some(desk: Desk, run: AuditRun) -> None:
    """Read files for a while, behind those of the last time, and look again at what was wrong."""
    place = Place(**run.read) if run.read else None
    parts = walk(desk, stored.DEEP, since=place)
    last: Slice | None = None
    for part in _for_some_time(parts, READING):
        ledger.note(desk, run.id, part, sample=True)
        last = part
    done = last is None or last.place.look == END
    read = {} if done or last is None else asdict(last.place)
    still = {
        (one.code, one.key)
        for look in stored.DEEP
        for one in again(desk, look, desk.read(_damaged))
    }
    desk.run(lambda work: _remember_read(work, run.id, read, still), cause=ledger.CAUSE)


def _damaged(work: Work) -> list[Found]:
    """The files that were found to be damaged, as far as that is known."""
    query = select(AuditFinding).where(
        AuditFinding.code == stored.DAMAGED.code, AuditFinding.gone_at.is_(None)
    )
    rows = work.session.scalars(query.limit(500))
    return [Found(row.code, row.key, row.row, row.ticket_id, row.details) for row in rows]


def _remember_read(
    work: Work, run_id: int, read: dict[str, Any], still: set[tuple[str, str]]
) -> None:
    run = work.session.get_one(AuditRun, run_id)
    run.read = read
    query = select(AuditFinding).where(
        AuditFinding.code == stored.DAMAGED.code, AuditFinding.gone_at.is_(None)
    )
    for row in work.session.scalars(query.limit(500)):
        if (row.code, row.key) not in still:
            row.gone_at = work.now


def _for_some_time(parts: Iterator[Slice], seconds: float) -> Iterator[Slice]:
    begun = stopwatch.monotonic()
    for part in parts:
        yield part
        if stopwatch.monotonic() - begun > seconds:
            return


def _finish(work: Work, run_id: int) -> None:
    """A look has come to its end: whoever administers is told of what nobody knew yet."""
    run = ledger.ended(work, run_id)
    log.info("a look over the desk: %s found, %s mended", run.found, run.mended)
    if run.fresh:
        for person in people_with_role(work.session, "admin"):
            tell(work, person, TEMPLATE, page=PAGE, text=str(run.fresh))


LOOKER = Handler(_act)
