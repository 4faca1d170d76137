"""PostgreSQL learns what folding a ticket's words costs, and so uses the index it has for them."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index the words through a function that says what it costs.

    The planner took the built-in functions for cheap, and had them work on every ticket's text for
    each search with many hits instead of looking into the index.
    """
    if op.get_bind().dialect.name == "sqlite":
        return
    run = op.get_bind().exec_driver_sql
    run(
        "CREATE FUNCTION ticket_words(body text) RETURNS tsvector LANGUAGE plpgsql "
        "IMMUTABLE PARALLEL SAFE COST 2000 AS "
        "'BEGIN RETURN array_to_tsvector(string_to_array(body, '' '')); END'"
    )
    run("DROP INDEX ix_ticket_text_words")
    run("CREATE INDEX ix_ticket_text_words ON ticket_text USING gin (ticket_words(body))")
