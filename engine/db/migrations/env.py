"""Alembic's entry: runs the steps on the connection that `engine.db.migrate` hands over."""

from __future__ import annotations

from alembic import context

from engine.tables import metadata

OWN_INDEX = "ix_ticket_text_words"  # over an expression: known to PostgreSQL only
SHADOWS = ("ticket_fts", "catalogue_stamp")  # kept by triggers, written by nobody


def include_name(name: str | None, kind: str, parents: object) -> bool:
    """Leave out of a comparison what only one database has: the full-text structures."""
    return not (name == OWN_INDEX or (kind == "table" and (name or "").startswith(SHADOWS)))


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    include_name=include_name,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,  # SQLite can, since our sessions begin explicitly
)
context.run_migrations()
