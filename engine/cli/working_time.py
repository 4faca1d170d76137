"""`vorgang sla due` and `vorgang sla elapsed`: working time by a calendar file, without a desk."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from engine.cli import codes
from engine.cli.context import print_json
from engine.cli.escalations import escalations
from engine.cli.recounting import recompute
from engine.errors import Invalid

if TYPE_CHECKING:
    from engine.sla.working import Calendar


WHOLE = 1_000_000  # microseconds of a second
_MIDNIGHT = re.compile(r"([\d-]{8,10})[T ]24:?00(?::?00(?:\.0+)?)?(.*)")


@click.group("sla")
def sla() -> None:
    """Working time: when a promise falls due, and how much of it has passed."""


sla.add_command(escalations)
sla.add_command(recompute)


def calendar_options(function: Any) -> Any:
    """Which calendar counts: the one of a file, or one of several by its name."""
    for option in (
        click.option("--name", help="which calendar, where the file holds several"),
        click.option("--calendar", "file", required=True, type=click.Path(path_type=Path),
                     help="YAML with timezone, hours, region, holidays, closed and extra; or a"
                          " calendars.yaml"),
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
    calendar says `due: opening`. `seconds` is the length given, to the second.
    """
    calendar = _calendar(file, name)
    if isinstance(calendar, int):
        return calendar
    if not math.isfinite(minutes):
        raise Invalid("The minutes are no number.")
    seconds = round(minutes * 60)
    found = _reached(calendar, _moment(start, calendar), seconds)
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
        "seconds": _plain(working_seconds(calendar, low, high) * WHOLE
                          + _begun(calendar, high) - _begun(calendar, low)),
    })  # fmt: skip
    return codes.OK


def _reached(calendar: Calendar, start: datetime, seconds: int) -> datetime:
    """As `add_working`, with the fraction of a second at which the start stands."""
    from engine.sla.working import add_working

    worked = _begun(calendar, start)
    if not seconds or not worked:
        found = add_working(calendar, start, seconds)
        return start.astimezone(UTC) if not seconds and found <= start else found
    length = abs(seconds) * WHOLE + (worked if seconds > 0 else -worked)
    whole, rest = divmod(length, WHOLE)
    if seconds > 0:  # the end of the last second, and back to where in it
        return add_working(calendar, start, whole + 1) - timedelta(microseconds=WHOLE - rest)
    return add_working(calendar, start, -whole - 1) + timedelta(microseconds=WHOLE - rest)


def _begun(calendar: Calendar, moment: datetime) -> int:
    """The microseconds of working time within the second in which a moment lies."""
    from engine.sla.working import working_seconds

    inside = moment.microsecond and working_seconds(calendar, moment, moment + timedelta(seconds=1))
    return moment.microsecond if inside else 0


def _plain(micros: int) -> int | float:
    return micros // WHOLE if micros % WHOLE == 0 else micros / WHOLE


def _calendar(file: Path, name: str | None) -> Calendar | int:
    """The calendar of a file; an exit code where there is none, with the reason told."""
    from engine.sla.calendars import holds_several, load_calendar, load_calendars

    try:
        text = file.read_text(encoding="utf-8-sig")
        if name is None and not holds_several(text):
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
    if name is None and len(found) == 1:
        return next(iter(found.values()))
    known = ", ".join(sorted(found))
    if name is None:
        click.echo(f"{file} has several calendars, choose with --name: {known}.", err=True)
        return codes.UNREADABLE
    if name not in found:
        click.echo(f"{file} has no calendar {name!r}, only {known}.", err=True)
        return codes.UNREADABLE
    return found[name]


def _moment(text: str, calendar: Calendar) -> datetime:
    said = text.strip().upper()
    midnight = _MIDNIGHT.fullmatch(said)  # the end of a day, which is the beginning of the next
    try:
        found = datetime.fromisoformat(
            "{}T00:00{}".format(*midnight.groups()) if midnight else said
        )
        if midnight:
            found += timedelta(days=1)
        return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(calendar.zone))
    except (ValueError, OverflowError) as error:
        raise Invalid(f"{text!r} is no moment as in 2026-03-27T16:00:00+01:00.") from error


def _shown(moment: datetime, calendar: Calendar) -> str:
    return moment.astimezone(ZoneInfo(calendar.zone)).isoformat()
