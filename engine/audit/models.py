"""The memory of the desk: changes with their cause, traces of decisions, and what can be undone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Json, Utc


class HistoryEntry(Base):
    """One change of one ticket: what, from, to, by whom, because of what."""

    __tablename__ = "history"
    __table_args__ = (Index("ix_history_ticket_id_id", "ticket_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(Utc)
    what: Mapped[str] = mapped_column(String(40))  # created, queue, state, step, article, rule …
    before: Mapped[str] = mapped_column(Text, default="")
    after: Mapped[str] = mapped_column(Text, default="")
    actor_id: Mapped[int | None]
    actor: Mapped[str] = mapped_column(String(200))
    cause: Mapped[str] = mapped_column(String(20))  # person, rule, step, timer, clock, mail, system
    cause_ref: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    reason: Mapped[str] = mapped_column(Text, default="")
    trace_id: Mapped[int | None]


class DecisionTrace(Base):
    """One evaluation of a ruleset for a ticket: release, facts, conditions, decisions."""

    __tablename__ = "decision_trace"
    __table_args__ = (Index("ix_decision_trace_ticket_id_id", "ticket_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(Utc)
    event: Mapped[str] = mapped_column(String(40))
    ruleset: Mapped[str] = mapped_column(String(80))
    release: Mapped[str] = mapped_column(String(64))
    trace: Mapped[dict[str, Any]] = mapped_column(Json)
    spent: Mapped[dict[str, Any] | None] = mapped_column(Json)  # rule → µs for what it decided


class RuleFigures(Base):
    """How often a rule fired on one day in one queue; `rule` is empty for the whole ruleset.

    Counted from traces and history, and can be counted again at any time.
    """

    __tablename__ = "rule_figures"
    __table_args__ = (Index("ix_rule_figures_ruleset_day", "ruleset", "day"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    ruleset: Mapped[str] = mapped_column(String(80), primary_key=True)
    rule: Mapped[str] = mapped_column(String(80), primary_key=True)
    queue_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 0: none
    fired: Mapped[int] = mapped_column(default=0)
    overridden: Mapped[int] = mapped_column(default=0)  # what it had set, a person set otherwise
    micros: Mapped[int] = mapped_column(BigInteger, default=0)  # of the evaluations it fired in
    spent: Mapped[int] = mapped_column(BigInteger, default=0)  # µs for what it decided
    timed: Mapped[int] = mapped_column(default=0)  # how many firings that was measured of
    last_at: Mapped[datetime | None] = mapped_column(Utc)


class RuleFiguresMark(Base):
    """The one row that says up to where the figures have been counted."""

    __tablename__ = "rule_figures_mark"

    id: Mapped[int] = mapped_column(primary_key=True)
    trace_id: Mapped[int] = mapped_column(default=0)
    history_id: Mapped[int] = mapped_column(default=0)


class DeskEntry(Base):
    """One change that concerns no single ticket: a publishing, a right, a login that failed."""

    __tablename__ = "desk_history"
    __table_args__ = (Index("ix_desk_history_what_id", "what", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Utc)
    what: Mapped[str] = mapped_column(String(60))
    actor_id: Mapped[int | None]
    actor: Mapped[str] = mapped_column(String(200))
    detail: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


class Undo(Base):
    """What an action changed, for a short time and for who did it: how things stood before."""

    __tablename__ = "undo"

    token: Mapped[str] = mapped_column(String(32), primary_key=True)
    person_id: Mapped[int]
    what: Mapped[str] = mapped_column(String(40))  # claim, move, close … as the history says it
    until: Mapped[datetime] = mapped_column(Utc, index=True)
    used_at: Mapped[datetime | None] = mapped_column(Utc)
    entries: Mapped[list[Any]] = mapped_column(Json)


class ApiRequest(Base):
    """One request of the API that carried an Idempotency-Key, and the id of what it made."""

    __tablename__ = "api_request"
    __table_args__ = (UniqueConstraint("person_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int]
    key: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64))  # of method, address and body
    at: Mapped[datetime] = mapped_column(Utc)
    made_id: Mapped[int | None]
