"""What people say on a ticket: replies, notes, forwards and the customer's answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from engine.audit.trail import record
from engine.channels.threading import build_subject
from engine.commands.clocks import clocks_answered, clocks_wrote
from engine.commands.follow_up import follow_up
from engine.commands.notices import new_message_id
from engine.commands.pending import take_up
from engine.commands.processes import send_message
from engine.commands.reach import SENT_BY, address_of
from engine.errors import Invalid
from engine.outbox import write as outbox
from engine.people.queries import person_by_login
from engine.tickets.access import require
from engine.tickets.flow import WorkItem
from engine.tickets.fulltext import index_text
from engine.tickets.models import Article, Attachment, Participant, Ticket
from engine.work import Work

LONGEST_BODY = 1_000_000
NO_ADDRESS = {
    "email": "This customer has no mail address.",
    "sms": "This customer has no mobile number.",
    "fax": "This customer has no fax number.",
}


@dataclass(frozen=True)
class NewFile:
    """A file to be attached. `received`: it came with a message, which is never refused for its
    size. `stored` is its digest where it lies in the store already."""

    name: str
    media_type: str
    data: bytes
    content_id: str | None = None
    inline: bool = False
    received: bool = False
    stored: str = ""


def reply(
    work: Work,
    ticket: Ticket,
    body: str,
    *,
    subject: str | None = None,
    to: str | None = None,
    cc: Sequence[str] = (),
    channel: str = "email",
    files: Sequence[NewFile] = (),
) -> Article:
    """Answer the customer: visible, sent by the channel, and the end of the first-response clock.

    Raises `Invalid` where the body is empty or there is no address to send to.
    """
    require(work, ticket, "reply")
    address = to or address_of(ticket.customer, channel)
    if channel == "email":
        _must_be_addresses({"to": [to] if to else [], "cc": cc})
    if channel in SENT_BY and not address:
        raise Invalid(NO_ADDRESS[channel], fields={"to": "required"})
    article = add_article(
        work,
        ticket,
        body=_body(body),
        channel=channel,
        direction="out",
        visible=True,
        address=ticket.queue.email,
        recipients=[a for a in [address, *cc] if a],
        subject=subject or _subject(work, ticket),
        message_id=new_message_id(work, ticket),
        delivery="waiting" if channel in SENT_BY else "",
        files=files,
    )
    for copied in cc:
        join_ticket(work, ticket, copied, "copied")
    if channel in SENT_BY:
        outbox.add(work, SENT_BY[channel], ticket_id=ticket.id, article_id=article.id)
    if ticket.owner_id is None and work.actor.is_agent:
        take_ownership(work, ticket)
    clocks_answered(work, ticket, article)
    send_message(work, ticket, "agent_replied")
    tell_rules(work, ticket, article)
    return article


def add_note(work: Work, ticket: Ticket, body: str, *, files: Sequence[NewFile] = ()) -> Article:
    """Write an internal note, which no customer ever sees."""
    require(work, ticket, "note")
    article = add_article(
        work,
        ticket,
        body=_body(body),
        channel="note",
        direction="internal",
        visible=False,
        files=files,
    )
    tell_rules(work, ticket, article)
    return article


def forward(
    work: Work,
    ticket: Ticket,
    address: str,
    body: str,
    *,
    articles: Sequence[Article] = (),
    files: Sequence[NewFile] = (),
) -> Article:
    """Send the matter on to somebody outside, whose answer lands on the ticket as internal.

    The address becomes a participant. Files and the attachments of the articles forwarded go along.
    """
    require(work, ticket, "forward")
    address = address.strip()
    if "@" not in address or any(c in address for c in "\r\n,;<> "):
        raise Invalid("That is not one mail address.", fields={"address": "email"})
    quoted = "\n\n".join(_quoted(article) for article in articles)
    article = add_article(
        work,
        ticket,
        body=_body(f"{body}\n\n{quoted}".strip()),
        channel="email",
        direction="out",
        visible=False,
        address=ticket.queue.email,
        recipients=[address],
        subject=_subject(work, ticket),
        message_id=new_message_id(work, ticket),
        delivery="waiting",
        files=files,
    )
    for source in articles:
        for file in source.attachments:
            work.session.add(_copy_of(file, article))
    join_ticket(work, ticket, address, "forwarded")
    outbox.add(work, "mail", ticket_id=ticket.id, article_id=article.id)
    record(work, ticket.id, "forwarded", after=address)
    tell_rules(work, ticket, article)
    return article


def customer_answer(
    work: Work,
    ticket: Ticket,
    body: str,
    *,
    files: Sequence[NewFile] = (),
    channel: str = "web",
) -> Article:
    """What the customer writes on the portal; the process is told, so that it can move on.

    A ticket that has ended is opened again where its queue takes answers then, as by mail; else
    `Conflict` says so, and nothing is kept that nobody would read.
    """
    require(work, ticket, "answer")
    if ticket.state.ended:
        from engine.commands.tickets import reopen_ticket

        reopen_ticket(work, ticket, "the customer has written again")
    article = add_article(
        work, ticket, body=_body(body), channel=channel, direction="in", visible=True, files=files
    )
    heard(work, ticket, article)
    return article


def answered_by_phone(
    work: Work, ticket: Ticket, body: str, *, files: Sequence[NewFile] = ()
) -> Article:
    """What the customer said on the telephone, written down by an agent; as good as a letter.

    The words are the customer's and move the process on, also one that has ended: the ticket is
    opened again, which who writes them down has to be allowed to. History says who it was.
    """
    require(work, ticket, "reply")
    customer = ticket.customer
    if customer is None:
        raise Invalid("This ticket has no customer who could have called.")
    text = _body(body)
    if ticket.state.ended:
        from engine.commands.tickets import reopen_ticket

        reopen_ticket(work, ticket, "the customer has called again")
    article = add_article(
        work,
        ticket,
        body=text,
        channel="phone",
        direction="in",
        visible=True,
        sender=customer.name,
        person_id=customer.id,
        address=customer.phone or customer.mobile,
        files=files,
    )
    heard(work, ticket, article)
    return article


def heard(work: Work, ticket: Ticket, article: Article) -> None:
    """After the customer has said something, by whatever channel: process first, then rules.

    Where the process waits only for somebody outside, an answer must bring it back to us, so
    `reopen` is tried when nothing awaits `customer_replied`. What was laid aside is taken up.
    """
    clocks_wrote(work, ticket, article)
    take_up(work, ticket)
    payload = {"reply": article.body[:4000]}
    if not send_message(work, ticket, "customer_replied", payload) and _only_outside(work, ticket):
        send_message(work, ticket, "reopen", payload)
    tell_rules(work, ticket, article, article__writer="customer")


def add_article(
    work: Work,
    ticket: Ticket,
    *,
    body: str,
    channel: str,
    direction: str,
    visible: bool,
    files: Sequence[NewFile] = (),
    found_by: str = "",
    **more: Any,
) -> Article:
    """Put an article with its files on the ticket and write history; asks nobody, tells nobody.

    The ticket is found by the words of the article, and by those in `found_by`.
    """
    values: dict[str, Any] = {"sender": work.actor.name, "person_id": work.actor.id} | more
    article = Article(
        ticket_id=ticket.id,
        ticket=ticket,
        channel=channel,
        direction=direction,
        visible=visible,
        body=body[:LONGEST_BODY],
        created_at=work.now,
        attachments=[attach(work, file) for file in files],
        **values,
    )
    work.session.add(article)
    ticket.changed_at = work.now
    work.session.flush()
    names = ", ".join(a.name for a in article.attachments)
    record(work, ticket.id, "article", after=f"{channel} {direction} {article.id} {names}".strip())
    index_text(work, ticket.id, f"{found_by}\n{text_of(article)}")
    return article


def text_of(article: Article) -> str:
    """What the ticket of an article is found by."""
    return f"{article.subject}\n{article.body[:20_000]}\n{article.sender}"


def attach(work: Work, file: NewFile) -> Attachment:
    """Store the bytes and make the row; refuses an upload larger than the desk allows."""
    limit = work.desk.settings.max_upload_bytes
    if len(file.data) > limit and not file.received:
        raise Invalid(
            "A file may have %(size)s MB.",
            fields={"files": "size"},
            values={"size": limit // 2**20},
        )
    return Attachment(
        name=file.name[:255] or "file",
        media_type=file.media_type[:120] or "application/octet-stream",
        size=len(file.data),
        digest=file.stored or work.desk.files.put(file.data),
        content_id=file.content_id,
        inline=file.inline,
    )


def join_ticket(work: Work, ticket: Ticket, address: str, role: str) -> None:
    """Make an address a participant of the ticket, once."""
    address = address.strip().lower()
    query = select(Participant).where(
        Participant.ticket_id == ticket.id, Participant.address == address
    )
    if work.session.scalar(query) is None:
        person = person_by_login(work.session, address)
        work.session.add(
            Participant(
                ticket_id=ticket.id,
                address=address,
                role=role,
                person_id=person.id if person else None,
            )
        )
        work.session.flush()


def take_ownership(work: Work, ticket: Ticket) -> None:
    """Whoever works first on a ticket that nobody owns becomes its owner."""
    from engine.commands.changes import apply_changes

    apply_changes(work, ticket, {"owner": work.actor.id})


def tell_rules(work: Work, ticket: Ticket, article: Article, **facts: Any) -> None:
    """Put a new article to the rules that listen for it."""
    follow_up(
        work,
        ticket,
        "article.added",
        article__direction=article.direction,
        article__channel=article.channel,
        article__internal=not article.visible,
        article__text=article.body[:20_000],
        mail__automatic=article.automatic,
        mail__no_reply=article.automatic or article.no_auto_reply,
        **facts,
    )


def _only_outside(work: Work, ticket: Ticket) -> bool:
    query = select(WorkItem.for_customer).where(
        WorkItem.ticket_id == ticket.id, WorkItem.status == "open"
    )
    return all(work.session.scalars(query))


def _must_be_addresses(fields: Mapping[str, Sequence[str]]) -> None:
    for name, values in fields.items():
        for value in values:
            if "@" not in value or any(c in value for c in " \r\n\t,;<>"):
                raise Invalid("That is not a mail address.", fields={name: "email"})


def _body(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if not text:
        raise Invalid("There is nothing written yet.", fields={"body": "required"})
    return text


def _subject(work: Work, ticket: Ticket) -> str:
    settings = work.desk.settings
    return build_subject(
        ticket.number, ticket.title, hook=settings.ticket_hook, form=settings.subject_format
    )


def _quoted(article: Article) -> str:
    lines = "\n".join(f"> {line}" for line in article.body[:50_000].splitlines())
    return f"{article.sender}, {article.created_at:%Y-%m-%d %H:%M} UTC:\n{lines}"


def _copy_of(file: Attachment, article: Article) -> Attachment:
    return Attachment(
        article_id=article.id,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        digest=file.digest,
        content_id=file.content_id,
        inline=file.inline,
    )
