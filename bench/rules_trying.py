"""A dry run of drafted rules over past tickets, and the live count of one rule.

Beside them, in the same run, what it costs to put as many tickets to the ruleset in force with a
trace. The tickets are those of `bench.desk`; their routing is drafted with a rule more.
`python -m bench.rules_trying [--small] [--tickets N]`
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from sqlalchemy import select

from bench import postgres
from bench.company import actor
from bench.figures import number, table
from bench.seed import seeded
from engine.commands.facts import facts_of
from engine.commands.rules_counting import LAST, count_matches
from engine.commands.rules_drafts import edit_rules
from engine.commands.rules_dry_run import dry_run_or_missing, start_dry_run, work_on
from engine.desk import Desk
from engine.rules.editing import put_rule, rules_of
from engine.tickets.models import Ticket
from engine.work import Work

RULE = {
    "id": "printers",
    "title": {"de": "Drucker", "en": "Printers"},
    "when": {"all": [{"fact": "ticket.title", "op": "contains", "value": "printer"}]},
    "then": [{"set": {"queue": "Purchasing"}}],
    "stop": True,
}
HEAD = ("what", "tickets", "whole s", "ms each", "in evaluations")


def evaluated(desk: Desk, limit: int) -> tuple[int, float]:
    """Ask the routing in force about tickets as they are; how many, and the seconds that took."""

    def ask(work: Work) -> tuple[int, float]:
        release = work.desk.library.release(work.session)
        rows = list(work.session.scalars(select(Ticket).order_by(Ticket.id).limit(limit)))
        facts = [facts_of(work, ticket) for ticket in rows]
        before = time.perf_counter()
        for one in facts:
            release.evaluate("routing", one, now=work.now)
        return len(rows), time.perf_counter() - before

    return desk.read(ask)


def tried(desk: Desk) -> tuple[int, float]:
    """A dry run of all tickets, begun and worked on to the end."""
    olga = actor(desk, "olga")
    before = time.perf_counter()
    run_id = desk.run(lambda work: start_dry_run(work, days=3650).id, olga)
    while work_on(desk, run_id):
        pass
    took = time.perf_counter() - before
    row = desk.read(lambda work: dry_run_or_missing(work.session, run_id))
    return int(row.tally["tickets"]), took


def counted(desk: Desk) -> tuple[int, float]:
    """The live count; the first time reads the tickets, so the second is told."""
    olga = actor(desk, "olga")
    for _ in range(2):
        before = time.perf_counter()
        found = desk.read(lambda work: count_matches(work, "routing", RULE), olga)
        took = time.perf_counter() - before
    return found.looked_at, took


def main(arguments: list[str] | None = None) -> str:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a quick proof that it works")
    parser.add_argument("--tickets", type=int)
    parser.add_argument("--home", type=Path, default=postgres.default_home())
    given = parser.parse_args(arguments)
    tickets = given.tickets or (40 if given.small else 10_000)
    with postgres.server(given.home):
        desk = seeded(given.home, tickets, "rules_trying")
        count, bare = evaluated(desk, LAST)
        one = bare * 1000 / (count or 1)

        def add(text: str) -> str:
            return put_rule(text, RULE, before=str(rules_of(text)[0]["id"]))

        olga = actor(desk, "olga")
        desk.run(lambda work: edit_rules(work, "routing", 0, add).revision, olga)
        rows = [["evaluation with trace", str(count), number(bare), number(one), "1"]]
        for what, (looked_at, seconds) in (("dry run", tried(desk)), ("live count", counted(desk))):
            each = seconds * 1000 / (looked_at or 1)
            ratio = number(each / (one or 1))
            rows.append([what, str(looked_at), number(seconds), number(each), ratio])
        desk.close()
        postgres.drop_database(given.home, "rules_trying")
    told = table("Drafted rules over past tickets, PostgreSQL", HEAD, rows)
    print(told)
    return told


if __name__ == "__main__":
    main()
