"""What timers cost with a million open tickets: nothing due, and ten thousand due at once.

`python -m bench.timers [--tickets N] [--due N] [--database sqlite|postgres|both]`; small unless
said otherwise. Some tickets are made by the desk itself, long ago and today, and copied by SQL;
each has three timers. Those of long ago are due, all others are set for later.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import func, select, text

from bench import postgres
from bench.company import actor, founded, person
from bench.copies import copied, go_on_behind, strides_of
from bench.figures import number, table
from engine.clock import now as wall_clock
from engine.commands import reminders
from engine.commands.due import fire_timer
from engine.commands.reminders import remind
from engine.commands.steps import complete_step
from engine.commands.tickets import NewTicket, create_ticket
from engine.desk import Desk
from engine.tables import metadata
from engine.tickets.models import Ticket
from engine.tickets.queries import open_items
from engine.timers.claims import ANY_DUE, due
from engine.timers.models import Timer
from engine.timers.sweep import BATCH, claim, sweep
from engine.work import Work

PATTERNS = 20  # tickets that the desk makes itself, of each age
AGO, SPREAD = timedelta(days=20), timedelta(days=10)  # when what is due was made, one by one
TRIAGE = {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"}
SOLVED = {"work_result": "solved", "message": "The driver was renewed."}
# Everything that firing looks at; a ticket that only waits needs no more than the first ones.
THIN = ("ticket", "ticket_clock", "reminder", "timer")
FULL = (*THIN, "article", "history", "process_instance", "work_item", "step_visit", "subscription")
HEAD = ("database", "tickets", "timers", "nothing due, µs", "fired", "per second", "fourth tenth",
        "eighth tenth", "MB", "ms: reminder", "clock", "step")  # fmt: skip


@dataclass
class Seeded:
    """A desk whose clock can be moved, between long ago and now."""

    desk: Desk
    ago: datetime
    at: datetime

    def clock(self) -> datetime:
        """What time it is there."""
        return self.at


def seed(url: str, home: Path, tickets: int, fire: int) -> Seeded:
    """So many tickets with three timers each, of which about `fire` are due now and not before."""
    now = wall_clock()
    reminders.MOST = tickets + fire  # the copies are of a few people, who then have thousands
    made = Seeded(replace(founded(url, home), poke=lambda: None), now - AGO, now - AGO)
    made.desk.clock = made.clock
    for index in range(PATTERNS):
        _pattern(made, index)
    old = max(1, round(fire / 3 / PATTERNS))
    _copies(made.desk, FULL, 0, old, later=SPREAD / old)
    made.at = now
    floor = made.desk.read(lambda work: int(work.session.scalar(select(func.max(Ticket.id))) or 0))
    for index in range(PATTERNS):
        _pattern(made, index)
    _copies(made.desk, THIN, floor, max(1, (tickets - old * PATTERNS) // PATTERNS))
    if not made.desk.database.sqlite:
        with made.desk.database.aside.connect() as connection:
            connection.execute(text("ANALYZE"))
    return made


def _pattern(made: Seeded, index: int) -> None:
    """A ticket with two clocks and a reminder, or one that waits for a time of its process."""
    desk = made.desk
    clara, agnes, ada = (actor(desk, name) for name in ("clara", "agnes", "ada"))
    number = desk.run(partial(_report, index), clara)
    if index % 2:
        desk.run(partial(_solve, number), agnes)
        desk.run(partial(_remind, number, made.at), ada)
    desk.run(partial(_remind, number, made.at), agnes)


def _report(index: int, work: Work) -> str:
    new = NewTicket(
        title=f"VPN drops {index}", body="It does so every hour. " * 10, channel="web",
        type="incident", customer=person(work, "clara"),
    )  # fmt: skip
    return create_ticket(work, new).number


def _solve(number: str, work: Work) -> None:
    ticket = _ticket(work, number)
    for answers in (TRIAGE, SOLVED):
        work.session.flush()
        complete_step(work, open_items(work.session, ticket)[0], answers)


def _remind(number: str, at: datetime, work: Work) -> None:
    remind(work, _ticket(work, number), at + timedelta(days=2), "look again")


def _ticket(work: Work, number: str) -> Ticket:
    return work.session.scalars(select(Ticket).where(Ticket.number == number)).one()


def _copies(
    desk: Desk, names: tuple[str, ...], floor: int, copies: int, later: timedelta = timedelta()
) -> None:
    """As many copies of every ticket above `floor`, with what belongs to it in these tables.

    Each lived so much `later` than the one before it.
    """
    if copies < 2:
        return
    moment = _moved(desk, int(later.total_seconds()))
    with desk.database.pool.begin() as connection:
        tables = [metadata.tables[name] for name in names]
        strides = strides_of(connection, (metadata.tables[name] for name in FULL))
        for one in tables:
            said = copied(one, strides, 1, copies - 1, above=floor, moment=moment)
            connection.execute(text(said))
        go_on_behind(connection, tables)


def _moved(desk: Desk, seconds: int) -> str:
    """How a moment is said that is so many seconds later for each copy."""
    if not seconds:
        return "{0}"
    if desk.database.sqlite:
        return f"strftime('%Y-%m-%d %H:%M:%f000', {{0}}, '+' || (n * {seconds}) || ' seconds')"
    return f"{{0}} + n * interval '{seconds} seconds'"


def plan(desk: Desk, at: datetime) -> str:
    """How the database looks for what is due."""
    word = "EXPLAIN QUERY PLAN" if desk.database.sqlite else "EXPLAIN (ANALYZE, COSTS OFF)"
    lines = []
    for name, query in (("anything", ANY_DUE.params(now=at)), ("which", due(at).limit(BATCH))):
        said = query.compile(desk.database.pool, compile_kwargs={"literal_binds": True})
        with desk.database.pool.connect() as connection:
            rows = connection.exec_driver_sql(f"{word} {said}").all()
        lines += [f"  {name}", *(f"    {row[-1]}" for row in rows)]
    return "\n".join(lines)


def idle(made: Seeded, times: int = 200) -> float:
    """Microseconds that a sweep with nothing due takes, the median of many."""
    made.at = made.ago + timedelta(minutes=1)
    spent = []
    for _ in range(times):
        before = time.perf_counter()
        assert not claim(made.desk), "something is due"
        spent.append((time.perf_counter() - before) * 1e6)
    return statistics.median(spent)


def fire_all(made: Seeded) -> list[float]:
    """Fire what is due now: how many, per second, that of two tenths, and milliseconds by kind.

    The two tenths lie where as many of each kind are due as before; at either end one kind prevails
    since a reminder is due two days after its ticket was made and the end of its process later.
    """
    made.at = made.ago + AGO
    steps: list[tuple[int, float]] = []
    kinds: dict[str, list[float]] = {"reminder": [], "clock": [], "step": []}

    def fire(work: Work, timer: Timer) -> None:
        kind, before = timer.kind, time.perf_counter()
        fire_timer(work, timer)
        kinds[kind].append((time.perf_counter() - before) * 1000)

    while True:
        before = time.perf_counter()
        count = sweep(made.desk, fire, limit=BATCH)
        if not count:
            break
        steps.append((count, time.perf_counter() - before))

    def tenth(which: int) -> list[tuple[int, float]]:
        at = len(steps) * (which - 1) // 10
        return steps[at : max(at + 1, len(steps) * which // 10)]

    def rate(part: list[tuple[int, float]]) -> float:
        return sum(count for count, _ in part) / (sum(spent for _, spent in part) or 1e-9)

    fired = sum(count for count, _ in steps)
    parts = (steps, tenth(4), tenth(8))
    each = [statistics.fmean(spent or [0]) for spent in kinds.values()]
    return [fired, *(rate(part) for part in parts), *each]


def measure(kind: str, home: Path, tickets: int, fire: int) -> tuple[list[str], float, str]:
    """One row of the table, the microseconds with nothing due, and the plan."""
    with database(kind, home) as url:
        made = seed(url, home / f"files-{kind}", tickets, fire)
        count = made.desk.read(lambda work: work.session.scalar(select(func.count(Timer.id))))
        nothing = idle(made)
        looked = plan(made.desk, made.at)
        fired, whole, early, late, *each = fire_all(made)
        made.desk.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    row = [kind, str(tickets), str(count), number(nothing), str(fired)]
    row += [number(one) for one in (whole, early, late, memory, *each)]
    return row, nothing, looked


@contextmanager
def database(kind: str, home: Path) -> Iterator[str]:
    """The address of an empty database, which is gone in the end."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(dir=home) as folder:
            yield f"sqlite:///{folder}/vorgang.db"
        return
    with postgres.server(home / "postgres"):
        yield postgres.create_database(home / "postgres", "timers")
        postgres.drop_database(home / "postgres", "timers")


def main(arguments: list[str] | None = None) -> str:
    """Measure and print the table, with the plans and the ratio to a desk of a thousand tickets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="as without anything; for `bench`")
    parser.add_argument("--tickets", type=int, default=2_000)
    parser.add_argument("--due", type=int, default=300)
    parser.add_argument("--few", type=int, default=1_000, help="the tickets that it is compared to")
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--home", type=Path, default=postgres.default_home())
    given = parser.parse_args(arguments)
    given.home.mkdir(parents=True, exist_ok=True)
    kinds = ("sqlite", "postgres") if given.database == "both" else (given.database,)
    rows, said = [], []
    for kind in kinds:
        few, before, _ = measure(kind, given.home, given.few, min(given.due, 300))
        many, after, looked = measure(kind, given.home, given.tickets, given.due)
        rows += [few, many]
        said.append(
            f"{kind}: with nothing due {number(after / before)} times what it takes with "
            f"{given.few} tickets\n{looked}"
        )
    told = table("Timers; each ticket has three", HEAD, rows) + "\n" + "\n".join(said)
    print(told)
    return told


if __name__ == "__main__":
    main()
