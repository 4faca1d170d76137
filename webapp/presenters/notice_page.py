"""The page of one message: its words, what may stand in them, how it reads, where it is used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from pyramid.request import Request
from sqlalchemy import select

from engine.channels.sms_size import sms_size
from engine.channels.threading import build_subject
from engine.commands.notice_uses import Use
from engine.errors import NotFound
from engine.notify.render import filled, short_text
from engine.notify.rights import page_for
from engine.notify.texts import FRAMES, LANGUAGES, LETTERS, Text, Texts
from engine.notify.values import CUSTOM, IN_LETTERS, STANDARD, About, Placeholder, Values
from engine.notify.values import placeholders as all_placeholders
from engine.people.models import Person
from engine.people.queries import person_by_login
from engine.tickets.access import ticket_for, visible
from engine.tickets.models import Ticket
from engine.tickets.queries import open_items
from webapp.i18n import N_
from webapp.presenters.facts import own_labels
from webapp.presenters.notice_words import IN_FRAMES, OF_THE_DESK, PLACEHOLDERS

_AS_VERSION = re.compile(r"as version (\d+)\Z")


@dataclass(frozen=True)
class Shown:
    """A message in one language as it arrives."""

    language: str
    subject: str
    body: str
    sms: str
    size: int
    parts: int


@dataclass(frozen=True)
class Preview:
    """A message as one person would get it about one ticket; `problem` where it cannot be shown."""

    number: str = ""
    login: str = ""
    title: str = ""
    reader: str = ""
    problem: str = ""
    shown: list[Shown] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)  # what this reader is not told
    unknown: list[str] = field(default_factory=list)  # what stands in braces and is nothing


def preview_of(request: Request, name: str, texts: Texts, uses: Iterable[Use]) -> Preview:
    """The words as they would arrive, on the ticket and for the person that were asked for."""
    number = request.params.get("ticket", "").strip().lstrip("#")[:50]
    login = request.params.get("reader", "").strip()[:320]
    if name in LETTERS or name in FRAMES:
        return _letter(request, texts)
    ticket = _ticket(request, number)
    if ticket is None:
        said = N_("There is no such ticket.") if number else N_("There is no ticket yet.")
        return Preview(number, login, problem=request.translate(said))
    asked = _reader(request, login, ticket, uses)
    if asked is None:
        return Preview(number, login, problem=request.translate(N_("There is no such person.")))
    place = "requests" if asked.id == ticket.customer_id else page_for(request.db, asked, ticket)
    if not place:
        said = request.translate(N_("%(name)s may not read this ticket and would not be told."))
        return Preview(number, login, problem=said % {"name": asked.name})
    outside = place == "requests"
    items = [one for one in open_items(request.db, ticket) if one.for_customer == outside]
    step = items[0] if items else None
    about = About(request.db, request.desk.settings, ticket, asked, place, step,
                  text=_sample(request), reason=_reason(request))  # fmt: skip
    return Preview(
        number, login, ticket.title, asked.name,
        shown=[_shown(request, about, language, texts[language]) for language in LANGUAGES],
        hidden=[] if about.inside else _hidden(request, texts),
    )  # fmt: skip


def offered(request: Request, name: str) -> list[tuple[str, str, bool]]:
    """What may stand in braces: name, what it is, and whether it is for agents alone."""
    if name in FRAMES:
        said = PLACEHOLDERS | IN_FRAMES
        return [(one, request.translate(said[one]), False) for one in FRAMES[name]]
    known = all_placeholders(request.db)
    if name in LETTERS:
        known = {one: known[one] for one in known if one in IN_LETTERS}
    labels = own_labels(request)
    return [(one.name, _label(request, one, labels), one.internal) for one in known.values()]


def uses_said(request: Request, uses: Iterable[Use]) -> list[tuple[str, str, str]]:
    """Where it is used: kind, what is said there, and the address of the page."""
    found = []
    for use in uses:
        title = request.reader.pick(dict(use.title)) or use.part
        said = f"{request.reader.pick(dict(use.place)) or use.name}: {title}"
        if use.kind == "rule":
            route = "rules.one" if use.part == "default" else "rules.rule"
            more = {} if use.part == "default" else {"id": use.part}
            href = request.route_path(route, name=use.name, **more)
            found.append((use.kind, said, href))
        elif use.kind == "process":
            href = request.route_path("processes.one", key=use.name, _anchor=use.part)
            found.append((use.kind, said, href))
        else:
            found.append(
                (use.kind, request.translate(OF_THE_DESK.get(use.template, use.template)), "")
            )
    return found


def note_said(request: Request, note: str) -> str:
    """The note of a version; what the desk wrote itself in the reader's language."""
    if again := _AS_VERSION.match(note):
        return str(request.translate("as version %(number)s")) % {"number": again[1]}
    return str(request.translate(note)) if note else ""


def written(texts: Mapping[str, Any]) -> str:
    """All words of a version as one text, to be compared line by line."""
    parts = []
    for language in LANGUAGES:
        one = texts.get(language)
        if one is not None:
            subject, body = (one.subject, one.body) if isinstance(one, Text) else (
                one["subject"], one["body"]
            )  # fmt: skip
            parts.append(f"[{language}] {subject}\n\n{body}")
    return "\n".join(parts)


def _ticket(request: Request, number: str) -> Ticket | None:
    if number:
        try:
            return ticket_for(request.work, number)
        except NotFound:
            return None
    latest = select(Ticket).where(visible(request.actor)).order_by(Ticket.id.desc())
    found: Ticket | None = request.db.scalar(latest.limit(1))
    return found


def _reader(request: Request, login: str, ticket: Ticket, uses: Iterable[Use]) -> Person | None:
    """Whoever was named; else the customer where customers are told, else who looks at it."""
    if login:
        return person_by_login(request.db, login)
    named = list(uses)
    outside = not named or any(use.outside for use in named)
    mine: Person = request.person
    return ticket.customer if outside and ticket.customer is not None else mine


def _shown(request: Request, about: About, language: str, text: Text) -> Shown:
    settings = request.desk.settings
    values = Values(replace(about, language=language))
    subject, body = filled(text, values)
    link = about.inside or bool(about.person.password_hash)
    sms = short_text(text, values, settings.ticket_hook, link=link)
    mail = build_subject(about.ticket.number, subject, hook=settings.ticket_hook,
                         form=settings.subject_format, prefix="")  # fmt: skip
    return Shown(language, mail, body, sms, *sms_size(sms))


def _letter(request: Request, texts: Texts) -> Preview:
    """A message behind which there is no ticket, with values that are made up."""
    person: Person = request.person
    base = request.desk.settings.base_url.rstrip("/")
    until = request.desk.clock() + timedelta(hours=1)
    values = {
        "name": person.name, "desk": request.desk.settings.mail_name, "link": f"{base}/…",
        "due": str(request.reader.moment(until)), "text": _sample(request),
        "count": "3", "tickets": "2", "number": "4711", "title": "…", "queue": "…",
    }  # fmt: skip
    shown = [Shown(one, *filled(texts[one], values), "", 0, 0) for one in LANGUAGES]
    return Preview(reader=person.name, shown=shown)


def _hidden(request: Request, texts: Texts) -> list[str]:
    known = all_placeholders(request.db)
    named = set().union(*(text.placeholders() for text in texts.values()))
    return sorted(one for one in named if one in known and known[one].internal)


def _sample(request: Request) -> str:
    return str(request.translate(N_("(what the desk adds)")))


def _reason(request: Request) -> str:
    return str(request.translate(N_("(why it is sent)")))


def _label(request: Request, one: Placeholder, labels: Mapping[str, str]) -> str:
    if one.name in STANDARD:
        return str(request.translate(PLACEHOLDERS.get(one.name, one.name)))
    return labels.get(one.name, one.name.removeprefix(CUSTOM))
