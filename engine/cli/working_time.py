"""`vorgang sla due` and `vorgang sla elapsed`: working time by a calendar file, without a desk."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from engine.cli import codes
from engine.cli.context import print_json
from engine.errors import Invalid

if TYPE_CHECKING:
    from engine.sla.working import Calendar


@click.group("sla")
def sla() -> None:
    """Working time: when a promise falls due, and how much of it has passed."""


def calendar_options(function: Any) -> Any:
    """Which calendar counts: the one of a file, or one of several by its name."""
    for option in (
        click.option("--name", help="which calendar, where the file holds several"),
        click.option("--calendar", "file", required=True, type=click.Path(path_type=Path),
                     help="YAML with timezone, hours, region and holidays; or a calendars.yaml"),
    ):  # fmt: skip
        function = option(function)
    return function


@sla.command("due", short_help="When so many working minutes have passed.")
@calendar_options
@click.option("--start", required=True, help="ISO 8601; without an offset, by the calendar's clock")
@click.option("--minutes", required=True, type=float, help="negative ones go back from the start")
def due(file: Path, name: str | None, start: str, minutes: float) -> int:
    """Print as JSON when so many working minutes from the start have passed (`due`).

    A length that ends exactly when work ends is due then, or when work begins again where the
    calendar says `due: opening`. `seconds` is the length given.
    """
    from engine.sla.working import add_working

    calendar = _calendar(file, name)
    if isinstance(calendar, int):
        return calendar
    if not math.isfinite(minutes):
        raise Invalid("The minutes are no number.")
    seconds = round(minutes * 60)
    found = add_working(calendar, _moment(start, calendar), seconds)
    print_json({"due": _shown(found, calendar), "seconds": seconds})
    return codes.OK


@sla.command("elapsed", short_help="How much working time lies between two moments.")
@calendar_options
@click.option("--from", "start", required=True, help="ISO 8601, as above")
@click.option("--to", "end", required=True, help="ISO 8601, as above")
def elapsed(file: Path, name: str | None, start: str, end: str) -> int:
    """Print as JSON the working `seconds` between two moments, negative when the first is later."""
    from engine.sla.working import working_seconds

    calendar = _calendar(file, name)
    if isinstance(calendar, int):
        return calendar
    low, high = (_moment(text, calendar) for text in (start, end))
    print_json({
        "from": _shown(low, calendar), "to": _shown(high, calendar),
        "seconds": working_seconds(calendar, low, high),
    })  # fmt: skip
    return codes.OK


def _calendar(file: Path, name: str | None) -> Calendar | int:
    """The calendar of a file; an exit code where there is none, with the reason told."""
    from engine.sla.calendars import load_calendar, load_calendars

    try:
        text = file.read_text(encoding="utf-8-sig")
        if name is None:
            return load_calendar(text)
        found = load_calendars(text)
    except (OSError, UnicodeDecodeError) as error:
        click.echo(f"{file} cannot be read: {error}", err=True)
        return codes.UNREADABLE
    except Invalid as error:
        for problem in error.problems:
            place = f"{file}:{problem.line}" if problem.line else str(file)
            click.echo(f"{place}: {problem.message} {problem.mend}", err=True)
        return codes.UNREADABLE
    if name not in found:
        known = ", ".join(sorted(found))
        click.echo(f"{file} has no calendar {name!r}, only {known}.", err=True)
        return codes.UNREADABLE
    return found[name]


def _moment(text: str, calendar: Calendar) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(calendar.zone))
    except ValueError as error:
        raise Invalid(f"{text!r} is no moment as in 2026-03-27T16:00:00+01:00.") from error


def _shown(moment: datetime, calendar: Calendar) -> str:
    return moment.astimezone(ZoneInfo(calendar.zone)).isoformat()
