"""Which rulesets the processes of tickets have asked, also where these decided nothing.

A decision is kept, a question without an answer is not; but the log of steps tells of each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.catalogue.published import ProcessInForce, ProcessVersion
from engine.commands.rules_moments import CALLED, Decided
from engine.errors import VorgangError
from engine.tickets.flow import ProcessInstance, StepLog
from engine.workflow import load_definition

MOST_ROWS = 200_000  # of a batch
MOST_KEPT = 500
Asking = dict[str, tuple[str, str]]  # step → ruleset and lane
_known: dict[str, Asking] = {}


def calls_of(session: Session, ids: Iterable[int]) -> dict[int, list[Decided]]:
    """By ticket what its processes asked, in their order."""
    query = (
        select(StepLog.ticket_id, StepLog.step_id, StepLog.at, ProcessInstance.version_id)
        .join(ProcessInstance, StepLog.instance_id == ProcessInstance.id)
        .where(StepLog.outcome == "completed", StepLog.ticket_id.in_(ids))
        .order_by(StepLog.id)
        .limit(MOST_ROWS)
    )
    rows = session.execute(query).all()
    asking = _asking_steps(session, {row.version_id for row in rows})
    found: dict[int, list[Decided]] = defaultdict(list)
    for row in rows:
        ruleset, lane = asking[row.version_id].get(row.step_id, ("", ""))
        if ruleset:
            facts = {"step.id": row.step_id, "step.lane": lane, "ticket.placed": False}
            found[row.ticket_id].append(Decided(ruleset, CALLED, row.at, facts))
    return found


def called_in_force(session: Session) -> frozenset[str]:
    """The rulesets that the processes in force ask."""
    asking = _asking_steps(session, set(session.scalars(select(ProcessInForce.version_id))))
    return frozenset(ruleset for steps in asking.values() for ruleset, _ in steps.values())


def with_calls(decided: Iterable[Decided], calls: Iterable[Decided]) -> list[Decided]:
    """The decisions that were kept, and between them the calls that led to none."""
    asked: list[Decided] = []
    found: list[Decided] = []
    for one in decided:
        (asked if one.event == CALLED else found).append(one)
    for call in calls:
        kept = next((o for o in asked if (o.ruleset, o.at) == (call.ruleset, call.at)), None)
        if kept is not None:
            asked.remove(kept)
            call = replace(kept, facts={**call.facts, **kept.facts})
        found.append(call)
    return sorted(found + asked, key=lambda one: one.at)


def _asking_steps(session: Session, version_ids: set[int]) -> dict[int, Asking]:
    found: dict[int, Asking] = {}
    query = select(ProcessVersion.id, ProcessVersion.digest)
    for number, digest in session.execute(query.where(ProcessVersion.id.in_(version_ids))):
        if digest not in _known:
            if len(_known) >= MOST_KEPT:
                _known.clear()
            _known[digest] = _read(session.get_one(ProcessVersion, number))
        found[number] = _known[digest]
    return found


def _read(version: ProcessVersion) -> Asking:
    files, shared = version.as_bytes()
    try:
        steps = load_definition(version.key, files, shared, published=True).steps
    except VorgangError:  # what can no longer be run has nothing to tell
        return {}
    return {name: (step.ruleset, step.lane or "") for name, step in steps.items() if step.ruleset}
