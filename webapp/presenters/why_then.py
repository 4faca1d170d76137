"""A moment in a ticket's past, chosen by its time or from what happened, to put rules to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from pyramid.request import Request

from engine.commands.rules_moments import Moment
from engine.commands.rules_past import (
    MINUTE,
    NOT_KEPT,
    OF_TODAY,
    TicketPast,
    around,
    as_if,
    past_of,
    recorded,
)
from engine.commands.rules_publishing import first_period, period_at
from engine.errors import NotFound
from engine.rules import Release
from engine.tickets.models import Ticket
from webapp.i18n import N_
from webapp.presenters.facts import own_labels
from webapp.presenters.why import ruleset_titles
from webapp.presenters.why_page import shown

SOME = 6  # moments before and after that are offered
CALLED = N_("A step asked: %(ruleset)s")


@dataclass(frozen=True)
class Then:
    """What is put to which rules: as it happened (`exact`), or as if it had."""

    moment: Moment
    at: datetime
    release: Release
    number: int  # of the release
    known: bool  # that it decided then; else it is the first one
    ruleset: str
    event: str
    heard: bool  # whether this ruleset is asked at all when that happens
    exact: bool
    recorded: int | None  # the decision that was taken then
    around: list[dict[str, Any]]  # what happened before and after, with addresses
    query: dict[str, str]  # what the address says of the moment

    def of_today(self, fact: str) -> bool:
        """Whether a fact is as it is today, since nothing has kept what it was."""
        return fact in OF_TODAY

    def not_kept(self, fact: str) -> bool:
        """Whether rules were told this then, and nobody knows any more what."""
        kept = NOT_KEPT.get(self.moment.event, frozenset())
        return fact in kept and fact not in self.moment.facts


def asked_at(request: Request) -> datetime | None:
    """The minute that was typed, in the reader's zone; None where it is none or is to come."""
    try:
        at = datetime.fromisoformat(str(request.GET.get("at") or "")[:40])
        at = at if at.utcoffset() is not None else at.replace(tzinfo=request.reader.tz)
        at = at.astimezone(UTC).replace(second=0, microsecond=0)
    except (ValueError, OverflowError):
        return None
    return at if at < request.work.now else None


def then_of(request: Request, ticket: Ticket) -> Then | None:
    """What the address asks for by `moment` or `at`; None where no rules decided then."""
    past = past_of(request.work, ticket)
    number, at = str(request.GET.get("moment") or ""), asked_at(request)
    place = int(number[:9]) if at is None and number.isdecimal() else None
    if place is not None and place >= len(past.moments):
        raise NotFound("There is no such decision.")
    when = past.moments[place].at if place is not None else max(at or request.work.now, past.born)
    period = period_at(request.db, when + MINUTE if place is None else when)
    known = period is not None
    period = period or first_period(request.db)
    if period is None:
        return None
    release = request.desk.library.release_of(period.release)
    name, event = _asked(request, release, past.moments[place] if place is not None else None)
    if not name:
        return None
    query = {"moment": str(place)} if place is not None else {"at": local(request, when)}
    if place is None:
        place = past.find(when, name, event)
    exact = place is not None
    moment = past.moments[place] if place is not None else as_if(request.work, past, when, event)
    near = place if place is not None else past.last_before(when)
    return Then(
        moment=moment,
        at=when,
        release=release,
        number=period.release.number,
        known=known,
        ruleset=name,
        event=event,
        heard=event in release.rulesets[name].events if event else moment.ruleset in ("", name),
        exact=exact,
        recorded=recorded(request.work, ticket, name, moment) if exact else None,
        around=_around(request, ticket, release, past, near, exact),
        query=query,
    )  # fmt: skip


def _asked(request: Request, release: Release, there: Moment | None) -> tuple[str, str]:
    """Ruleset and event; without a choice the first ruleset that was asked then."""
    name = str(request.GET.get("ruleset") or "")
    if name not in release.rulesets:
        heard = release.listening(there.event) if there and there.event else ()
        called = there.ruleset if there else ""
        some = [called] if called in release.rulesets else [*heard, *release.names]
        in_use = (one for one in some if release.rulesets[one].in_order())
        name = next(in_use, next(iter(some), ""))
    if there is not None or not name:
        return name, there.event if there else ""
    events, wanted = release.rulesets[name].events, str(request.GET.get("event") or "")
    return name, wanted if wanted in events else next(iter(events), "")


def local(request: Request, at: datetime) -> str:
    """A moment as a field of a form holds it."""
    return f"{request.reader.local(at):%Y-%m-%dT%H:%M}"


def _around(
    request: Request, ticket: Ticket, release: Release, past: TicketPast, near: int, exact: bool
) -> list[dict[str, Any]]:
    own = own_labels(request)
    path = request.route_path("tickets.why_not", number=ticket.number)
    return [
        {
            "at": past.moments[number].at,
            "said": _said(request, release, past.moments[number], own),
            "href": f"{path}?{urlencode({'moment': number})}",
            "current": exact and number == near,
        }
        for number in around(past, near, SOME)
    ]


def _said(request: Request, release: Release, moment: Moment, own: Mapping[str, str]) -> str:
    """What happened, with what was before and after."""
    if not moment.event:
        title = ruleset_titles(request).get(moment.ruleset, moment.ruleset)
        return str(request.translate(CALLED) % {"ruleset": title})
    known = release.vocabulary.events.get(moment.event, {})
    language = request.reader.language
    said = str(known.get("label", {}).get(language, moment.event))
    changed = []
    for name, (before, after) in moment.changed.items():
        fact = release.vocabulary.fact(name)
        label = own.get(name) or (fact.label.get(language, name) if fact else name)
        changed.append(f"{label}: {shown(before)} → {shown(after)}")
    return f"{said} ({'; '.join(changed)})" if changed else said
