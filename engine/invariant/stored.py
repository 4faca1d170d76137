"""Every attachment, every original and every HTML part has its bytes, and they are the right ones.

That a file is there, and its size, is always looked at. Reading it takes as long as the disk does:
that is done when somebody asks for it, and with a part of the files each night.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import or_, select

from engine.errors import VorgangError
from engine.invariant.found import Found, Ground, Kind, Look, Span
from engine.invariant.outbox import on_their_way
from engine.tickets.models import Article, Attachment, InboundMessage

MISSING = Kind(
    "file.missing",
    "A file is gone",
    "%(name)s is not where the files lie: %(digest)s.",
    "Put it back from the last backup, under that name.",
)
SIZE = Kind(
    "file.size",
    "A file is not as long as it was",
    "%(name)s has %(size)s bytes, and %(found)s lie there: %(digest)s.",
    "Put it back from the last backup, under that name.",
)
DAMAGED = Kind(
    "file.damaged",
    "A file is not what it was",
    "The bytes of %(name)s have changed: %(digest)s.",
    "Put it back from the last backup, under that name.",
)
NOT_SENT = Kind(
    "article.not_sent",
    "A message would never leave",
    "What was written on %(at)s counts as about to be sent, and nothing in the outbox sends it.",
    "It is put into the outbox again, with the same Message-ID.",
    repairs=True,
)
PARTS = {"HTML": Article.html_digest, "Original": Article.original_digest}
NAMELESS = frozenset(PARTS)  # of these no length is written down
EMPTY = hashlib.sha256().hexdigest()
KEPT = 20_000  # digests remembered, so that what many articles share is looked at once


def of_articles(ground: Ground, span: Span) -> Iterator[Found]:
    """Articles whose HTML part or original is gone, and those that nothing sends."""
    article = Article
    query = select(
        article.id, article.ticket_id, article.html_digest, article.original_digest,
        article.delivery, article.created_at,
    ).where(
        span.on(article.id, article.ticket_id),
        or_(*(column.is_not(None) for column in PARTS.values()), article.delivery == "waiting"),
    )  # fmt: skip
    rows = ground.session.execute(query).all()
    sending = None
    for row in rows:
        for name, digest in zip(PARTS, (row.html_digest, row.original_digest), strict=True):
            if digest and (code := _gone(ground, digest)):
                key, values = f"article {row.id} {name}", {"name": name, "digest": digest}
                yield Found(code, key, row.id, row.ticket_id, values)
        if row.delivery == "waiting":
            sending = on_their_way(ground) if sending is None else sending
            if row.id not in sending:
                values = {"at": row.created_at.isoformat()}
                yield Found(NOT_SENT.code, f"article {row.id}", row.id, row.ticket_id, values)


def of_attachments(ground: Ground, span: Span) -> Iterator[Found]:
    """Attachments whose file is gone or of another size."""
    query = (
        select(Attachment.id, Attachment.name, Attachment.size, Attachment.digest,
               Article.ticket_id)
        .join(Article, Article.id == Attachment.article_id)
        .where(span.on(Attachment.id, Article.ticket_id))
    )  # fmt: skip
    for row in ground.session.execute(query):
        there = _size(ground, row.digest)
        if there == row.size:
            continue
        values = {"name": row.name, "digest": row.digest, "size": row.size, "found": there}
        code = MISSING.code if there is None else SIZE.code
        yield Found(code, f"attachment {row.id}", row.id, row.ticket_id, values)


def of_messages(ground: Ground, span: Span) -> Iterator[Found]:
    """Messages that came in and whose original is gone."""
    message = InboundMessage
    query = select(message.id, message.digest, message.ticket_id)
    for row in ground.session.execute(query.where(span.on(message.id, message.ticket_id))):
        if code := _gone(ground, row.digest):
            values = {"name": "Original", "digest": row.digest}
            yield Found(code, f"message {row.id}", row.id, row.ticket_id, values)


def read_articles(ground: Ground, span: Span) -> Iterator[Found]:
    """HTML parts and originals whose bytes have changed."""
    query = select(
        Article.id, Article.ticket_id, Article.html_digest, Article.original_digest
    ).where(
        span.on(Article.id, Article.ticket_id),
        or_(*(column.is_not(None) for column in PARTS.values())),
    )
    for number, ticket, *digests in ground.session.execute(query):
        for name, digest in zip(PARTS, digests, strict=True):
            if digest:
                yield from _read(ground, digest, name, f"article {number} {name}", number, ticket)


def read_attachments(ground: Ground, span: Span) -> Iterator[Found]:
    """Attachments whose bytes have changed."""
    query = (
        select(Attachment.id, Article.ticket_id, Attachment.digest, Attachment.name)
        .join(Article, Article.id == Attachment.article_id)
        .where(span.on(Attachment.id, Article.ticket_id))
    )
    for number, ticket, digest, name in ground.session.execute(query):
        yield from _read(ground, digest, name, f"attachment {number}", number, ticket)


def read_messages(ground: Ground, span: Span) -> Iterator[Found]:
    """Messages that came in and whose bytes have changed."""
    message = InboundMessage
    query = select(message.id, message.ticket_id, message.digest)
    for number, ticket, digest in ground.session.execute(
        query.where(span.on(message.id, message.ticket_id))
    ):
        yield from _read(ground, digest, "Original", f"message {number}", number, ticket)


def _read(
    ground: Ground, digest: str, name: str, key: str, at: int, ticket: int | None
) -> Iterator[Found]:
    """Whether the bytes are those that were stored; what is gone or empty is told elsewhere."""
    sound: dict[str, Any] = ground.known.setdefault("sound", {})
    if digest not in sound:
        try:
            there = name not in NAMELESS or _size(ground, digest) != 0
            sound[digest] = not there or ground.desk.files.is_sound(digest)
        except VorgangError:
            sound[digest] = True
        if len(sound) > KEPT:
            sound.pop(next(iter(sound)))
    if not sound.get(digest, True):
        yield Found(DAMAGED.code, key, at, ticket, {"name": name, "digest": digest})


def _gone(ground: Ground, digest: str) -> str:
    """What there is to say of a file whose length nobody has written down: that it is not there,
    or that nothing is left in it."""
    size = _size(ground, digest)
    if size is None:
        return MISSING.code
    return DAMAGED.code if size == 0 and digest != EMPTY else ""


def _size(ground: Ground, digest: str) -> int | None:
    sizes: dict[str, int | None] = ground.known.setdefault("sizes", {})
    if digest not in sizes:
        sizes[digest] = ground.desk.files.size(digest)
        if len(sizes) > KEPT:
            sizes.pop(next(iter(sizes)))
    return sizes.get(digest)


ARTICLES = Look("articles", of_articles, (MISSING, DAMAGED, NOT_SENT), Article.id)
ATTACHMENTS = Look("attachments", of_attachments, (MISSING, SIZE), Attachment.id)
MESSAGES = Look("originals", of_messages, (MISSING, DAMAGED), InboundMessage.id)
DEEP = tuple(
    Look(f"bytes.{name}", ask, (DAMAGED,), column, size=100, deep=True)
    for name, ask, column in (
        ("attachments", read_attachments, Attachment.id),
        ("articles", read_articles, Article.id),
        ("originals", read_messages, InboundMessage.id),
    )
)
