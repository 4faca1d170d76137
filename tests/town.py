"""A small company in a desk: groups, queues, people, rules and processes, ready in milliseconds.

It is founded once per worker through the desk's own commands; each test gets a copy of the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import DDL, MetaData, create_engine, select, text, update

if TYPE_CHECKING:
    from engine.desk import Desk
    from engine.tickets.models import Ticket
    from engine.work import Actor, Work

PASSWORD = "vorgang-demo"
ROOT = Path(__file__).parent.parent
QUEUES = {
    "Postmaster": "service desk",
    "Service Desk": "service desk",
    "Service Desk::Hardware": "service desk",
    "Service Desk::Applications": "service desk",
    "Network": "network",
    "Network::VPN": "network",
    "HR": "hr",
    "Purchasing": "purchasing",
    "Change Board": "change board",
    "Complaints": "complaints",
}
STATES = {
    "new": "new",
    "open": "open",
    "waiting for customer": "pending reminder",
    "waiting for approval": "pending reminder",
    "pending reminder": "pending reminder",
    "pending auto close": "pending auto close",
    "pending auto close-": "pending auto close",
    "resolved": "pending auto close",
    "closed successful": "closed successful",
    "closed unsuccessful": "closed unsuccessful",
    "merged": "merged",
    "removed": "removed",
}
SERVICES = ("Workplace", "E-mail", "Network access", "Business applications", "Onboarding")


@dataclass
class Town:
    """A desk with people in it. `agnes` works for service desk and network, `bruno` for purchasing,
    hr and change board, `olga` owns processes, `ada` administers; `clara` (whose manager is `max`)
    and `max` are customers of Example GmbH, `sam` of Sample Ltd."""

    desk: Desk

    def actor(self, name: str) -> Actor:
        """The actor that somebody is now; `name` is what stands before the @ of the login."""
        from engine.people.queries import actor_of

        return self.desk.read(lambda work: actor_of(work.session, self.person(work, name)))

    def person(self, work: Work, name: str) -> Any:
        """The person row in the transaction of `work`."""
        from engine.people.models import Person

        return work.session.scalars(select(Person).where(Person.login.startswith(name))).one()

    def report(self, by: str = "clara", title: str = "VPN drops", **more: Any) -> str:
        """A ticket reported by a customer on the web; returns its number."""
        from engine.commands.tickets import NewTicket, create_ticket

        def command(work: Work) -> str:
            values = {"body": "It happens every hour.", "channel": "web", "type": "incident"} | more
            new = NewTicket(title=title, customer=self.person(work, by), **values)
            return create_ticket(work, new).number

        return self.desk.run(command, self.actor(by))

    def do(self, by: str, number: str, command: Any) -> Any:
        """Run `command(work, ticket)` as somebody; the ticket is found with their rights."""
        from engine.tickets.access import ticket_for

        return self.desk.run(lambda work: command(work, ticket_for(work, number)), self.actor(by))

    def see(self, number: str, question: Any) -> Any:
        """Ask `question(work, ticket)` as the desk itself."""
        from engine.tickets.access import ticket_for

        return self.desk.read(lambda work: question(work, ticket_for(work, number)))

    def complete(self, by: str, number: str, step: str, answers: dict[str, Any]) -> None:
        """Finish the open step with this id (the part behind the last slash) as somebody."""
        from engine.commands.steps import complete_step
        from engine.tickets.queries import open_items

        def command(work: Work, ticket: Ticket) -> None:
            items = {i.step_id.rsplit("/", 1)[-1]: i for i in open_items(work.session, ticket)}
            complete_step(work, items[step], answers)

        self.do(by, number, command)

    def steps(self, number: str) -> list[str]:
        """The ids of the steps that wait for a person."""
        from engine.tickets.queries import open_items

        return self.see(
            number, lambda work, ticket: [i.step_id for i in open_items(work.session, ticket)]
        )


def found(work: Work) -> None:
    """Everything that a town needs, by the desk's own commands where there are any."""
    from engine.catalogue.models import Priority, Queue, Service, State, TicketType
    from engine.commands.candidates import read_processes, read_rules
    from engine.commands.offers import publish_catalogue, read_catalogue
    from engine.commands.people import create_person
    from engine.commands.publish import publish_processes, publish_rules
    from engine.people.models import Group, Organisation

    groups = {name: Group(name=name) for name in dict.fromkeys(QUEUES.values())}
    work.session.add_all(groups.values())
    work.session.flush()
    for name, group in QUEUES.items():
        email = "desk@example.com" if name == "Service Desk" else ""
        work.session.add(Queue(name=name, group_id=groups[group].id, email=email))
    for name, kind in STATES.items():
        work.session.add(State(name=name, type=kind))
    for rank, name in enumerate(("1 very low", "2 low", "3 normal", "4 high", "5 very high"), 1):
        work.session.add(Priority(name=name, rank=rank))
    for name in ("incident", "service request", "question", "change", "complaint"):
        work.session.add(TicketType(name=name, process_key=name.replace(" ", "_")))
    work.session.add_all(Service(name=name) for name in SERVICES)
    companies = [
        Organisation(name="Example GmbH", domain="example.org", internal=True),
        Organisation(name="Sample Ltd", domain="example.net", vip=True),
    ]
    work.session.add_all(companies)
    work.session.flush()
    rw = ["rw"]
    agents = {
        "agnes@example.com": (
            "Agnes Meier",
            ["agent"],
            {"service desk": rw, "network": rw, "complaints": ["move_into"]},
        ),
        "bruno@example.com": (
            "Bruno Keller",
            ["agent"],
            {"purchasing": rw, "hr": rw, "change board": rw},
        ),
        "olga@example.com": ("Olga Brandt", ["agent", "owner"], {"complaints": rw}),
        "ada@example.com": ("Ada Vogt", ["agent", "admin"], dict.fromkeys(groups, rw)),
    }
    for login, (name, roles, member) in agents.items():
        create_person(work, login=login, name=name, roles=roles, groups=member)
    boss = create_person(work, login="max@example.org", name="Max Lang", roles=["customer"])
    create_person(
        work,
        login="clara@example.org",
        name="Clara Huber",
        roles=["customer"],
        manager=boss,
        language="de",
        mobile="+491701234567",
        fax="+4989123456",
    )
    create_person(work, login="sam@example.net", name="Sam Carter", roles=["customer"])
    rules = read_rules(ROOT / "rules")
    publish_rules(work, rules)
    publish_processes(work, read_processes(ROOT / "processes", rules.documents))
    publish_catalogue(work, read_catalogue(ROOT / "processes"))


@dataclass(frozen=True)
class Founded:
    """A town that was founded once: its SQLite database, all rows, and its parsed diagrams."""

    file: Path
    rows: dict[str, list[dict[str, Any]]]
    library: Any


@pytest.fixture(scope="session")
def founded(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Founded:
    """The town that every test of this worker gets a copy of."""
    import shutil

    from argon2 import PasswordHasher

    from engine.desk import open_desk
    from engine.people.models import Person
    from engine.settings import load_settings
    from engine.tables import metadata
    from tests.desks import START

    home = tmp_path_factory.mktemp("town")
    shutil.copyfile(migrated_sqlite, home / "vorgang.db")
    desk = open_desk(load_settings({"home": home, "secret": "for tests only"}))
    desk.clock = lambda: START
    # As cheap as argon2 gets: what a password costs is not what these tests are about.
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)

    def command(work: Work) -> None:
        found(work)
        work.session.execute(update(Person).values(password_hash=hashed))

    desk.run(command)
    rows = {}
    with desk.database.pool.connect() as connection:
        for table in metadata.sorted_tables:
            rows[table.name] = [
                dict(row) for row in connection.execute(select(table)).mappings().all()
            ]
        connection.rollback()
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    desk.close()
    return Founded(home / "vorgang.db", rows, desk.library)


@pytest.fixture(scope="session")
def town_on_postgres(migrated_postgres: str, founded: Founded) -> Iterator[Callable[[], None]]:
    """Makes this worker's PostgreSQL database a fresh town, by one statement on the server."""
    database = create_engine(migrated_postgres)
    with database.begin() as connection:
        for statement in settling(founded.rows):
            connection.execute(*statement)
    database.dispose()
    with psycopg.connect(migrated_postgres.replace("+psycopg", ""), autocommit=True) as again:
        again.execute("SET lock_timeout = '10s'")
        again.execute("SET session_replication_role = replica")  # rows come as they are
        yield lambda: again.execute("SELECT town.settle()") and None


def settling(rows: dict[str, list[dict[str, Any]]]) -> Iterator[tuple[Any, ...]]:
    """Statements that keep the rows in a schema `town`, and a function that copies them from it."""
    from engine.tables import metadata

    tables = metadata.sorted_tables
    yield (text("CREATE SCHEMA town"),)
    body = [f'DELETE FROM public."{table.name}";' for table in tables]
    for table in tables:
        if not rows[table.name]:
            continue
        kept = table.to_metadata(MetaData(), schema="town", referred_schema_fn=lambda *_: "public")
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        none = f'SELECT {names} FROM public."{table.name}" LIMIT 0'
        yield (text(f'CREATE TABLE town."{table.name}" AS {none}'),)
        yield (kept.insert(), rows[table.name])
        body.append(
            f'INSERT INTO public."{table.name}" ({names}) SELECT {names} FROM town."{table.name}";'
        )
    for table in tables:
        if [column.name for column in table.primary_key.columns] == ["id"]:
            sequence = f"pg_get_serial_sequence('public.\"{table.name}\"', 'id')"
            next_id = max((row["id"] for row in rows[table.name]), default=0) + 1
            body.append(f"PERFORM setval({sequence}, {next_id}, false);")
    # Rows that come as they are fire no trigger; the catalogue is the town's each time.
    body.append(f"UPDATE public.catalogue_stamp SET value = '{uuid4()}';")
    code = "\n".join(body)
    yield (
        DDL(
            "CREATE FUNCTION town.settle() RETURNS void LANGUAGE plpgsql AS "
            f"$settle$ BEGIN\n{code}\nEND $settle$".replace("%", "%%")
        ),
    )


@pytest.fixture
def town(desk: Desk, founded: Founded, request: pytest.FixtureRequest) -> Town:
    """A town on a fresh desk; everybody's password is `vorgang-demo`."""
    import shutil

    desk.library = founded.library
    if desk.database.sqlite:
        shutil.copyfile(founded.file, desk.settings.home / "vorgang.db")
    else:
        request.getfixturevalue("town_on_postgres")()
    return Town(desk)
