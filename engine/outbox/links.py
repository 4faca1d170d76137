"""The mail with which a person sets a password; its token exists only in that mail."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import select

from engine.channels.mail_out import OutgoingMail
from engine.outbox.drain import CAUSE, After, Task
from engine.outbox.letters import written
from engine.outbox.posting import post
from engine.people.models import PasswordLink, Person
from engine.people.passwords import token_digest
from engine.work import SYSTEM, Work

if TYPE_CHECKING:
    from engine.desk import Desk

MakeLink = Callable[[Work, Person], str]


def link_sender(make: MakeLink) -> Callable[[Desk, Task], After | None]:
    """A handler that makes a link with `make` and sends it to the person of the row."""

    def send(desk: Desk, task: Task) -> After | None:
        mail = desk.run(lambda work: compose(work, task, make), SYSTEM, CAUSE)
        if mail is not None:
            post(desk.settings, mail, f"link-{task.id}")
        return None

    return send


def compose(work: Work, task: Task, make: MakeLink) -> OutgoingMail | None:
    """The mail with a fresh link; None when the person is gone, put away or without an address."""
    person = work.session.get(Person, task.payload.get("person_id") or 0)
    if person is None or not person.active or not person.email:
        return None
    settings = work.desk.settings
    token = make(work, person)
    work.session.flush()
    until = work.session.scalar(
        select(PasswordLink.expires_at).where(PasswordLink.digest == token_digest(token))
    )
    values = {
        "link": f"{settings.base_url.rstrip('/')}/password/{token}",
        "due": f"{until.astimezone(ZoneInfo(person.zone)):%Y-%m-%d %H:%M}" if until else "",
    }
    mark = f"link.{task.id}.{token_digest(token)[:16]}"
    return written(work, person, "password_link", values, mark)
