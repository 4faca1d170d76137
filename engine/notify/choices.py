"""What somebody has chosen: which group of notifications reaches them how, and when it is quiet.

What is stored is read leniently: a choice that makes no sense any more is as none, and then what
the desk has set for all holds. So a new version or a stricter rule never leaves anybody without.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any

from engine.notify.kinds import GROUPS, URGENT

OFF, BROWSER, WEEKLY, DAILY, BUNDLED, AT_ONCE = (
    "off", "browser", "weekly", "daily", "bundled", "at_once",
)  # fmt: skip
HOWS = (OFF, BROWSER, WEEKLY, DAILY, BUNDLED, AT_ONCE)  # what tells more comes later
BY_MAIL = (WEEKLY, DAILY, BUNDLED, AT_ONCE)
PREFERENCE = "notices"  # under which name a person's choices are remembered
WINDOWS = (1, 2, 5, 10, 15)  # minutes
EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True)
class Choice:
    """How one group reaches somebody; `sms` and `webhook` come on top, at once."""

    how: str = AT_ONCE
    sms: bool = False
    webhook: bool = False


@dataclass(frozen=True)
class Quiet:
    """When nothing is sent: between two times on days that begin so, or outside working hours."""

    kind: str = ""  # hours, calendar, or never
    begins: time = time(20)
    ends: time = time(7)
    days: frozenset[int] = EVERY_DAY
    calendar: str = ""


@dataclass(frozen=True)
class Rules:
    """What holds for all: the choices of who has made none, and which may not become less."""

    groups: Mapping[str, Choice]
    kept: frozenset[str] = frozenset((URGENT,))
    window: timedelta = timedelta(minutes=5)
    webhook: str = ""  # by which notifications also go out, for example into a chat

    def allowed(self, group: str) -> tuple[str, ...]:
        """The ways a person may choose for a group."""
        least = self.groups[group].how if group in self.kept else OFF
        return HOWS[HOWS.index(least) :]


@dataclass(frozen=True)
class Choices:
    """One person's choices, complete."""

    groups: Mapping[str, Choice]
    quiet: Quiet = field(default_factory=Quiet)
    through: bool = True  # escalations come in quiet hours, too
    digest_at: time = time(8)
    digest_day: int = 0  # Monday


SHIPPED = {group: Choice(BUNDLED if group == "queue" else AT_ONCE) for group in GROUPS}


def rules_of(document: Mapping[str, Any] | None) -> Rules:
    """What an admin has set; without anything, what came with the desk."""
    document = document or {}
    kept = document.get("kept")
    minutes = document.get("window")
    return Rules(
        groups={
            group: _choice(_part(document, "groups", group), SHIPPED[group], HOWS)
            for group in GROUPS
        },
        kept=frozenset(GROUPS) & frozenset(map(str, kept if isinstance(kept, list) else [URGENT])),
        window=timedelta(minutes=minutes if minutes in WINDOWS else 5),
        webhook=str(document.get("webhook") or ""),
    )


def choices_of(rules: Rules, document: Any) -> Choices:
    """A person's choices over what holds for all."""
    document = document if isinstance(document, Mapping) else {}
    groups = {
        group: _choice(_part(document, "groups", group), rules.groups[group], rules.allowed(group))
        for group in GROUPS
    }
    quiet = document.get("quiet")
    day = document.get("digest_day")
    return Choices(
        groups=groups,
        quiet=_quiet(quiet if isinstance(quiet, Mapping) else {}),
        through=document.get("through") is not False,
        digest_at=clock_time(document.get("digest_at")) or time(8),
        digest_day=day if day in EVERY_DAY else 0,
    )


def clock_time(text: Any) -> time | None:
    """`07:30` as a time; None for what is none."""
    try:
        found = time.fromisoformat(text) if isinstance(text, str) and len(text) == 5 else None
    except ValueError:
        return None
    return found


def wants_mail(document: Any, group: str) -> bool:
    """Whether a customer wants mails of a group (`state`, `reminders`), which is so at first."""
    unwanted = document.get("unwanted") if isinstance(document, Mapping) else None
    return not (isinstance(unwanted, list) and group in unwanted)


def _part(document: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    found: Any = document
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _choice(given: Mapping[str, Any], otherwise: Choice, allowed: tuple[str, ...]) -> Choice:
    how = given.get("how")
    return Choice(
        how=how if how in allowed else otherwise.how,
        sms=bool(given.get("sms", otherwise.sms)),
        webhook=bool(given.get("webhook", otherwise.webhook)),
    )


def _quiet(given: Mapping[str, Any]) -> Quiet:
    begins, ends = clock_time(given.get("begins")), clock_time(given.get("ends"))
    days = given.get("days")
    chosen = EVERY_DAY.intersection(days) if isinstance(days, list) else EVERY_DAY
    calendar = str(given.get("calendar") or "")
    if given.get("kind") == "calendar" and calendar:
        return Quiet("calendar", calendar=calendar)
    if given.get("kind") == "hours" and begins is not None and ends is not None and chosen:
        return Quiet("hours", begins, ends, chosen)
    return Quiet()
