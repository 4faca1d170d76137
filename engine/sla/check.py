"""calendars.yaml and slas.yaml checked as files: each by itself, and the SLAs against calendars."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from engine.errors import Invalid, Problem
from engine.sla.calendars import load_calendars
from engine.sla.targets import load_slas

CALENDARS, SLAS = "calendars.yaml", "slas.yaml"


def check_calendars(file: Path, text: str) -> list[Problem]:
    """What is wrong with a file of calendars."""
    try:
        load_calendars(text)
    except Invalid as error:
        return list(error.problems)
    return []


def check_slas(file: Path, text: str) -> list[Problem]:
    """What is wrong with a file of SLAs; they may name only calendars that lie beside it."""
    try:
        load_slas(text, _beside(file))
    except Invalid as error:
        return list(error.problems)
    return []


def _beside(file: Path) -> Collection[str] | None:
    """The names of the calendars beside the SLAs; None where their own file has problems."""
    path = file.parent / CALENDARS
    if not path.is_file():
        return ()
    try:
        return load_calendars(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, Invalid):
        return None


CHECKS: Mapping[str, Callable[[Path, str], list[Problem]]] = {
    CALENDARS: check_calendars,
    SLAS: check_slas,
}
