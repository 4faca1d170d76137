"""Calendars made, changed and removed by admins: every change can be read and taken back later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from engine.catalogue.models import CalendarRow
from engine.commands.administering import admins_only
from engine.commands.given import note_own
from engine.commands.promise_rows import (
    CALENDAR,
    calendar_row,
    drop,
    put_calendar,
    unfit,
    unit_of,
)
from engine.commands.promise_uses import Uses, calendar_uses
from engine.errors import Conflict, Invalid
from engine.sla.calendars import calendar_from, load_calendar
from engine.sla.reading import read_sheet
from engine.work import Work

Document = dict[str, Any]


def create_calendar(work: Work, name: str, document: Document, why: str = "") -> CalendarRow:
    """Make a calendar; raises `Invalid` for a name that is taken or none, and for its content."""
    admins_only(work)
    name = " ".join(name.split())
    wrong, more = unfit(
        CALENDAR, name, lambda: work.session.get(CalendarRow, name),
        lambda other: calendar_from(other, document),
    )  # fmt: skip
    if wrong:
        raise Invalid("The calendar cannot be saved like this.", more, fields={"name": wrong})
    calendar_from(name, document)
    note_own(work, unit_of(CALENDAR, name), None)
    put_calendar(work, name, document, why)
    return calendar_row(work, name)


def change_calendar(work: Work, row: CalendarRow, document: Document, why: str = "") -> bool:
    """Let a calendar say something else from now on, for open tickets too; whether it did."""
    admins_only(work)
    calendar_from(row.name, document)
    if row.document == document:
        return False
    note_own(work, unit_of(CALENDAR, row.name), row.document)
    put_calendar(work, row.name, document, why)
    return True


def remove_calendar(work: Work, row: CalendarRow, why: str = "") -> None:
    """Take a calendar away; raises `Conflict` while anything counts by it."""
    admins_only(work)
    uses = calendar_uses(work)[row.name]
    if in_use(uses):
        raise Conflict("The calendar is in use and stays.")
    note_own(work, unit_of(CALENDAR, row.name), row.document)
    drop(work, row, why)


def in_use(uses: Uses) -> bool:
    """Whether removing it would change anything; a desk keeps a calendar for what has no SLA."""
    return bool(uses.slas or uses.rules or uses.standard)


def text_of(document: Mapping[str, Any]) -> str:
    """A calendar as the YAML in which it is edited, downloaded and published."""
    return yaml.safe_dump(dict(document), allow_unicode=True, sort_keys=False, width=100)


def document_of(text: str) -> Document:
    """The calendar that a text means, checked; raises `Invalid` with a problem for every place.

    A file may say a name, too; a row has its own.
    """
    load_calendar(text)
    document: Document = read_sheet(text).content
    document.pop("name", None)
    return document
