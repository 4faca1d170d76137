"""How often rules fire and are corrected, for the period and the queue that the reader chose.

What the worker has counted, and on top of it what was decided since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from pyramid.request import Request

from engine.audit import queries
from engine.audit.figures import Figures, counted_to, figures_of
from engine.catalogue.models import Queue
from engine.catalogue.queries import all_of
from webapp.i18n import N_

PERIODS = (
    ("", N_("ever")),
    ("7", N_("the last 7 days")),
    ("30", N_("the last 30 days")),
    ("90", N_("the last 90 days")),
    ("365", N_("the last year")),
)
SORTS = (
    ("", N_("in the order asked")),
    ("corrected", N_("corrected most")),
    ("fired", N_("fired most")),
    ("slow", N_("took longest")),
)
NONE = Figures()


@dataclass(frozen=True)
class Chosen:
    """What the filter says, and what may be chosen."""

    period: str
    queue: str
    sort: str
    periods: list[tuple[str, str]]
    queues: list[tuple[str, str]]
    sorts: list[tuple[str, str]]

    @property
    def narrowed(self) -> bool:
        """Whether the figures are not those of all time and all queues."""
        return bool(self.period or self.queue)


def chosen(request: Request) -> Chosen:
    """The filter of the address."""
    said = {name: str(request.GET.get(name) or "") for name in ("period", "queue", "sort")}
    names = [queue.name for queue in all_of(request.db, Queue)]
    translate = request.translate
    return Chosen(
        period=said["period"] if said["period"] in dict(PERIODS) else "",
        queue=said["queue"] if said["queue"] in names else "",
        sort=said["sort"] if said["sort"] in dict(SORTS) else "",
        periods=[(value, translate(text)) for value, text in PERIODS],
        queues=[("", translate(N_("all queues"))), *((name, name) for name in names)],
        sorts=[(value, translate(text)) for value, text in SORTS],
    )


def figures(request: Request, ruleset: str, filters: Chosen) -> dict[str, Figures]:
    """By rule; "" stands for the whole ruleset, "default" for its default."""
    counted = figures_of(
        request.db,
        ruleset=ruleset,
        since=_since(request, filters.period),
        queues=_queues(request, filters.queue),
    )
    found = {rule: one for (_, rule), one in counted.items()}
    if filters.queue:
        return found  # where what is not counted yet will stand is not known yet
    latest = queries.fired(request.db, ruleset, counted_to(request.db))
    total = found.get("", NONE)
    found[""] = replace(total, fired=total.fired + latest.evaluations)
    for rule, count in latest.counts.items():
        one = found.get(rule, NONE)
        found[rule] = replace(one, fired=one.fired + count, last=latest.last[rule])
    return found


def asked(request: Request) -> dict[str, Figures]:
    """Of each ruleset as a whole, ever."""
    found = {name: one for (name, rule), one in figures_of(request.db).items() if not rule}
    for name, (count, last) in queries.evaluations(request.db, counted_to(request.db)).items():
        one = found.get(name, NONE)
        found[name] = replace(one, fired=one.fired + count, last=last)
    return found


def in_order(rows: list[dict[str, Any]], sort: str) -> list[dict[str, Any]]:
    """The rows as the reader wants them; equals stay in the order asked."""
    if sort == "corrected":
        return sorted(rows, key=lambda row: (-row["figures"].overridden, -row["figures"].fired))
    if sort == "slow":
        return sorted(rows, key=lambda row: -row["figures"].spent)
    return sorted(rows, key=lambda row: -row["figures"].fired) if sort == "fired" else rows


def _since(request: Request, period: str) -> Any:
    return (request.work.now - timedelta(days=int(period))).date() if period else None


def _queues(request: Request, name: str) -> Sequence[int] | None:
    if not name:
        return None
    return [queue.id for queue in all_of(request.db, Queue)
            if queue.name == name or queue.name.startswith(f"{name}::")]  # fmt: skip
