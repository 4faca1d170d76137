"""A town with tickets in it that stand at all kinds of places, and damage by the back door."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from engine.catalogue.models import Queue, Sla
from engine.commands.articles import add_note, reply
from engine.commands.pending import set_pending
from engine.commands.reminders import remind
from engine.heartbeat import beat
from engine.invariant.found import Found
from engine.invariant.looking import walk
from engine.invariant.looks import LOOKS
from engine.invariant.repairing import Mended, repair
from engine.mail_door import take
from tests.town import Town

TRIAGE = {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"}
MAIL = b"""From: Clara Huber <clara@example.org>
To: desk@example.com
Subject: The scanner is loud
Message-ID: <loud@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/html; charset=utf-8

<p>It <b>howls</b>.</p>
--b
Content-Type: text/plain; name=log.txt
Content-Disposition: attachment; filename=log.txt

one two three
--b--
"""


class Audited:
    """A town whose tickets are known by what they are for."""

    def __init__(self, town: Town) -> None:
        self.town, self.desk = town, town.desk

    def settle(self) -> None:
        """Tickets new, claimed, waiting for a customer, laid aside, closed, merged and by mail."""
        town = self.town
        town.desk.run(self._promise)
        self.new = town.report()
        self.asked = town.report(title="Which one?")
        town.complete("agnes", self.asked, "triage", TRIAGE)
        ask = {"work_result": "ask", "message": "Which printer?"}
        town.complete("agnes", self.asked, "work", ask)
        self.aside = town.report(title="Next week")
        soon = self.desk.clock() + timedelta(days=5)
        town.do("agnes", self.aside, lambda w, t: set_pending(w, t, soon))
        at = self.desk.clock() + timedelta(days=3)
        town.do("agnes", self.new, lambda w, t: remind(w, t, at, "Ask again") and None)
        self.request = town.report(
            title="A laptop, please", type="service request", queue="Purchasing"
        )
        self.solved = town.report(title="Solved")
        town.complete("agnes", self.solved, "triage", TRIAGE)
        solved = {"work_result": "solved", "message": "Turn it off and on."}
        town.complete("agnes", self.solved, "work", solved)
        self.closed = town.report(title="Closed")
        town.do("agnes", self.closed, self.close)
        self.mailed = str(take(self.desk, MAIL).ticket)
        town.do("agnes", self.mailed, lambda w, t: reply(w, t, "We come and look."))
        town.do("agnes", self.new, lambda w, t: add_note(w, t, "Seen before."))
        beat(self.desk)

    def _promise(self, work: Any) -> None:
        standard = work.session.scalar(select(Sla.id).where(Sla.name == "standard"))
        work.session.execute(update(Queue).values(sla_id=standard))

    def close(self, work: Any, ticket: Any) -> None:
        """Close a ticket by hand."""
        from engine.commands.tickets import close_ticket

        close_ticket(work, ticket, "closed successful", "it works again")

    def id_of(self, number: str) -> int:
        """The id of a ticket's row."""
        return int(self.town.see(number, lambda _, ticket: ticket.id))

    def look(self, looks: Any = LOOKS, **more: Any) -> list[Found]:
        """All findings of one look over the desk, every byte read."""
        return [one for part in walk(self.desk, looks, grace=0, **more) for one in part.found]

    def codes(self) -> list[str]:
        """What is found, by its codes."""
        return sorted(one.code for one in self.look())

    def mend(self, *codes: str) -> Mended[Found]:
        """Mend slice by slice as it is found, and what came of it."""
        done = Mended[Found]()
        looks = [look for look in LOOKS if not codes or {k.code for k in look.kinds} & {*codes}]
        for part in walk(self.desk, looks, grace=0):
            some = repair(self.desk, part.look, part.found)
            done.well += some.well
            done.left += some.left
        return done

    @contextmanager
    def behind_its_back(self) -> Iterator[Callable[..., Any]]:
        """Statements that no key and no command guards."""
        with self.desk.database.pool.connect() as connection:
            if self.desk.database.sqlite:
                connection.rollback()
                raw: Any = connection.connection.driver_connection
                raw.execute("PRAGMA foreign_keys = OFF")
            else:
                connection.execute(text("SET session_replication_role = replica"))

            def do(statement: str, **values: Any) -> Any:
                return connection.execute(text(statement), values)

            try:
                yield do
                connection.commit()
            finally:
                if self.desk.database.sqlite:
                    raw.execute("PRAGMA foreign_keys = ON")
                else:
                    connection.execute(text("SET session_replication_role = DEFAULT"))
                    connection.commit()

    def break_(self, *statements: str, **values: Any) -> None:
        """Run statements behind the desk's back; `:ticket` and so on are the values."""
        with self.behind_its_back() as do:
            for statement in statements:
                used = {name: one for name, one in values.items() if f":{name}" in statement}
                do(statement, **used)


@pytest.fixture
def audited(town: Town) -> Audited:
    """A desk with a dozen tickets and a worker, of which nothing is lost."""
    found = Audited(town)
    found.settle()
    return found
