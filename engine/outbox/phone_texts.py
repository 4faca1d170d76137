"""Articles that leave as SMS or fax, by the operator's provider or gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.channels.fax import mail_to_fax
from engine.channels.mail_out import OutgoingMail
from engine.channels.sms_out import SmsProvider, send_sms
from engine.channels.threading import reference_id
from engine.errors import Invalid
from engine.outbox.articles import article_of, files_of, mark_sent
from engine.outbox.drain import After, Task
from engine.outbox.posting import domain_of, post, refusals, write_sent
from engine.settings import Settings
from engine.tickets.models import Article
from engine.work import Work

if TYPE_CHECKING:
    from engine.desk import Desk

FAXABLE = ("application/pdf", "image/tiff")


def send_text(desk: Desk, task: Task) -> After | None:
    """Send an article as SMS; without `sms_url` it is written to `home/sent`."""

    def look(work: Work) -> tuple[int, str, str, bool]:
        article = article_of(work, task)
        return article.id, _number(article), article.body, article.delivery == "sent"

    article_id, number, body, sent = desk.read(look)
    if sent:
        return None
    if desk.settings.sms_url:
        send_sms(provider(desk.settings), number, body, f"vorgang-article-{article_id}")
    else:
        text = f"To: {number}\n\n{body}\n"
        write_sent(desk.settings, f"article-{article_id}.sms.txt", text.encode())
    return mark_sent(article_id)


def send_fax(desk: Desk, task: Task) -> After | None:
    """Send an article by the fax gateway; without `fax_gateway` it is written to `home/sent`."""

    def look(work: Work) -> tuple[int, OutgoingMail | None]:
        article = article_of(work, task)
        return article.id, None if article.delivery == "sent" else _fax(work, article)

    article_id, mail = desk.read(look)
    if mail is None:
        return None
    refused = post(desk.settings, mail, f"fax-{article_id}")
    return mark_sent(article_id, refusals(refused))


def provider(settings: Settings) -> SmsProvider:
    """The SMS provider as set; plain http is taken as a gateway within one's own network."""
    return SmsProvider(
        url=settings.sms_url,
        sender=settings.sms_sender,
        kind="twilio" if "twilio.com" in settings.sms_url else "json",
        allow_inside=settings.sms_url.startswith("http://"),
        country=settings.sms_country,
    )


def _fax(work: Work, article: Article) -> OutgoingMail:
    settings = work.desk.settings
    papers = [file for file in files_of(work, article) if file.media_type in FAXABLE]
    number = article.ticket.number
    return mail_to_fax(
        _number(article),
        settings.fax_gateway or "{number}@fax.invalid",
        sender=article.ticket.queue.email or settings.mail_from,
        message_id=article.message_id
        or reference_id(number, f"article-{article.id}", domain_of(settings)),
        date=article.created_at,
        document=papers[0] if papers else article.body,
        subject=f"[{settings.ticket_hook}{number}]",
        country=settings.sms_country,
    )


def _number(article: Article) -> str:
    if not article.recipients:
        raise Invalid("There is no number to send this to.")
    return str(article.recipients[0])
