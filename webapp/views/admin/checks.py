"""The figures of the health page and of the metrics: the same numbers, asked the same way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from engine.audit.alarms import SEEN_FOR, differences
from engine.audit.found_queries import Standing, standing
from engine.catalogue.published import RulesInForce
from engine.commands.rules_drafts import proposal
from engine.commands.rules_standing import rules_at_odds
from engine.errors import Problem
from engine.faq import queries as faq
from engine.health import LATE, mailbox_problem, missing_process, slow_round
from engine.heartbeat import last_beat, silent_since
from engine.library import damage
from engine.mail_door import MailboxState, mailbox_state, spooled
from engine.outbox import queries as outbox
from engine.tickets import overview
from engine.timers import figures as timers
from engine.work import Work


@dataclass(frozen=True)
class Health:
    """How the desk is; `lost` is what the last look whether anything is lost has left."""

    lost: Standing
    inbound: dict[str, int]
    outbox: outbox.Load
    outbox_age: float
    lag: timers.Lag
    lag_seconds: float
    incidents: int
    differences: int
    rules: RulesInForce | None
    rules_failed: bool
    rules_at_odds: list[Problem]
    rules_damaged: bool  # in the database; those before them decide
    database: str
    index_healthy: bool
    indexed: int
    documents: int
    spooled: int
    mailbox: MailboxState | None
    mailbox_late: bool
    worker_at: datetime | None
    worker_silent: bool
    round_since: datetime | None  # of the rules of every hour, where one takes longer
    process_missing: str  # that tickets take where nothing names another

    @property
    def accounted(self) -> int:
        """How many messages reached us; each of them has an outcome."""
        return sum(self.inbound.values())

    @property
    def held(self) -> int:
        """Messages that wait for a person to look at them."""
        return self.inbound.get("held", 0)

    @property
    def index_complete(self) -> bool:
        """Whether the index answers and holds every FAQ item."""
        return self.index_healthy and self.indexed == self.documents

    @property
    def outbox_late(self) -> bool:
        """Whether a message has been waiting for too long."""
        return self.outbox_age > LATE.total_seconds()

    @property
    def timers_late(self) -> bool:
        """Whether a timer should have fired long ago, or fails."""
        return self.lag_seconds > LATE.total_seconds() or bool(self.lag.failing)

    @property
    def good(self) -> bool:
        """Whether nothing needs anybody."""
        stuck = self.lost.count or self.outbox.dead or self.incidents or self.held or self.spooled
        return (
            not stuck
            and not self.outbox_late
            and not self.timers_late
            and not self.mailbox_late
            and not self.worker_silent
            and self.index_complete
            and self.rules is not None
            and not self.rules_failed
            and not self.rules_at_odds
            and not self.differences
            and not self.rules_damaged
            and self.round_since is None
            and not self.process_missing
        )


def health_of(work: Work) -> Health:
    """Ask everything once, in one reading transaction."""
    session = work.session
    load = outbox.load(session, work.now)
    lag = timers.lag(session, work.now)
    healthy, indexed = _index(work)
    mailbox = mailbox_state(work.desk.settings)
    proposed = proposal(session)
    return Health(
        lost=standing(session),
        inbound=overview.outcomes(session),
        outbox=load,
        outbox_age=max(0.0, (work.now - load.oldest).total_seconds()) if load.oldest else 0.0,
        lag=lag,
        lag_seconds=lag.seconds(work.now),
        incidents=overview.incident_count(session),
        differences=differences(session, work.now - SEEN_FOR),
        rules=session.get(RulesInForce, 1),
        rules_failed=proposed is not None and bool(proposed.failed),
        rules_at_odds=rules_at_odds(work),
        rules_damaged=bool(damage(session)),
        database=_database(session),
        index_healthy=healthy,
        indexed=indexed,
        documents=len(faq.documents(session)),
        spooled=len(spooled(work.desk.settings)),
        mailbox=mailbox,
        mailbox_late=bool(mailbox_problem(mailbox, work.now)),
        worker_at=last_beat(work.desk.settings),
        worker_silent=silent_since(work.desk.settings, work.now) is not None,
        round_since=slow_round(work),
        process_missing=missing_process(work),
    )


def _index(work: Work) -> tuple[bool, int]:
    healthy = work.desk.index.healthy()
    return healthy, work.desk.index.count() if healthy else 0


def _database(session: Any) -> str:
    """Kind and version, as an admin would name it."""
    dialect = session.get_bind().dialect.name
    if dialect == "sqlite":
        return f"SQLite {session.scalar(text('select sqlite_version()'))}"
    return f"PostgreSQL {session.scalar(text('show server_version'))}"
