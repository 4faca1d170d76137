"""A company to measure on: the tests' invented people, the starter rules and processes in force."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select, update

from engine.catalogue.models import Queue, Sla
from engine.db.migrate import upgrade
from engine.desk import Desk, open_desk
from engine.people.models import Person
from engine.people.passwords import hash_password
from engine.people.queries import actor_of
from engine.settings import load_settings
from engine.work import Actor, Work
from tests.town import PASSWORD, found


def desk_on(url: str, home: Path) -> Desk:
    """A desk of this database whose files lie in `home`."""
    (home / "files").mkdir(parents=True, exist_ok=True)
    return open_desk(load_settings({"home": home, "database_url": url, "secret": "a benchmark"}))


def founded(url: str, home: Path) -> Desk:
    """A desk with schema, people, queues, rules, processes and clocks, but without tickets."""
    upgrade(url)
    desk = desk_on(url, home)
    desk.run(_found)
    return desk


def _found(work: Work) -> None:
    found(work)
    standard = work.session.scalar(select(Sla.id).where(Sla.name == "standard"))
    work.session.execute(update(Queue).values(sla_id=standard))
    hashed = hash_password(PASSWORD)
    work.session.execute(update(Person).values(password_hash=hashed))


def actor(desk: Desk, name: str) -> Actor:
    """The actor whose login begins so."""
    return desk.read(lambda work: actor_of(work.session, person(work, name)))


def person(work: Work, name: str) -> Person:
    """The person whose login begins so."""
    return work.session.scalars(select(Person).where(Person.login.startswith(name))).one()
