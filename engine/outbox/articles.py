"""An article on its way out, whatever the channel: what it carries, and what became of it."""

from __future__ import annotations

from sqlalchemy import select

from engine.audit.trail import record
from engine.channels.inbound import InboundFile
from engine.errors import NotFound
from engine.outbox import write
from engine.outbox.drain import After, Task
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


def mark_sent(article_id: int, problem: str = "") -> After:
    """What is written down once the message has left."""

    def after(work: Work) -> None:
        article = work.session.get(Article, article_id)
        if article is not None:
            article.delivery, article.problem = "sent", problem[:2000]
            record(work, article.ticket_id, "delivery", "waiting", "sent", reason=problem)
            if problem:
                tell_agents(work, article, problem)

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
    tell_agents(work, article, reason)


def tell_agents(work: Work, article: Article, problem: str) -> None:
    """A note on the ticket, and a notice to its owner."""
    ticket = work.session.get_one(Ticket, article.ticket_id)
    to = ", ".join(str(one) for one in article.recipients)
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
    if ticket.owner_id is not None:
        write.add(
            work, "notice", ticket_id=ticket.id, person_id=ticket.owner_id,
            template="delivery_failed", text=problem[:500],
        )  # fmt: skip


def thread_of(work: Work, article: Article) -> list[str]:
    """The Message-IDs of what was said before on the ticket, oldest first."""
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
    return [str(one) for one in reversed(work.session.scalars(query).all())]
