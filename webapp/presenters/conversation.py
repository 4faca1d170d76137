"""What was said on a ticket, message by message, as the reader may see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pyramid.request import Request

from engine.channels.quoting import split_quoted
from engine.tickets.models import Article, Attachment

LONG, LINES = 2400, 36  # letters and lines from which on a message does not stand there whole


@dataclass(frozen=True)
class File:
    """A file to download."""

    name: str
    href: str
    size: int


@dataclass(frozen=True)
class Bubble:
    """One message: who, when, by which channel, the words and the files."""

    id: int
    kind: str  # customer, agent, internal, automatic
    who: str
    at: datetime
    channel: str
    tag: str
    subject: str
    own: str
    quoted: str
    body_href: str = ""  # the formatted version, for a frame
    original_href: str = ""
    files: list[File] = field(default_factory=list)
    stranger: str = ""  # the address of a sender who is not known on this ticket
    problem: str = ""
    delivery: str = ""
    long: bool = False  # shown from its beginning, the rest a click away


def bubbles(request: Request, articles: Sequence[Article]) -> list[Bubble]:
    """The conversation, oldest first; a subject is shown where it is not the one before."""
    found: list[Bubble] = []
    last = articles[0].ticket.title if articles else ""
    for article in articles:
        plain = article.subject.rpartition("] ")[2].strip()
        found.append(bubble(request, article, "" if plain == last else plain))
        if not article.automatic:
            last = plain or last
    return found


def bubble(request: Request, article: Article, subject: str = "") -> Bubble:
    """One message."""
    own, quoted = split_quoted(article.body)
    path = request.route_path
    return Bubble(
        id=article.id,
        kind=kind_of(article),
        who=article.sender or article.address,
        at=article.created_at,
        channel=article.channel,
        tag=_tag(request, article),
        subject=subject,
        own=own.strip("\n"),
        quoted=quoted.strip("\n"),
        body_href=path("files.article", id=article.id) if article.html_digest else "",
        original_href=path("files.original", id=article.id) if article.original_digest else "",
        files=[file_of(request, a) for a in article.attachments if not a.inline],
        stranger="" if article.verified else article.address or article.sender,
        problem=article.problem,
        delivery=article.delivery,
        long=len(own) > LONG or own.count("\n") > LINES,
    )


def kind_of(article: Article) -> str:
    """Whose words these are, as the timeline shows it."""
    if article.automatic:
        return "automatic"
    if not article.visible:
        return "internal"
    return "customer" if article.direction == "in" else "agent"


def file_of(request: Request, attachment: Attachment) -> File:
    """A file with its address; the name in the address is only for people."""
    name = attachment.name.replace("/", "_") or "file"
    href = request.route_path("files.attachment", id=attachment.id, name=name)
    return File(attachment.name, href, attachment.size)


def _tag(request: Request, article: Article) -> str:
    """To whom it went, or what else one must know about it."""
    _ = request.translate
    if article.direction == "out" and article.recipients:
        names = ", ".join(str(address) for address in article.recipients[:3])
        return _("to %(names)s") % {"names": names}
    if article.direction == "internal" and article.channel != "note":
        return _("from %(address)s, only for us") % {"address": article.address}
    return ""
