"""What an article keeps of a message, whether it opens a ticket or answers on one."""

from __future__ import annotations

from typing import Any

from engine.channels.inbound import Inbound
from engine.commands.articles import NewFile, add_article
from engine.people.models import Person
from engine.tickets.models import Article, Ticket
from engine.work import Work


def article_of(
    work: Work,
    ticket: Ticket,
    inbound: Inbound,
    digest: str,
    *,
    visible: bool,
    verified: bool = True,
    person: Person | None = None,
) -> Article:
    """Put a message on a ticket that is there already."""
    values = article_values(work, inbound, digest)
    values["person_id"] = person.id if person else None
    return add_article(
        work,
        ticket,
        body=text_of(inbound) or "(no text)",
        channel=inbound.channel,
        direction="in" if visible else "internal",
        visible=visible,
        verified=verified,
        files=files_of(inbound, digest),
        **values,
    )


def article_values(work: Work, inbound: Inbound, digest: str) -> dict[str, Any]:
    """The columns that a message fills beside its text."""
    html = work.desk.files.put(inbound.html.encode("utf-8", "replace")) if inbound.html else None
    return {
        "sender": (inbound.sender_name or inbound.sender or "unknown")[:400],
        "address": inbound.sender[:400],
        "recipients": inbound.recipients[:50],
        "subject": inbound.subject[:400],
        "message_id": inbound.external_id[:500] if inbound.channel == "email" else None,
        "in_reply_to": (inbound.in_reply_to or "")[:500] or None,
        "html_digest": html,
        "original_digest": digest,
        "automatic": inbound.machine,
        "no_auto_reply": inbound.automatic,
    }


def text_of(inbound: Inbound) -> str:
    """The text of a message; where there is none, what could not be read of it."""
    return inbound.text or "\n".join(inbound.problems)


def files_of(inbound: Inbound, digest: str) -> list[NewFile]:
    """The files of a message, and the whole of it where something in it could not be read.

    The original lies in the store already and is only linked.
    """
    files = [
        NewFile(file.name, file.media_type, file.data, file.content_id, file.inline, received=True)
        for file in inbound.files
        if file.data is not inbound.raw
    ]
    if inbound.problems or len(files) < len(inbound.files):
        name, kind = ORIGINALS.get(inbound.channel, ("original.bin", "application/octet-stream"))
        if inbound.channel == "fax" and inbound.files:
            name, kind = inbound.files[0].name, inbound.files[0].media_type
        files.append(NewFile(name, kind, inbound.raw, stored=digest, received=True))
    return files


ORIGINALS = {
    "email": ("original-message.eml", "message/rfc822"),
    "sms": ("original-message.txt", "application/octet-stream"),
}
