"""An article becomes a mail: in the name of its queue, in the thread of its ticket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.channels.mail_out import OutgoingMail
from engine.channels.threading import build_subject, reference_id
from engine.errors import Invalid
from engine.outbox import loop_guard
from engine.outbox.articles import article_of, files_of, mark_held_back, mark_sent, thread_of
from engine.outbox.drain import After, Task
from engine.outbox.posting import domain_of, post
from engine.tickets.models import Article
from engine.work import Work

if TYPE_CHECKING:
    from engine.desk import Desk


@dataclass(frozen=True)
class Ready:
    """A mail that may leave, or the reason why it must not."""

    article_id: int
    name: str
    automatic: bool
    mail: OutgoingMail | None = None
    held: str = ""
    sent: bool = False


def send_mail(desk: Desk, task: Task) -> After | None:
    """Send one article; held back where the loop guard says so."""
    only = [str(one) for one in task.payload.get("only") or ()]
    ready = desk.read(lambda work: compose(work, article_of(work, task), only))
    if ready.sent:
        return None
    if ready.mail is None:
        return mark_held_back(ready.article_id, ready.held)
    refused = post(desk.settings, ready.mail, ready.name, only)
    after = mark_sent(ready.article_id, refused, task.tries)
    if not ready.automatic:
        return after
    addresses = only or list(ready.mail.envelope)

    def both(work: Work) -> None:
        after(work)
        loop_guard.count(work, addresses)

    return both


def compose(work: Work, article: Article, only: Sequence[str] = ()) -> Ready:
    """The mail for an article; raises `Invalid` without a recipient.

    `only` are those who are still to get it; it is the same mail for them as for the others.
    """
    name = f"{article.created_at:%Y%m%d-%H%M%S}-{article.id}"
    ready = Ready(article.id, name, article.automatic, sent=article.delivery == "sent" and not only)
    if ready.sent:
        return ready
    held = loop_guard.reason_to_hold(work, article)
    if held:
        return Ready(article.id, name, article.automatic, held=held)
    to = [str(address) for address in article.recipients]
    if not to:
        raise Invalid("There is no address to send this to.")
    settings, ticket = work.desk.settings, article.ticket
    before = thread_of(work, article)
    answers = before[-1] if before else None
    subject = build_subject(
        ticket.number,
        article.subject or ticket.title,
        hook=settings.ticket_hook,
        form=settings.subject_format,
        prefix="Re" if answers else "",
    )
    mail = OutgoingMail(
        sender=ticket.queue.email or settings.mail_from,
        sender_name=settings.mail_name,
        to=(to[0],),
        to_name=_name_for(article, to[0]),
        cc=tuple(to[1:]),
        subject=subject,
        text=_text(article),
        message_id=article.message_id
        or reference_id(ticket.number, f"article-{article.id}", domain_of(settings)),
        date=article.created_at,
        in_reply_to=answers,
        references=before,
        automatic=article.automatic,
        files=files_of(work, article),
    )
    return Ready(article.id, name, article.automatic, mail=mail)


def _name_for(article: Article, address: str) -> str:
    customer = article.ticket.customer
    return customer.name if customer and customer.email.lower() == address.lower() else ""


def _text(article: Article) -> str:
    signature = article.ticket.queue.signature.strip()
    if article.automatic or not signature:
        return article.body
    return f"{article.body.rstrip()}\n\n-- \n{signature}\n"
