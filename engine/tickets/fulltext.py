"""Full text of tickets in the database itself: part of the transaction, filtered with the query.

Words are folded and separated here, in one way for both databases, so that neither of their own
tokenisers decides what a customer's text or an agent's question means.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Select,
    Text,
    case,
    cast,
    column,
    false,
    func,
    literal_column,
    select,
    table,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.db.base import Base
from engine.work import Work

LONGEST_TEXT = 20_000  # folded characters taken from one article
FULL = 200_000  # from here on a ticket takes no more words: PostgreSQL refuses more than 1 MB
LONGEST_WORD = 60
MOST_TERMS = 12

# PostgreSQL alone has the column, and fills it itself.
_WORDS: ColumnElement[Any] = literal_column("ticket_text.words")
_FTS = table("ticket_fts", column("rowid"), column("ticket_fts"))


class TicketText(Base):
    """All words of a ticket, folded, with one space between two of them."""

    __tablename__ = "ticket_text"

    ticket_id: Mapped[int] = mapped_column(
        ForeignKey("ticket.id"), primary_key=True, autoincrement=False
    )
    body: Mapped[str] = mapped_column(Text)


def words(text: str) -> list[str]:
    """The words of a text without case, accents and punctuation (`Größe` and `GROSSE` agree)."""
    flat = unicodedata.normalize("NFKD", text.casefold()).casefold()
    kept = (
        c if c.isalnum() else "" if unicodedata.combining(c) or c == "\x00" else " " for c in flat
    )
    return [word[:LONGEST_WORD] for word in "".join(kept).split()]


def index_text(work: Work, ticket_id: int, text: str) -> None:
    """Add the text of a title or an article to what the ticket is found by."""
    fresh = " ".join(words(text[: LONGEST_TEXT * 2]))[:LONGEST_TEXT].strip()
    if not fresh:
        return
    insert = sqlite.insert if work.desk.database.sqlite else postgresql.insert
    adding = insert(TicketText).values(ticket_id=ticket_id, body=fresh)
    longer = case(
        (func.length(TicketText.body) > FULL, TicketText.body),
        else_=TicketText.body + " " + adding.excluded.body,
    )
    work.session.execute(
        adding.on_conflict_do_update(index_elements=["ticket_id"], set_={"body": longer})
    )


def matching(session: Session, text: str) -> Select[Any]:
    """The ids of tickets that contain all words of `text`, the last one also as a beginning.

    Nothing in `text` has a meaning as syntax; a question without any word finds nothing.
    """
    terms = words(text)[:MOST_TERMS]
    found = select(TicketText.ticket_id)
    if not terms:
        return found.where(false())
    # Words consist of letters and digits only, so quotes cannot be left from inside.
    if session.get_bind().dialect.name == "sqlite":
        quoted = [f'"{term}"' for term in terms]
        question = " AND ".join(quoted) + " *"
        rows = select(_FTS.c.rowid).where(_FTS.c.ticket_fts.op("MATCH")(question))
        return found.where(TicketText.ticket_id.in_(rows))
    question = " & ".join(f"'{term}'" for term in terms) + ":*"
    asked = cast(question, postgresql.TSQUERY)
    return found.where(_WORDS.op("@@")(asked))
