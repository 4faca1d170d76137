"""SLAs made, changed and removed by admins, as calendars are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml
from sqlalchemy import select

from engine.catalogue.models import CalendarRow, Sla, State
from engine.catalogue.queries import maybe
from engine.commands.administering import admins_only
from engine.commands.given import note_own
from engine.commands.promise_rows import SLA, drop, put_sla, sla_row, unfit, unit_of
from engine.commands.promise_uses import Uses, sla_uses
from engine.errors import Conflict, Invalid, Problem
from engine.sla.models import TicketClock
from engine.sla.targets import SlaTarget, entry_of, load_slas
from engine.work import Work


def sla_from(work: Work, name: str, entry: Mapping[str, Any]) -> SlaTarget:
    """An entry of slas.yaml as an SLA that this desk can keep; raises `Invalid` by place."""
    calendars = list(work.session.scalars(select(CalendarRow.name)))
    target = load_slas(text_of(name, entry), calendars)[name]
    unknown = [state for state in target.rests_in if maybe(work.session, State, state) is None]
    if unknown:
        place = f"slas.{name}.rests_in"
        said = f"there is no state called {unknown[0]!r}"
        raise Invalid("The SLA cannot be used.", [Problem("state", "error", place, None, said)])
    return target


def create_sla(work: Work, name: str, entry: Mapping[str, Any], why: str = "") -> Sla:
    """Make an SLA; raises `Invalid` for a name that is taken or none, and for its content."""
    admins_only(work)
    name = " ".join(name.split())
    same = select(Sla.id).where(Sla.name == name)
    wrong, more = unfit(
        SLA, name, lambda: work.session.scalar(same), lambda other: sla_from(work, other, entry)
    )
    if wrong:
        raise Invalid("The SLA cannot be saved like this.", more, fields={"name": wrong})
    target = sla_from(work, name, entry)
    note_own(work, unit_of(SLA, name), None)
    put_sla(work, target, why)
    return sla_row(work, name)


def change_sla(work: Work, row: Sla, target: SlaTarget, why: str = "") -> None:
    """Let an SLA promise something else from now on, for open tickets too."""
    admins_only(work)
    note_own(work, unit_of(SLA, row.name), entry_of(row))
    put_sla(work, target, why)


def remove_sla(work: Work, row: Sla, why: str = "") -> None:
    """Take an SLA away; raises `Conflict` while anything gives it, or a ticket has had it."""
    admins_only(work)
    counted = select(TicketClock.id).where(TicketClock.sla_id == row.id).limit(1)
    if in_use(sla_uses(work)[row]) or work.session.scalar(counted) is not None:
        raise Conflict("The SLA is in use and stays.")
    note_own(work, unit_of(SLA, row.name), entry_of(row))
    drop(work, row, why)


def in_use(uses: Uses) -> bool:
    """Whether anything gives it, or a ticket has it, open or not."""
    return bool(uses.queues or uses.services or uses.rules or uses.offers or uses.tickets)


def text_of(name: str, entry: Mapping[str, Any]) -> str:
    """An SLA as a slas.yaml by itself."""
    document = {"slas": {name: dict(entry)}}
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=100)


def iso(seconds: int) -> str:
    """Seconds as `PT1H30M`."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = ((hours, "H"), (minutes, "M"), (left, "S"))
    return "PT" + "".join(f"{number}{unit}" for number, unit in parts if number)
