"""Writing FAQ items; the index learns of them through the outbox."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select, update

from engine.audit.trail import record_desk
from engine.errors import Conflict, Invalid, NotAllowed
from engine.faq.models import AUDIENCES, FaqItem
from engine.outbox import write as outbox
from engine.work import Work


def save_item(
    work: Work,
    *,
    title: str,
    solution: str,
    language: str,
    audience: str,
    symptom: str = "",
    comment: str = "",
    category: str = "",
    keywords: Sequence[str] = (),
    number: int | None = None,
    item: FaqItem | None = None,
    version: int | None = None,
) -> FaqItem:
    """Make or change an item. `version` is the one the person saw; another one is a `Conflict`."""
    if not work.actor.is_agent and not work.actor.is_system:
        raise NotAllowed("Only agents write the FAQ.")
    if not title.strip() or not solution.strip():
        missing = {"title": "required"} if not title.strip() else {"solution": "required"}
        raise Invalid("An item needs a title and a solution.", fields=missing)
    if audience not in AUDIENCES:
        raise Invalid("Unknown audience.", fields={"audience": "enum"})
    if item is not None and version is not None and item.version != version:
        raise Conflict("Somebody else has changed this item meanwhile.")
    known = item.number if item is not None else number
    _must_be_free(work, known, language, item)
    if item is None:
        item = FaqItem(number=number or _next(work), created_at=work.now, language=language)
        work.session.add(item)
    item.title, item.solution, item.language = title.strip()[:300], solution, language
    item.symptom, item.comment, item.category = symptom, comment, category.strip()[:120]
    item.keywords = [word.strip()[:80] for word in keywords if word.strip()][:40]
    item.audience, item.changed_at, item.changed_by_id = audience, work.now, work.actor.id
    work.session.flush()
    outbox.add(work, "index", faq_id=item.id)
    record_desk(work, "faq saved", number=item.number, language=language, audience=audience)
    return item


def _must_be_free(work: Work, number: int | None, language: str, item: FaqItem | None) -> None:
    """There is one text of an item in each language, retired ones included."""
    if number is None:
        return
    rows = work.session.scalars(select(FaqItem).where(FaqItem.number == number)).all()
    if not rows:
        raise Invalid("There is no such item.", fields={"number": "unknown"})
    if any(row.language == language and row is not item for row in rows):
        taken = "There is a text in this language already."
        raise Invalid(taken, fields={"language": "taken"})


def retire_item(work: Work, item: FaqItem) -> None:
    """Take an item out of every list and search; it stays in the database."""
    _show(work, item, active=False)


def restore_item(work: Work, item: FaqItem) -> None:
    """Let a retired item be found again."""
    _show(work, item, active=True)


def _show(work: Work, item: FaqItem, *, active: bool) -> None:
    if not work.actor.is_agent and not work.actor.is_system:
        raise NotAllowed("Only agents write the FAQ.")
    item.active, item.changed_at, item.changed_by_id = active, work.now, work.actor.id
    outbox.add(work, "index", faq_id=item.id)
    what = "faq restored" if active else "faq retired"
    record_desk(work, what, number=item.number, language=item.language)


def _next(work: Work) -> int:
    return int(work.session.scalar(select(func.max(FaqItem.number))) or 0) + 1


def count_helped(work: Work, item: FaqItem) -> None:
    """Note that an item has helped somebody; past its version, so that no editor is disturbed."""
    more = update(FaqItem).where(FaqItem.id == item.id).values(helped=FaqItem.helped + 1)
    work.session.execute(more.execution_options(synchronize_session=False))
