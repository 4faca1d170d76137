"""What somebody asks about how a process runs: measure, time, queue, and which versions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from pyramid.request import Request

from engine.catalogue.models import Queue
from engine.catalogue.published import ProcessVersion
from engine.catalogue.queries import all_of
from engine.tickets import overview
from engine.tickets.step_times import Scope
from webapp.i18n import N_, sort_key

MEASURES = {
    "time": N_("Time in all"),
    "median": N_("Usual time"),
    "visits": N_("Frequency"),
    "now": N_("Waiting now"),
}
DAYS = {"7": 7, "30": 30, "90": 90}
PERIODS = {
    "7": N_("7 days"),
    "30": N_("30 days"),
    "90": N_("90 days"),
    "all": N_("All time"),
    "between": N_("From … to …"),
}
NO_DATE = N_("“%(text)s” is not a date; it was left out.")
NO_QUEUE = N_("There is no such queue; all queues are shown.")
NO_VERSION = N_("This process has no such version; all versions are shown.")
OTHER_WAY = N_("The time ends before it begins; all of it is shown.")


@dataclass
class Filters:
    """The choice, and in `said` what of the question could not be understood."""

    key: str
    versions: list[ProcessVersion]
    queues: list[Queue]
    measure: str = "time"
    period: str = "30"
    first: date | None = None
    last: date | None = None
    queue: Queue | None = None
    version: ProcessVersion | None = None
    compare: ProcessVersion | None = None
    working: bool = False
    step: str = ""
    said: list[str] = field(default_factory=list)

    def query(self, **changes: Any) -> dict[str, str]:
        """The address of this choice with something changed."""
        values = {
            "measure": self.measure,
            "period": self.period,
            "from": self.first.isoformat() if self.first else "",
            "to": self.last.isoformat() if self.last else "",
            "queue": str(self.queue.id) if self.queue else "",
            "version": str(self.version.number) if self.version else "",
            "compare": str(self.compare.number) if self.compare else "",
            "count": "work" if self.working else "",
        }
        return {name: str(value) for name, value in (values | changes).items() if value}


def read_filters(request: Request, key: str) -> Filters:
    """Read the question; whatever in it makes no sense is left out and told."""
    versions = [version for version, _ in overview.versions(request.db, key)]
    queues = sorted(all_of(request.db, Queue), key=lambda queue: sort_key(queue.name))
    wanted = Filters(key, versions, queues)
    asked = request.GET
    wanted.measure = _one_of(asked.get("measure"), MEASURES, "time")
    wanted.period = _one_of(asked.get("period"), PERIODS, "30")
    wanted.working = asked.get("count") == "work"
    wanted.step = str(asked.get("step", ""))[:120]
    if wanted.period == "between":
        wanted.first, wanted.last = _day(request, wanted, "from"), _day(request, wanted, "to")
        if wanted.first and wanted.last and wanted.last < wanted.first:
            wanted.said.append(request.translate(OTHER_WAY))
            wanted.first = wanted.last = None
    if asked.get("queue"):
        known = {str(queue.id): queue for queue in queues}
        wanted.queue = known.get(asked["queue"])
        if wanted.queue is None:
            wanted.said.append(request.translate(NO_QUEUE))
    wanted.version = _version(request, wanted, "version")
    wanted.compare = _version(request, wanted, "compare")
    return wanted


def scope_of(request: Request, wanted: Filters, version: ProcessVersion | None = None) -> Scope:
    """The visits that are asked for: of one version, or of those that are chosen."""
    only = version or wanted.version
    ids = tuple(one.id for one in ([only] if only else wanted.versions))
    since = until = None
    if wanted.period in DAYS:
        since = request.work.now - timedelta(days=DAYS[wanted.period])
    if wanted.first:
        since = _midnight(request, wanted.first)
    if wanted.last:
        until = _midnight(request, wanted.last + timedelta(days=1))
    queue_id = wanted.queue.id if wanted.queue else None
    return Scope(ids, since, until, queue_id, wanted.working)


def _one_of(value: Any, known: dict[str, str], otherwise: str) -> str:
    return value if isinstance(value, str) and value in known else otherwise


def _day(request: Request, wanted: Filters, name: str) -> date | None:
    text = str(request.GET.get(name, ""))[:40].strip()
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not 1970 <= found.year <= 9000:
        wanted.said.append(request.translate(NO_DATE) % {"text": text})
        return None
    return found


def _version(request: Request, wanted: Filters, name: str) -> ProcessVersion | None:
    text = str(request.GET.get(name, ""))
    if not text:
        return None
    found = {str(version.number): version for version in wanted.versions}.get(text)
    if found is None:
        wanted.said.append(request.translate(NO_VERSION))
    return found


def _midnight(request: Request, day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=request.reader.tz)
