"""A stamp that changes with the catalogue, so that a process knows when to read it again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WATCHED = (
    "queue",
    "state",
    "priority",
    "ticket_type",
    "service",
    "sla",
    "calendar",
    "custom_field",
    "process_version",
    "process_in_force",
    "rules_release",
    "rules_in_force",
)


def upgrade() -> None:
    """A stamp that changes with the catalogue: random, so a rolled back one never comes again."""
    op.create_table("catalogue_stamp", sa.Column("value", sa.String(length=36), nullable=False))
    _sqlite() if op.get_bind().dialect.name == "sqlite" else _postgres()


def _sqlite() -> None:
    run = op.get_bind().exec_driver_sql
    run("INSERT INTO catalogue_stamp VALUES (hex(randomblob(16)))")
    for name in WATCHED:
        for event in ("INSERT", "UPDATE", "DELETE"):
            run(
                f"CREATE TRIGGER {name}_stamp_{event.lower()} AFTER {event} ON {name} "
                "BEGIN UPDATE catalogue_stamp SET value = hex(randomblob(16)); END"
            )


def _postgres() -> None:
    run = op.get_bind().exec_driver_sql
    run("INSERT INTO catalogue_stamp VALUES (gen_random_uuid())")
    run(
        "CREATE FUNCTION catalogue_changed() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN UPDATE catalogue_stamp SET value = gen_random_uuid(); RETURN NULL; END'"
    )
    for name in WATCHED:
        run(
            f"CREATE TRIGGER {name}_stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION catalogue_changed()"
        )
