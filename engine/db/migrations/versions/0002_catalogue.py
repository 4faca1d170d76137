"""What a ticket can be put into, and which processes and rules are in force."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """What a ticket can be put into, and which processes and rules are in force."""
    _calendar()
    _custom_field()
    _offer()
    _priority()
    _process_version()
    _rules_release()
    _state()
    _ticket_type()
    _process_in_force()
    _rules_in_force()
    _sla()
    _faq_item()
    _queue()
    _service()


def _calendar() -> None:
    op.create_table(
        "calendar",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_calendar")),
    )


def _custom_field() -> None:
    op.create_table(
        "custom_field",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.Column("choices", JSON, nullable=False),
        sa.Column("customer_visible", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_custom_field")),
    )


def _offer() -> None:
    op.create_table(
        "offer",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.Column("form", JSON, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_offer")),
    )


def _priority() -> None:
    op.create_table(
        "priority",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_priority")),
        sa.UniqueConstraint("name", name=op.f("uq_priority_name")),
        sa.UniqueConstraint("rank", name=op.f("uq_priority_rank")),
    )


def _process_version() -> None:
    op.create_table(
        "process_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("files", JSON, nullable=False),
        sa.Column("shared", JSON, nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.Column("published_at", UTC, nullable=False),
        sa.Column("published_by", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_version")),
    )
    op.create_index(op.f("ix_process_version_digest"), "process_version", ["digest"], unique=False)
    op.create_index(op.f("ix_process_version_key"), "process_version", ["key"], unique=False)


def _rules_release() -> None:
    op.create_table(
        "rules_release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("documents", JSON, nullable=False),
        sa.Column("vocabulary", sa.Text(), nullable=False),
        sa.Column("published_at", UTC, nullable=False),
        sa.Column("published_by", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules_release")),
        sa.UniqueConstraint("digest", name=op.f("uq_rules_release_digest")),
    )


def _state() -> None:
    op.create_table(
        "state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("type", sa.String(length=30), nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_state")),
        sa.UniqueConstraint("name", name=op.f("uq_state_name")),
    )


def _ticket_type() -> None:
    op.create_table(
        "ticket_type",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("process_key", sa.String(length=80), nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_type")),
        sa.UniqueConstraint("name", name=op.f("uq_ticket_type_name")),
    )


def _process_in_force() -> None:
    op.create_table(
        "process_in_force",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["process_version.id"], name=op.f("fk_process_in_force_version_id")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_process_in_force")),
    )


def _rules_in_force() -> None:
    op.create_table(
        "rules_in_force",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("since", UTC, nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"], ["rules_release.id"], name=op.f("fk_rules_in_force_release_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules_in_force")),
    )


def _sla() -> None:
    op.create_table(
        "sla",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.Column("calendar", sa.String(length=80), nullable=False),
        sa.Column("first_response", sa.Integer(), nullable=True),
        sa.Column("solution", sa.Integer(), nullable=True),
        sa.Column("warn_percent", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["calendar"], ["calendar.name"], name=op.f("fk_sla_calendar")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla")),
        sa.UniqueConstraint("name", name=op.f("uq_sla_name")),
    )


def _faq_item() -> None:
    op.create_table(
        "faq_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("category", sa.String(length=120), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("symptom", sa.Text(), nullable=False),
        sa.Column("solution", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("keywords", JSON, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.Column("helped", sa.Integer(), nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("changed_at", UTC, nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["person.id"], name=op.f("fk_faq_item_changed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_item")),
        sa.UniqueConstraint("number", "language", name=op.f("uq_faq_item_number_language")),
    )
    op.create_index(op.f("ix_faq_item_audience"), "faq_item", ["audience"], unique=False)
    op.create_index(op.f("ix_faq_item_number"), "faq_item", ["number"], unique=False)


def _queue() -> None:
    op.create_table(
        "queue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("process_key", sa.String(length=80), nullable=False),
        sa.Column("sla_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("follow_up", sa.String(length=20), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["team.id"], name=op.f("fk_queue_group_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["queue.id"], name=op.f("fk_queue_parent_id")),
        sa.ForeignKeyConstraint(["sla_id"], ["sla.id"], name=op.f("fk_queue_sla_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue")),
        sa.UniqueConstraint("name", name=op.f("uq_queue_name")),
    )
    op.create_index(op.f("ix_queue_email"), "queue", ["email"], unique=False)
    op.create_index(op.f("ix_queue_group_id"), "queue", ["group_id"], unique=False)


def _service() -> None:
    op.create_table(
        "service",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("sla_id", sa.Integer(), nullable=True),
        sa.Column("title", JSON, nullable=False),
        sa.ForeignKeyConstraint(["sla_id"], ["sla.id"], name=op.f("fk_service_sla_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
        sa.UniqueConstraint("name", name=op.f("uq_service_name")),
    )
