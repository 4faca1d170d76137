"""Companies word the desk's messages themselves, and processes know when they change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

WATCHED = ("notice_text", "notice_in_force")


def upgrade() -> None:
    """Nobody has any yet: what comes with Vorgang is sent."""
    op.create_table(
        "notice_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("texts", JSON, nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.Column("shipped", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_text")),
        sa.UniqueConstraint("name", "number", name=op.f("uq_notice_text_name_number")),
    )
    op.create_table(
        "notice_in_force",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("text_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["text_id"], ["notice_text.id"], name=op.f("fk_notice_in_force_text_id")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_notice_in_force")),
    )
    _sqlite() if op.get_bind().dialect.name == "sqlite" else _postgres()


def _sqlite() -> None:
    run = op.get_bind().exec_driver_sql
    for name in WATCHED:
        for event in ("INSERT", "UPDATE", "DELETE"):
            run(
                f"CREATE TRIGGER {name}_stamp_{event.lower()} AFTER {event} ON {name} "
                "BEGIN UPDATE catalogue_stamp SET value = hex(randomblob(16)); END"
            )


def _postgres() -> None:
    run = op.get_bind().exec_driver_sql
    for name in WATCHED:
        run(
            f"CREATE TRIGGER {name}_stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION catalogue_changed()"
        )
