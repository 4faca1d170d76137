"""Finding FAQ items, by the index where it stands and by the database where it does not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from engine.faq.models import FaqItem
from engine.work import Actor
from search.document import Document
from search.index import Index


@dataclass(frozen=True)
class Found:
    """One item found, with an excerpt as safe HTML."""

    item: FaqItem
    excerpt: str


def audiences_of(actor: Actor | None) -> tuple[str, ...]:
    """What somebody may read: strangers public items, customers also external ones."""
    if actor is None or (actor.id is None and not actor.is_system):
        return ("public",)
    if actor.is_agent or actor.is_system:
        return ("public", "external", "internal")
    return ("public", "external")


def find(
    session: Session,
    index: Index,
    text: str,
    *,
    actor: Actor | None,
    language: str,
    limit: int = 10,
) -> list[Found]:
    """Items that answer the text, best first, in the reader's language before others."""
    audiences = audiences_of(actor)
    if not text.strip():
        return []
    if not index.healthy():
        return _by_database(session, text, audiences, language, limit)
    hits = index.find(text, audiences=audiences, language=language, limit=limit)
    hits = hits or index.find(text, audiences=audiences, language=None, limit=limit)
    items = {str(i.id): i for i in _readable(session, audiences, [int(h.key) for h in hits])}
    return [Found(items[hit.key], hit.excerpt) for hit in hits if hit.key in items]


def item_for(session: Session, actor: Actor | None, item_id: int) -> FaqItem | None:
    """The item if the reader may read it, else None."""
    return next(iter(_readable(session, audiences_of(actor), [item_id])), None)


def translations(session: Session, actor: Actor | None, item: FaqItem) -> list[FaqItem]:
    """The same item in other languages, as far as the reader may read it."""
    query = select(FaqItem).where(
        FaqItem.number == item.number,
        FaqItem.id != item.id,
        FaqItem.active,
        FaqItem.audience.in_(audiences_of(actor)),
    )
    return list(session.scalars(query.order_by(FaqItem.language)))


def items(
    session: Session, actor: Actor | None, *, language: str | None = None, limit: int = 200
) -> list[FaqItem]:
    """All items that the reader may read, by category and title."""
    query = select(FaqItem).where(FaqItem.active, FaqItem.audience.in_(audiences_of(actor)))
    if language:
        query = query.where(FaqItem.language == language)
    return list(session.scalars(query.order_by(FaqItem.category, FaqItem.title).limit(limit)))


def retired(session: Session, actor: Actor | None, *, limit: int = 200) -> list[FaqItem]:
    """The items that were taken out, the latest first; nothing for who may not write them."""
    if actor is None or not (actor.is_agent or actor.is_system):
        return []
    query = select(FaqItem).where(FaqItem.active.is_(False))
    return list(session.scalars(query.order_by(FaqItem.changed_at.desc()).limit(limit)))


def retired_item(session: Session, actor: Actor | None, item_id: int) -> FaqItem | None:
    """One of them."""
    if actor is None or not (actor.is_agent or actor.is_system):
        return None
    query = select(FaqItem).where(FaqItem.id == item_id, FaqItem.active.is_(False))
    return session.scalar(query)


def newest(
    session: Session,
    actor: Actor | None,
    *,
    language: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[FaqItem]:
    """A page of what the reader may read, newest first; `before` is an item's id."""
    query = select(FaqItem).where(FaqItem.active, FaqItem.audience.in_(audiences_of(actor)))
    if language:
        query = query.where(FaqItem.language == language)
    if before is not None:
        query = query.where(FaqItem.id < before)
    return list(session.scalars(query.order_by(FaqItem.id.desc()).limit(limit)))


def document_of(item: FaqItem) -> Document:
    """An item as the index takes it; the internal comment stays out."""
    return Document(
        key=str(item.id),
        language=item.language,
        audience=item.audience,
        title=item.title,
        body=f"{item.symptom}\n\n{item.solution}",
        keywords=tuple(item.keywords),
        category=item.category,
    )


def documents(session: Session) -> list[Document]:
    """Everything the index should hold."""
    return [document_of(item) for item in session.scalars(select(FaqItem).where(FaqItem.active))]


def _readable(session: Session, audiences: Collection[str], ids: list[int]) -> list[FaqItem]:
    query = select(FaqItem).where(
        FaqItem.id.in_(ids), FaqItem.active, FaqItem.audience.in_(audiences)
    )
    return list(session.scalars(query))


def _by_database(
    session: Session, text: str, audiences: Collection[str], language: str, limit: int
) -> list[Found]:
    words = [word for word in text.lower().split() if len(word) > 2][:8]
    tests = []
    for word in words:
        like = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        tests.append(func.lower(FaqItem.title).like(like, escape="\\"))
        tests.append(func.lower(FaqItem.solution).like(like, escape="\\"))
    if not tests:
        return []
    query = (
        select(FaqItem)
        .where(FaqItem.active, FaqItem.audience.in_(audiences), or_(*tests))
        .order_by((FaqItem.language == language).desc(), FaqItem.id)
        .limit(limit)
    )
    return [Found(item, "") for item in session.scalars(query)]
