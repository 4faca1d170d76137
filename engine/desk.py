"""The composition root: from settings to a desk that all doors and the tests use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy.orm import Session

from engine import clock
from engine.db.migrate import is_current
from engine.db.session import Database
from engine.errors import Unavailable
from engine.library import Library
from engine.limits import Buckets
from engine.outbox.models import has_mail
from engine.outbox.wake import Bell
from engine.settings import Settings
from engine.tickets.files import FileStore
from engine.work import PERSON, SYSTEM, Actor, Cause, Work, attempt, transaction

if TYPE_CHECKING:
    from search.index import Index

T = TypeVar("T")


@dataclass
class Desk:
    """Everything a command needs beside its transaction."""

    settings: Settings
    database: Database
    files: FileStore
    clock: Callable[[], clock.datetime] = clock.now
    library: Library = field(default_factory=Library)
    limits: Buckets = field(default_factory=Buckets)
    poke: Callable[[], None] = lambda: None  # wakes the worker after a commit

    @cached_property
    def index(self) -> Index:
        """The FAQ's index; its library takes long to load, and most commands never ask for it."""
        from search.index import Index

        return Index(self.settings.index_dir)

    def run(self, command: Callable[[Work], T], actor: Actor = SYSTEM, cause: Cause = PERSON) -> T:
        """Run a command in a transaction of its own, again on conflict; wake who delivers."""

        def once() -> tuple[T, bool]:
            session = self.database.writing()
            with transaction(session):
                result = command(self.work(session, actor, cause))
            return result, has_mail(session)

        result, waiting = attempt(once)
        if waiting:
            self.poke()
        return result

    def read(self, question: Callable[[Work], T], actor: Actor = SYSTEM) -> T:
        """Ask something in a transaction that never blocks a writer."""
        session = self.database.reading()
        try:
            return question(self.work(session, actor))
        finally:
            session.close()

    def work(self, session: Session, actor: Actor, cause: Cause = PERSON) -> Work:
        """Work in a transaction that a door has opened and will end."""
        return Work(session=session, actor=actor, now=self.clock(), desk=self, cause=cause)

    def close(self) -> None:
        """Give back connections."""
        self.database.close()


def require_ready(settings: Settings) -> None:
    """Raise `Unavailable` with the mend where the desk is not set up for this version.

    A folder of files that is missing may be a share that is not mounted: what would be written in
    its place now would be gone once it is.
    """
    if settings.sqlite and not database_file(settings).exists():
        raise Unavailable(f"There is no desk in {settings.home}. Make one: vorgang init")
    if not is_current(settings.database_url):
        raise Unavailable("The database is of an older version. Bring it up to date: vorgang init")
    if not settings.files_dir.is_dir():
        raise Unavailable(
            f"The folder {settings.files_dir} is missing. Mount it, or let vorgang init make it."
        )


def database_file(settings: Settings) -> Path:
    """Where the embedded database lies."""
    return Path(settings.database_url.removeprefix("sqlite:///").partition("?")[0])


def open_desk(settings: Settings) -> Desk:
    """A desk on these settings; opens nothing before it is used."""
    return Desk(
        settings=settings,
        database=Database(settings.database_url),
        files=FileStore(settings.files_dir),
        poke=Bell(settings.home).ring,
    )
