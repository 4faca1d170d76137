"""What the desk remembers and still has to do: history, outbox, timers, full text."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """What the desk remembers and still has to do: history, outbox, timers, full text."""
    _decision_trace()
    _desk_history()
    _history()
    _outbox()
    _timer()
    _ticket_text()
    _sqlite_words() if op.get_bind().dialect.name == "sqlite" else _postgres_words()


def _decision_trace() -> None:
    op.create_table(
        "decision_trace",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("at", UTC, nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("ruleset", sa.String(length=80), nullable=False),
        sa.Column("release", sa.String(length=64), nullable=False),
        sa.Column("trace", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_trace")),
    )
    op.create_index(
        "ix_decision_trace_ticket_id_id", "decision_trace", ["ticket_id", "id"], unique=False
    )


def _desk_history() -> None:
    op.create_table(
        "desk_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("detail", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_history")),
    )


def _history() -> None:
    op.create_table(
        "history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("cause_ref", JSON, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("trace_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    op.create_index("ix_history_ticket_id_id", "history", ["ticket_id", "id"], unique=False)


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("due_at", UTC, nullable=False),
        sa.Column("claimed_until", UTC, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("done_at", UTC, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_status_due_at", "outbox", ["status", "due_at"], unique=False)
    op.create_index(op.f("ix_outbox_ticket_id"), "outbox", ["ticket_id"], unique=False)


def _timer() -> None:
    op.create_table(
        "timer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("due_at", UTC, nullable=False),
        sa.Column("claimed_until", UTC, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer")),
        sa.UniqueConstraint("kind", "subject", name=op.f("uq_timer_kind_subject")),
    )
    op.create_index("ix_timer_due_at", "timer", ["due_at"], unique=False)
    op.create_index(op.f("ix_timer_ticket_id"), "timer", ["ticket_id"], unique=False)


def _ticket_text() -> None:
    op.create_table(
        "ticket_text",
        sa.Column("ticket_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_text_ticket_id")
        ),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_ticket_text")),
    )


def _sqlite_words() -> None:
    """FTS5 over `ticket_text`, kept by triggers, so that no writer can forget it."""
    run = op.get_bind().exec_driver_sql
    run(
        "CREATE VIRTUAL TABLE ticket_fts USING fts5(body, content='ticket_text', "
        "content_rowid='ticket_id', tokenize='unicode61 remove_diacritics 2', prefix='2 3 4')"
    )
    forget = (
        "INSERT INTO ticket_fts(ticket_fts, rowid, body) VALUES('delete', old.ticket_id, old.body);"
    )
    learn = "INSERT INTO ticket_fts(rowid, body) VALUES (new.ticket_id, new.body);"
    for event, steps in {"INSERT": learn, "DELETE": forget, "UPDATE": forget + learn}.items():
        run(
            f"CREATE TRIGGER ticket_text_{event.lower()} AFTER {event} ON ticket_text "
            f"BEGIN {steps} END"
        )


def _postgres_words() -> None:
    """Folded words as they are, without the parser that would split some of them again."""
    op.get_bind().exec_driver_sql(
        "CREATE INDEX ix_ticket_text_words ON ticket_text "
        "USING gin (array_to_tsvector(string_to_array(body, ' ')))"
    )
