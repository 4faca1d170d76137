"""What happens to the clocks of a ticket is written down, and how they stand follows from it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from engine.db.base import Utc

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
ENDED = ("closed successful", "closed unsuccessful", "merged", "removed")


def _table(name: str, *columns: str, **typed: Any) -> sa.TableClause:
    plain: list[Any] = [sa.column(one) for one in columns]
    return sa.table(name, *plain, *(sa.column(one, kind) for one, kind in typed.items()))


EVENT = _table(
    "clock_event", "id", "ticket_id", "what", "article_id", "step", "state", "reason", "kind",
    at=Utc(), begun=Utc(), promise=JSON, mark=JSON,
)  # fmt: skip
TICKET = _table(
    "ticket", "id", "state_id", "sla_id", "clocks_rest",
    created_at=Utc(), changed_at=Utc(), closed_at=Utc(),
)  # fmt: skip
CLOCK = _table(
    "ticket_clock", "id", "ticket_id", "kind", "sla_id", "target", "idle",
    warned_at=Utc(), breached_at=Utc(), stopped_at=Utc(), next_at=Utc(),
)  # fmt: skip
ARTICLE = _table(
    "article", "id", "ticket_id", "direction", "visible", "automatic", created_at=Utc()
)
HISTORY = _table("history", "ticket_id", "what", "before", "after", at=Utc())
STATE = _table("state", "id", "name", "type")
TIMER = _table("timer", "kind", "subject", "ticket_id", "tries", "last_error", due_at=Utc())
SLA = _table(
    "sla", "id", "name", "calendar", "first_response", "update", "update_counts", "solution",
    warn_percents=JSON, escalate_after=JSON,
)  # fmt: skip
CALENDAR = _table("calendar", "name", "free_days", document=JSON)
VERSION = _table("calendar_version", "digest", "name", "free_days", document=JSON, since=Utc())


def upgrade() -> None:
    """The past is put together from messages, history and the clocks as they stand."""
    _tables()
    op.create_index("ix_clock_event_ticket_id_at", "clock_event", ["ticket_id", "at"])
    remember()


def remember() -> None:
    """Write down what happened, in the order in which things of one moment happened."""
    run = op.get_bind().execute
    if not run(sa.select(TICKET.c.id).limit(1)).first():
        return
    first = sa.select(sa.func.min(ARTICLE.c.id)).where(ARTICLE.c.ticket_id == TICKET.c.id)
    _add("opened", TICKET.c.id, TICKET.c.created_at, article_id=first.scalar_subquery())
    _promises()
    ended = sa.select(STATE.c.name).where(STATE.c.type.in_(ENDED))
    before, after = HISTORY.c.before.in_(ended), HISTORY.c.after.in_(ended)
    by_state = HISTORY.c.what == "state"
    _add("reopened", HISTORY.c.ticket_id, HISTORY.c.at, by_state, before, ~after)
    _messages()
    _rests()
    _add("closed", HISTORY.c.ticket_id, HISTORY.c.at, by_state, ~before, after)
    _ends_as_it_stands()
    _told()
    run(sa.delete(CLOCK).where(CLOCK.c.idle, CLOCK.c.stopped_at.is_(None)))
    due = sa.select(TIMER.c.due_at).where(
        TIMER.c.kind == "clock", TIMER.c.subject == sa.cast(CLOCK.c.id, sa.String)
    )
    run(sa.update(CLOCK).values(next_at=due.scalar_subquery()))
    # The worker goes through all tickets and lets the rows say what follows from this.
    run(
        sa.insert(TIMER).values(
            kind="recount", subject="0", ticket_id=0, due_at=ALWAYS, tries=0, last_error=""
        )
    )


def _add(what: str, ticket_id: Any, at: Any, *where: Any, **more: Any) -> None:
    """Write down that something happened, for each row of where it is read from."""
    none = dict.fromkeys(("step", "state", "reason", "kind"), sa.literal(""))
    values = {"ticket_id": ticket_id, "at": at, "what": sa.literal(what)} | none | more
    query = sa.select(*values.values()).where(*where)
    op.get_bind().execute(sa.insert(EVENT).from_select(list(values), query))


def _messages() -> None:
    first = sa.select(sa.func.min(EVENT.c.article_id)).where(
        EVENT.c.ticket_id == ARTICLE.c.ticket_id, EVENT.c.what == "opened"
    )
    begun = sa.select(TICKET.c.created_at).where(TICKET.c.id == ARTICLE.c.ticket_id)
    by_person = ARTICLE.c.visible & ~ARTICLE.c.automatic
    later = ARTICLE.c.id > first.scalar_subquery()
    inside = ARTICLE.c.created_at >= begun.scalar_subquery()
    for what, direction in (("wrote", "in"), ("answered", "out")):
        _add(
            what, ARTICLE.c.ticket_id, ARTICLE.c.created_at, by_person, later, inside,
            ARTICLE.c.direction == direction, article_id=ARTICLE.c.id,
        )  # fmt: skip


def _rests() -> None:
    for what in ("rests", "runs"):
        said = HISTORY.c.after == f"solution {what}"
        _add(what, HISTORY.c.ticket_id, HISTORY.c.at, HISTORY.c.what == "clock", said)
    last = (
        sa.select(EVENT.c.what)
        .where(EVENT.c.ticket_id == TICKET.c.id, EVENT.c.what.in_(("rests", "runs")))
        .order_by(EVENT.c.at.desc(), EVENT.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    resting = sa.func.coalesce(last, "runs") == "rests"
    still = TICKET.c.state_id.in_(sa.select(STATE.c.id).where(STATE.c.type.not_in(ENDED)))
    when = TICKET.c.id, TICKET.c.changed_at
    _add("runs", *when, still, ~TICKET.c.clocks_rest, resting)
    _add("rests", *when, still, TICKET.c.clocks_rest, ~resting)


def _ends_as_it_stands() -> None:
    """Whether a ticket has ended is what its row says; what was taken back is in no history."""
    has_ended = TICKET.c.state_id.in_(sa.select(STATE.c.id).where(STATE.c.type.in_(ENDED)))
    again, closed = EVENT.alias(), EVENT.alias()
    open_again = sa.select(again.c.id).where(
        again.c.ticket_id == EVENT.c.ticket_id,
        again.c.what == "reopened",
        again.c.at >= EVENT.c.at,
    )
    alive = EVENT.c.ticket_id.in_(sa.select(TICKET.c.id).where(~has_ended))
    op.get_bind().execute(
        sa.delete(EVENT).where(EVENT.c.what == "closed", alive, ~open_again.exists())
    )
    later = sa.select(again.c.id).where(
        again.c.ticket_id == closed.c.ticket_id,
        again.c.what == "reopened",
        again.c.at > closed.c.at,
    )
    ends = sa.select(closed.c.id).where(
        closed.c.ticket_id == TICKET.c.id, closed.c.what == "closed", ~later.exists()
    )
    at = sa.func.coalesce(TICKET.c.closed_at, TICKET.c.changed_at)
    _add("closed", TICKET.c.id, at, has_ended, ~ends.exists())


def _promises() -> None:
    """What each ticket's clocks were counted by, as far as their rows say."""
    run = op.get_bind().execute
    versions = {}
    for row in run(sa.select(CALENDAR)).mappings():
        said = json.dumps([row["name"], row["document"], row["free_days"]], sort_keys=True)
        versions[row["name"]] = hashlib.sha256(said.encode()).hexdigest()
        run(sa.insert(VERSION).values(digest=versions[row["name"]], since=ALWAYS, **row))
    slas = {row["id"]: dict(row) for row in run(sa.select(SLA)).mappings()}
    first, solution = CLOCK.alias(), CLOCK.alias()
    joined: Any = TICKET
    for clock, kind in ((first, "first_response"), (solution, "solution")):
        counts = clock.c.stopped_at.is_not(None) | ~clock.c.idle
        on = (clock.c.ticket_id == TICKET.c.id) & (clock.c.kind == kind) & counts
        joined = joined.outerjoin(clock, on)
    parts = first.c.sla_id, first.c.target, solution.c.sla_id, solution.c.target
    for found in run(sa.select(*parts).select_from(joined).distinct()).all():
        first_sla, first_target, its_sla, its_target = found
        if first_sla is None and its_sla is None:
            continue
        same = [part.is_not_distinct_from(value) for part, value in zip(parts, found, strict=True)]
        one = slas[first_sla or its_sla]
        both = first_sla is None or its_sla in (None, first_sla)
        targets = {"first_response": first_target, "solution": its_target if both else None}
        _promised(joined, same, one | targets, versions, TICKET.c.created_at)
        if not both:
            other = slas[its_sla] | {"solution": its_target}
            since = sa.func.coalesce(first.c.stopped_at, TICKET.c.created_at)
            _promised(joined, same, other, versions, since)


def _promised(
    joined: Any, where: list[Any], sla: dict[str, Any], versions: dict[str, str], at: Any
) -> None:
    lengths = ("first_response", "update", "update_counts", "solution", "warn_percents",
               "escalate_after")  # fmt: skip
    document = {
        "sla_id": sla["id"],
        "sla": sla["name"],
        "calendar": versions[sla["calendar"]],
        **{name: sla[name] for name in lengths},
    }
    values = {
        "ticket_id": TICKET.c.id,
        "at": at,
        "what": sa.literal("promised"),
        "promise": sa.literal(document, JSON),
        **dict.fromkeys(("step", "state", "reason", "kind"), sa.literal("")),
    }
    query = sa.select(*values.values()).select_from(joined).where(*where)
    op.get_bind().execute(sa.insert(EVENT).from_select(list(values), query))


def _told() -> None:
    """Nobody is told a second time of what was broken or near before."""
    run = op.get_bind().execute
    last = run(sa.select(sa.func.max(TICKET.c.changed_at))).scalar() or ALWAYS
    breach = {"event": "clock.breached", "percent": 100, "level": 1, "at": last.isoformat()}
    over = CLOCK.c.breached_at.is_not(None) | CLOCK.c.stopped_at.is_not(None)
    near = CLOCK.c.warned_at.is_not(None) & ~over
    cases = [(over, breach)]
    for sla_id, percents in run(sa.select(SLA.c.id, SLA.c.warn_percents)).all():
        warning = breach | {"event": "clock.warning", "percent": percents[0], "level": 0}
        cases.append((near & (CLOCK.c.sla_id == sla_id), warning))
    for kind, pick in (("first_response", sa.func.min), ("solution", sa.func.max)):
        promised = EVENT.alias()
        which = (
            sa.select(pick(promised.c.id))
            .where(promised.c.ticket_id == CLOCK.c.ticket_id, promised.c.what == "promised")
            .correlate(CLOCK)
        )
        by = sa.select(EVENT.c.promise).where(EVENT.c.id == which.scalar_subquery())
        for where, mark in cases:
            _add(
                "told", CLOCK.c.ticket_id, sa.literal(last, Utc()), CLOCK.c.kind == kind, where,
                promise=by.scalar_subquery(), kind=sa.literal(kind),
                mark=sa.literal(mark, JSON),
            )  # fmt: skip


def _tables() -> None:
    op.create_table(
        "clock_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("promise", JSON),
        sa.Column("article_id", sa.Integer()),
        sa.Column("step", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("begun", Utc()),
        sa.Column("mark", JSON),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_clock_event_ticket_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_event")),
    )
    op.create_table(
        "calendar_version",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.Column("free_days", sa.Text(), nullable=False),
        sa.Column("since", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_calendar_version")),
    )
    op.add_column(
        "ticket_clock", sa.Column("level", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("ticket_clock", sa.Column("next_at", Utc(), nullable=True))
