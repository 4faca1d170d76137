"""What every view finds on its request: the desk, the work of this request, and who asks."""

from __future__ import annotations

import re

import zope.sqlalchemy
from pyramid.config import Configurator
from pyramid.request import Request
from sqlalchemy.orm import Session

from engine.desk import Desk
from engine.outbox.models import has_mail
from engine.people.models import Person
from engine.people.queries import actor_of
from engine.tickets.access import at_home
from engine.work import Actor, Cause, Work
from webapp.kept import mark_of
from webapp.navigation import frame_of, navigation

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Questions that are posted because they are long; they change nothing and keep no writer waiting.
ASKED = re.compile(r"/processes/[^/]+/(play|draft/check)|/notices/live-preview")
NOBODY = Actor("guest")


def includeme(config: Configurator) -> None:
    """Put the attributes on the request."""
    config.add_request_method(desk, reify=True)
    config.add_request_method(database, "db", reify=True)
    config.add_request_method(person, reify=True)
    config.add_request_method(actor, reify=True)
    config.add_request_method(work, reify=True)
    config.add_request_method(writer, reify=True)
    config.add_request_method(navigation, "nav", reify=True)
    config.add_request_method(frame_of, "frame", reify=True)


def desk(request: Request) -> Desk:
    """The desk of this process."""
    found: Desk = request.registry.desk
    return found


def database(request: Request) -> Session:
    """This request's session, ended with its transaction: GET only reads, the rest may write."""
    maker, reads = request.desk.database, only_reads(request)
    session: Session = (maker.reading if reads else maker.writing)()
    # What is written past the session's objects would not count as a change, and be rolled back.
    state = "active" if reads else "changed"
    zope.sqlalchemy.register(session, initial_state=state, transaction_manager=request.tm)
    request.add_finished_callback(lambda _: session.close())
    if not reads:
        request.tm.get().addAfterCommitHook(_wake, args=(request.desk, session))
    return session


def only_reads(request: Request) -> bool:
    """Whether a request only asks."""
    return request.method in SAFE or bool(ASKED.fullmatch(request.path_info))


def person(request: Request) -> Person | None:
    """Who is logged in here, or None."""
    found: Person | None = request.identity
    return found


def actor(request: Request) -> Actor:
    """The actor that commands and queries are asked for."""
    person = request.person
    return at_home(request.db, actor_of(request.db, person)) if person else NOBODY


def writer(request: Request) -> str:
    """The mark of who is logged in here, that their forms and drafts carry."""
    return mark_of(request, request.person)


def work(request: Request) -> Work:
    """The unit of work of this request; the transaction commits when the view has returned."""
    made: Work = request.desk.work(request.db, request.actor, Cause("person"))
    return made


def _wake(committed: bool, desk: Desk, session: Session) -> None:
    """Wake the worker where something waits to be delivered; most of what is written does not."""
    if committed and has_mail(session):
        desk.poke()
