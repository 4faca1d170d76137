"""An article on its way out, whatever the channel: what it carries, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select

from engine.audit.trail import record
from engine.channels.inbound import InboundFile
from engine.channels.smtp import Refused
from engine.errors import NotFound
from engine.notify.recipients import recipients
from engine.notify.write import tell
from engine.outbox import write
from engine.outbox.drain import After, Task, pause
from engine.outbox.posting import refusals
from engine.tickets.models import Article, Ticket
from engine.work import Work


def article_of(work: Work, task: Task) -> Article:
    """The article that a row is about; raises `NotFound` when it is gone."""
    article = work.session.get(Article, task.payload.get("article_id") or 0)
    if article is None:
        raise NotFound("The article to be sent does not exist any more.")
    return article


def files_of(work: Work, article: Article) -> list[InboundFile]:
    """The attachments with their bytes."""
    return [
        InboundFile(
            file.name, file.media_type, work.desk.files.get(file.digest),
            content_id=file.content_id, inline=file.inline,
        )
        for file in article.attachments
    ]  # fmt: skip


def mark_sent(article_id: int, refused: Refused | None = None, tries: int = 1) -> After:
    """What is written down once the message has left, and for whom it is tried again."""
    refused = refused or Refused()
    problem = refusals(refused.never)

    def after(work: Work) -> None:
        article = work.session.get(Article, article_id)
        if article is None:
            return
        article.problem = "; ".join(one for one in (article.problem, problem) if one)[:2000]
        if refused.later:
            reason = refusals(refused.later)
            record(work, article.ticket_id, "delivery", "waiting", "in part", reason=reason)
            rest = write.add(
                work, "mail", ticket_id=article.ticket_id, article_id=article.id,
                only=sorted(refused.later),
            )  # fmt: skip
            rest.due_at = work.now + pause(tries)
        else:
            article.delivery = "sent"
            record(work, article.ticket_id, "delivery", "waiting", "sent", reason=problem)
        if problem:
            tell_agents(work, article, problem, list(refused.never))

    return after


def mark_held_back(article_id: int, reason: str) -> After:
    """What is written down when an automatic message is not sent, and why."""

    def after(work: Work) -> None:
        article = work.session.get(Article, article_id)
        if article is not None:
            article.delivery, article.problem = "", reason
            record(work, article.ticket_id, "delivery", "waiting", "not sent", reason=reason)

    return after


def give_up(work: Work, task: Task, reason: str) -> None:
    """The message will never leave by itself: the ticket says so, and its owner is told."""
    article = work.session.get(Article, task.payload.get("article_id") or 0)
    if article is None:
        return
    article.delivery, article.problem = "failed", reason[:2000]
    record(work, article.ticket_id, "delivery", "waiting", "failed", reason=reason)
    tell_agents(work, article, reason, task.payload.get("only") or article.recipients)


def came_back(work: Work, article: Article, failed: Mapping[str, str]) -> None:
    """A mail that had left was returned: it counts as failed, and whoever works on it is told.

    `failed` says why for each address that the report names; who never got the mail from us does
    not count. The report itself lies on the ticket, so that no further note is needed.
    """
    known = {str(to).lower(): str(to) for to in article.recipients}
    reasons = {known[to]: words for to, words in failed.items() if to in known}
    if not reasons or article.delivery == "failed":
        return
    problem = refusals(reasons)
    record(work, article.ticket_id, "delivery", article.delivery, "failed", reason=problem)
    article.delivery, article.problem = "failed", problem[:2000]
    _notify(work, article, problem)


def tell_agents(work: Work, article: Article, problem: str, missed: Iterable[object]) -> None:
    """A note on the ticket about who did not get it, and a notice to those who work on it."""
    ticket = work.session.get_one(Ticket, article.ticket_id)
    to = ", ".join(str(one) for one in missed)
    note = Article(
        ticket_id=ticket.id,
        channel="note",
        direction="internal",
        visible=False,
        sender=work.actor.name,
        subject=f"Not delivered to {to}"[:400],
        body=f"What was written to {to} on {article.created_at:%Y-%m-%d %H:%M} UTC was not "
        f"delivered.\n\n{problem}",
        automatic=True,
        created_at=work.now,
    )
    work.session.add(note)
    work.session.flush()
    record(work, ticket.id, "article", after=f"note {note.id}", reason="not delivered")
    _notify(work, article, problem)


def _notify(work: Work, article: Article, problem: str) -> None:
    """Tell the owner, else the queue; but what the desk said by itself concerns no whole team."""
    ticket = work.session.get_one(Ticket, article.ticket_id)
    if ticket.owner_id is None and article.automatic:
        return
    for person in recipients(work.session, ticket, "owner"):
        tell(work, person, "delivery_failed", ticket, text=problem[:500])


def thread_of(work: Work, article: Article) -> list[str]:
    """The Message-IDs of what was said before on the ticket, oldest first.

    A customer is given only those of mails that they may see: with whom we spoke about their
    matter besides is not told by an id either.
    """
    query = (
        select(Article.message_id)
        .where(
            Article.ticket_id == article.ticket_id,
            Article.id < article.id,
            Article.message_id.is_not(None),
            Article.channel == "email",
        )
        .order_by(Article.id.desc())
        .limit(20)
    )
    if article.visible:
        query = query.where(Article.visible)
    return [str(one) for one in reversed(work.session.scalars(query).all())]
