"""What an SLA promises now, and what it promised when something happened, calendar and all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.catalogue.models import CalendarRow, Sla
from engine.catalogue.queries import by_key
from engine.errors import Invalid
from engine.sla.happenings import Promise
from engine.sla.models import CalendarVersion
from engine.sla.stored import calendar_of
from engine.sla.working import Calendar
from engine.work import Work

MOST = 500  # calendars kept in memory
_CALENDARS: dict[str, Calendar] = {}  # by digest: what it says never changes


def digest_of(row: CalendarRow | CalendarVersion) -> str:
    """What tells one version of a calendar from all others."""
    said = json.dumps([row.name, row.document, row.free_days], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def promise_now(session: Session, sla: Sla | None) -> Promise | None:
    """What an SLA promises at present."""
    if sla is None:
        return None
    row = by_key(session, CalendarRow, sla.calendar)
    digest = digest_of(row)
    return Promise(
        sla=sla.name,
        calendar=_parsed(digest, row),
        first_response=sla.first_response,
        update=sla.update,
        update_counts=sla.update_counts,
        solution=sla.solution,
        warn_percents=tuple(sla.warn_percents),
        escalate_after=tuple(sla.escalate_after),
        sla_id=sla.id,
        version=digest,
    )


def document_of(promise: Promise) -> dict[str, Any]:
    """A promise as it is kept with what happened."""
    return {
        "sla_id": promise.sla_id,
        "sla": promise.sla,
        "calendar": promise.version,
        "first_response": promise.first_response,
        "update": promise.update,
        "update_counts": promise.update_counts,
        "solution": promise.solution,
        "warn_percents": list(promise.warn_percents),
        "escalate_after": list(promise.escalate_after),
    }


def keep_version(work: Work, row: CalendarRow) -> None:
    """Keep a calendar as it is now, once."""
    digest = digest_of(row)
    with work.session.no_autoflush:  # what is being written goes with the next of its kind
        known = work.session.get(CalendarVersion, digest)
    if known is None:
        kept = CalendarVersion(
            digest=digest, name=row.name, document=dict(row.document), free_days=row.free_days,
            since=work.now,
        )  # fmt: skip
        work.session.add(kept)
        work.session.flush()


def read_promise(session: Session, document: Mapping[str, Any] | None) -> Promise | None:
    """A promise as it was kept."""
    if document is None:
        return None
    return Promise(
        sla=document["sla"],
        calendar=_kept(session, document["calendar"]),
        first_response=document["first_response"],
        update=document["update"],
        update_counts=document["update_counts"],
        solution=document["solution"],
        warn_percents=tuple(document["warn_percents"]),
        escalate_after=tuple(document["escalate_after"]),
        sla_id=document["sla_id"],
        version=document["calendar"],
    )


def know_calendars(session: Session, digests: Iterable[str]) -> None:
    """Read several kept calendars at once."""
    missing = set(digests) - _CALENDARS.keys()
    if missing:
        query = select(CalendarVersion).where(CalendarVersion.digest.in_(missing))
        for row in session.scalars(query):
            _parsed(row.digest, row)


def _kept(session: Session, digest: str) -> Calendar:
    known = _CALENDARS.get(digest)
    if known is not None:
        return known
    row = session.get(CalendarVersion, digest)
    if row is None:
        raise Invalid("A calendar by which a ticket counted is gone.")
    return _parsed(digest, row)


def _parsed(digest: str, row: CalendarRow | CalendarVersion) -> Calendar:
    known = _CALENDARS.get(digest)
    if known is None:
        known = calendar_of(row.name, row.document, row.free_days)
        if len(_CALENDARS) >= MOST:
            _CALENDARS.clear()  # also while another thread reads there
        _CALENDARS[digest] = known
    return known
