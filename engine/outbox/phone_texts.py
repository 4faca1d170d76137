"""Articles that leave as SMS or fax, by the operator's provider or gateway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.channels.fax import mail_to_fax
from engine.channels.mail_out import OutgoingMail
from engine.channels.sms_out import SmsProvider, send_sms
from engine.channels.smtp import Refused
from engine.channels.threading import reference_id
from engine.errors import Invalid
from engine.outbox import loop_guard
from engine.outbox.articles import article_of, files_of, mark_held_back, mark_sent
from engine.outbox.drain import After, Task
from engine.outbox.posting import domain_of, post, write_sent
from engine.settings import Settings
from engine.tickets.models import Article
from engine.work import Work

if TYPE_CHECKING:
    from engine.desk import Desk

FAXABLE = ("application/pdf", "image/tiff")


@dataclass(frozen=True)
class Outgoing:
    """An article on its way to a number, or the reason why it must not go."""

    article_id: int
    number: str
    automatic: bool = False
    held: str = ""
    sent: bool = False

    def marked(self, refused: Refused | None = None) -> After:
        """What is written down once it has left; what the desk says by itself is counted."""
        after = mark_sent(self.article_id, refused)

        def both(work: Work) -> None:
            after(work)
            if self.automatic:
                loop_guard.count(work, [self.number])

        return both


def send_text(desk: Desk, task: Task) -> After | None:
    """Send an article as SMS; without `sms_url` it is written to `home/sent`."""

    def look(work: Work) -> tuple[Outgoing, str]:
        article = article_of(work, task)
        return _outgoing(work, article), with_number(work, article)

    out, text = desk.read(look)
    if out.sent:
        return None
    if out.held:
        return mark_held_back(out.article_id, out.held)
    if desk.settings.sms_url:
        send_sms(provider(desk.settings), out.number, text, f"vorgang-article-{out.article_id}")
    else:
        kept = f"To: {out.number}\n\n{text}\n"
        write_sent(desk.settings, f"article-{out.article_id}.sms.txt", kept.encode())
    return out.marked()


def send_fax(desk: Desk, task: Task) -> After | None:
    """Send an article by the fax gateway; without `fax_gateway` it is written to `home/sent`."""

    def look(work: Work) -> tuple[Outgoing, OutgoingMail | None]:
        article = article_of(work, task)
        out = _outgoing(work, article)
        return out, None if out.sent or out.held else _fax(work, article, out.number)

    out, mail = desk.read(look)
    if out.held:
        return mark_held_back(out.article_id, out.held)
    if mail is None:
        return None
    return out.marked(post(desk.settings, mail, f"fax-{out.article_id}"))


def with_number(work: Work, article: Article) -> str:
    """The words of an SMS with the ticket's number, by which an answer finds back."""
    number = article.ticket.number
    if number in article.body:
        return article.body
    return f"{article.body.rstrip()}\n[{work.desk.settings.ticket_hook}{number}]"


def provider(settings: Settings) -> SmsProvider:
    """The SMS provider as set; plain http is taken as a gateway within one's own network."""
    return SmsProvider(
        url=settings.sms_url,
        sender=settings.sms_sender,
        kind="twilio" if "twilio.com" in settings.sms_url else "json",
        allow_inside=settings.sms_url.startswith("http://"),
        country=settings.sms_country,
    )


def _outgoing(work: Work, article: Article) -> Outgoing:
    if article.delivery == "sent":
        return Outgoing(article.id, "", sent=True)
    if not article.recipients:
        raise Invalid("There is no number to send this to.")
    held = loop_guard.reason_to_hold(work, article)
    return Outgoing(article.id, str(article.recipients[0]), automatic=article.automatic, held=held)


def _fax(work: Work, article: Article, to: str) -> OutgoingMail:
    settings = work.desk.settings
    papers = [file for file in files_of(work, article) if file.media_type in FAXABLE]
    number = article.ticket.number
    return mail_to_fax(
        to,
        settings.fax_gateway or "{number}@fax.invalid",
        sender=article.ticket.queue.email or settings.mail_from,
        message_id=article.message_id
        or reference_id(number, f"article-{article.id}", domain_of(settings)),
        date=article.created_at,
        document=papers[0] if papers else article.body,
        subject=f"[{settings.ticket_hook}{number}]",
        country=settings.sms_country,
    )
