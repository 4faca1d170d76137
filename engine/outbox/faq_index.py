"""Keeping the FAQ index in step with the database, which alone knows what is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import Unavailable
from engine.faq.models import FaqItem
from engine.faq.queries import document_of, documents
from engine.outbox.drain import After, Task
from engine.work import Work
from search.document import Document
from search.index import IndexBusyError

if TYPE_CHECKING:
    from engine.desk import Desk


def index_item(desk: Desk, task: Task) -> After | None:
    """Bring one item up to date, or everything if need be."""
    try:
        if not desk.index.healthy():
            rebuild(desk)
            return None
        item_id = int(task.payload.get("faq_id") or 0)
        text = desk.read(lambda work: _present(work, item_id))
        desk.index.remove([str(item_id)])
        desk.index.put([text] if text is not None else [])
    except IndexBusyError as error:
        raise Unavailable("Somebody else is writing the search index.") from error
    except OSError as error:
        raise Unavailable(f"The search index cannot be written: {error.strerror}.") from error
    return None


def rebuild(desk: Desk) -> int:
    """Fill the index anew from the database; returns how many texts are in it."""
    texts = desk.read(lambda work: documents(work.session))
    desk.index.replace_all(texts)
    return len(texts)


def _present(work: Work, item_id: int) -> Document | None:
    item = work.session.get(FaqItem, item_id)
    return document_of(item) if item is not None and item.active else None
