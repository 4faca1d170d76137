"""How often which rule has decided, and what was put in force when and by whom."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.audit.models import DecisionTrace, DeskEntry

ROLLED_BACK = "process rolled back"
PUT_IN_FORCE = ("process published", ROLLED_BACK)
MOST_PUT = 1000
LOOKED_AT = 5000  # of the latest decisions of one ruleset, so that the page stays quick


@dataclass
class Fired:
    """What one ruleset did: all evaluations ever, and of the latest how often each rule fired."""

    evaluations: int = 0
    looked_at: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    last: dict[str, datetime] = field(default_factory=dict)


def evaluations(session: Session, after: int = 0) -> dict[str, tuple[int, datetime | None]]:
    """How often each ruleset has been asked since a decision, and when last."""
    query = (
        select(DecisionTrace.ruleset, func.count(DecisionTrace.id), func.max(DecisionTrace.at))
        .where(DecisionTrace.id > after)
        .group_by(DecisionTrace.ruleset)
    )
    return {ruleset: (count, last) for ruleset, count, last in session.execute(query)}


def fired(session: Session, ruleset: str, after: int = 0) -> Fired:
    """What one ruleset's rules did since a decision; "default" stands for its default."""
    own = (DecisionTrace.ruleset == ruleset, DecisionTrace.id > after)
    found = Fired(evaluations=int(session.scalar(select(func.count()).where(*own)) or 0))
    query = (
        select(DecisionTrace.at, DecisionTrace.trace["decisions"])
        .where(*own)
        .order_by(DecisionTrace.id.desc())
        .limit(LOOKED_AT)
    )
    for at, decisions in session.execute(query):
        found.looked_at += 1
        for rule in {str(one.get("rule")) for one in decisions or []}:
            found.counts[rule] += 1
            found.last.setdefault(rule, at)
    return found


def recent(session: Session, ruleset: str, limit: int = 20) -> list[DecisionTrace]:
    """The latest decisions of one ruleset about a ticket."""
    query = select(DecisionTrace).where(
        DecisionTrace.ruleset == ruleset, DecisionTrace.ticket_id.is_not(None)
    )
    return list(session.scalars(query.order_by(DecisionTrace.id.desc()).limit(limit)))


def put_in_force(session: Session, key: str) -> list[DeskEntry]:
    """Each time a version of this process was put in force, the latest first."""
    query = select(DeskEntry).where(
        DeskEntry.what.in_(PUT_IN_FORCE), DeskEntry.detail["key"].as_string() == key
    )
    return list(session.scalars(query.order_by(DeskEntry.id.desc()).limit(MOST_PUT)))
