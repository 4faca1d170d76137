"""Trying the drafts of rules on the tickets of the past: begin, go on, call off.

A small run is done at once. Of a large one each turn of the outbox looks at some batches: read and
counted outside any writing transaction, then put down in a short one. A worker that dies leaves
everything up to the last batch; the next one goes on behind it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from copy import deepcopy
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.catalogue.published import RulesRelease
from engine.catalogue.rules_trials import RulesDryRun
from engine.commands.publishers import may_publish
from engine.commands.rules_drafts import Standing, standing
from engine.commands.rules_examining import read_all
from engine.commands.rules_history import BATCH, pasts
from engine.commands.rules_tally import Comparison, empty_tally
from engine.errors import Conflict, Invalid, NotFound
from engine.outbox import write as outbox
from engine.outbox.drain import After, Handler, Task
from engine.people.models import Person
from engine.people.queries import actor_of
from engine.rules import preview_release, vocabulary_of
from engine.tickets.asking import LONGEST, read
from engine.tickets.models import Ticket
from engine.tickets.search import asked
from engine.work import SYSTEM, Work

if TYPE_CHECKING:
    from engine.desk import Desk

TOPIC = "rules_dry_run"
AT_ONCE = 500  # tickets for which nobody needs to wait for the worker
TURN = 5  # batches of one turn of the outbox
MOST_RUNNING = 3
MOST_DAYS = 3650
UNREADABLE = "The drafts cannot be read."


def start_dry_run(
    work: Work, *, days: int | None = None, query: str = "", rulesets: Collection[str] = ()
) -> RulesDryRun:
    """Try the drafts on the tickets of the last days, or on those that a search finds.

    Without `rulesets` those that are drafted. Raises `Invalid` where there is nothing to try or the
    drafts or the search cannot be read, `Conflict` while too many are under way.
    """
    may_publish(work)
    stand = standing(work.session)
    row = _row(work, stand, days, query, rulesets)
    comparison_of(work.session, row)
    counted = select(func.count(Ticket.id), func.min(Ticket.id), func.max(Ticket.id))
    total, first, last = work.session.execute(counted.where(*_wanted(work, row))).one()
    row.total, row.first_id, row.until_id = total, first or 0, last or 0
    row.last_id = row.first_id - 1
    if total > AT_ONCE:
        running = select(func.count(RulesDryRun.id)).where(RulesDryRun.status == "running")
        if (work.session.scalar(running) or 0) >= MOST_RUNNING:
            raise Conflict("Several dry runs are under way; wait for one to end or call it off.")
    work.session.add(row)
    work.session.flush()
    if total > AT_ONCE:
        outbox.add(work, TOPIC, run_id=row.id)
        return row
    comparison = comparison_of(work.session, row)
    while ids := _next(work, row, row.last_id):
        row.tally = counted_on(work.session, comparison, row.tally, ids)
        row.last_id = ids[-1]
    row.status, row.ended_at = "done", work.now
    return row


def cancel_dry_run(work: Work, run_id: int) -> RulesDryRun:
    """Let a run be; what it has found so far stays."""
    may_publish(work)
    row = dry_run_or_missing(work.session, run_id)
    if row.status != "running":
        raise Conflict("This is not under way.")
    row.status, row.ended_at = "cancelled", work.now
    return row


def dry_run_or_missing(session: Session, run_id: int) -> RulesDryRun:
    """A run by its id; raises `NotFound`."""
    found = session.get(RulesDryRun, run_id) if 0 < run_id < 2**31 else None
    if found is None:
        raise NotFound("There is no such dry run.")
    return found


def dry_runs(session: Session, limit: int = 20) -> list[RulesDryRun]:
    """The latest runs."""
    return list(session.scalars(select(RulesDryRun).order_by(RulesDryRun.id.desc()).limit(limit)))


def latest_of_drafts(session: Session, stand: Standing) -> RulesDryRun | None:
    """The last run that is over and tried just what is drafted now."""
    if not stand.drafts or stand.release is None:
        return None
    query = select(RulesDryRun).where(
        RulesDryRun.digest == digest_of(stand), RulesDryRun.status == "done"
    )
    return session.scalar(query.order_by(RulesDryRun.id.desc()).limit(1))


def digest_of(stand: Standing, names: Collection[str] | None = None) -> str:
    """A name for what is compared: rules in force, drafts, and the rulesets chosen."""
    names = sorted(stand.drafts if names is None else names)
    parts = [stand.release.digest if stand.release else ""]
    parts += [f"{name}\n{stand.documents.get(name, '')}" for name in names]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def comparison_of(session: Session, row: RulesDryRun) -> Comparison:
    """Both sides, read and ready; raises `Invalid` for drafts that cannot be read."""
    release = session.get_one(RulesRelease, row.release_id)
    vocabulary = vocabulary_of(release.vocabulary)
    sides = []
    for documents in (release.documents, row.documents):
        texts = {name: documents[name] for name in row.rulesets if name in documents}
        rulesets, problems = read_all(texts, vocabulary)
        if len(rulesets) != len(texts):
            raise Invalid(UNREADABLE, [one for found in problems.values() for one in found])
        sides.append(preview_release(rulesets, vocabulary))
    return Comparison(sides[0], sides[1], row.rulesets, row.started_at)


def counted_on(
    session: Session, comparison: Comparison, tally: Mapping[str, Any], ids: list[int]
) -> dict[str, Any]:
    """The tally with these tickets in it."""
    found = deepcopy(dict(tally))
    texts = any("article.text" in s.text for r in comparison.sides for s in r.rulesets.values())
    for past in pasts(session, ids, texts=texts):
        comparison.count(past, found)
    return found


def work_on(desk: Desk, run_id: int, batches: int = TURN) -> bool:
    """Look at some more tickets; whether there are any left."""
    row = desk.read(lambda work: work.session.get(RulesDryRun, run_id))
    if row is None or row.status != "running":
        return False
    comparison = desk.read(lambda work: comparison_of(work.session, row))
    return all(_batch(desk, run_id, comparison) for _ in range(batches))


def _batch(desk: Desk, run_id: int, comparison: Comparison) -> bool:
    def look(work: Work) -> tuple[int, list[int], dict[str, Any]] | None:
        row = work.session.get(RulesDryRun, run_id)
        if row is None or row.status != "running":
            return None
        ids = _next(work, row, row.last_id)
        tally = counted_on(work.session, comparison, row.tally, ids) if ids else row.tally
        return row.last_id, ids, tally

    found = desk.read(look)
    if found is None:
        return False
    behind, ids, tally = found

    def put_down(work: Work) -> bool:
        query = select(RulesDryRun).where(RulesDryRun.id == run_id).with_for_update()
        row = work.session.scalar(query)
        if row is None or row.status != "running" or row.last_id != behind:
            return False  # called off, or somebody else was at the same batch
        if not ids:
            row.status, row.ended_at = "done", work.now
            return False
        row.tally, row.last_id = tally, ids[-1]
        return True

    return desk.run(put_down)


def _act(desk: Desk, task: Task) -> After | None:
    run_id = int(task.payload["run_id"])
    if not work_on(desk, run_id):
        return None

    def go_on(work: Work) -> None:
        outbox.add(work, TOPIC, run_id=run_id)

    return go_on


def _give_up(work: Work, task: Task, reason: str) -> None:
    row = work.session.get(RulesDryRun, int(task.payload["run_id"]))
    if row is not None and row.status == "running":
        row.status, row.problem, row.ended_at = "failed", reason[:2000], work.now


TRIER = Handler(_act, _give_up)


def _row(
    work: Work, stand: Standing, days: int | None, query: str, rulesets: Collection[str]
) -> RulesDryRun:
    names = sorted(set(rulesets) or set(stand.drafts))
    known = set(stand.documents) | set(stand.drafts)
    if stand.release is None or not names:
        raise Invalid("Nothing has been changed.")
    if not set(names) <= known:
        raise NotFound("There is no such ruleset.")
    if not query.strip() and not 0 < (days or 0) <= MOST_DAYS:
        raise Invalid("Choose between 1 and 3650 days.", fields={"days": "range"})
    return RulesDryRun(
        status="running", rulesets=names, days=None if query.strip() else days,
        query=query.strip()[:LONGEST], release_id=stand.release.id,
        documents={n: stand.documents[n] for n in names if n in stand.documents},
        digest=digest_of(stand, names), tally=empty_tally(), started_by_id=work.actor.id,
        started_by=work.actor.name, started_at=work.now, first_id=0, until_id=0, last_id=0, total=0,
    )  # fmt: skip


def _wanted(work: Work, row: RulesDryRun) -> list[Any]:
    """Which tickets a run is about. A search means what it means to whoever began the run."""
    if not row.query:
        return [Ticket.created_at >= row.started_at - timedelta(days=row.days or 0)]
    person = work.session.get(Person, row.started_by_id or 0)
    actor = actor_of(work.session, person) if person is not None else SYSTEM
    found = asked(work.session, actor, read(row.query), row.started_at)
    if found.bad:
        text = "“%(term)s” cannot be searched for."
        raise Invalid(text, values={"term": found.bad[0].text[:80]})
    return [*found.conditions, Ticket.state_id.in_(found.states)]


def _next(work: Work, row: RulesDryRun, behind: int) -> list[int]:
    query = select(Ticket.id).where(
        Ticket.id > behind, Ticket.id <= row.until_id, *_wanted(work, row)
    )
    return list(work.session.scalars(query.order_by(Ticket.id).limit(BATCH)))
