"""What the desk manages on 10,000 tickets: by web with 1 and 8 clients, and by mail.

`python -m bench.desk [--small] [--tickets N] [--seconds S] [--processes P]`
"""

from __future__ import annotations

import argparse
import itertools
import re
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
from sqlalchemy import select

from bench import postgres
from bench.figures import Run, number, table
from bench.seed import seeded
from bench.web import Browser, hello_server, servers
from engine.desk import Desk
from engine.mail_door import take
from engine.tickets.flow import WorkItem
from engine.tickets.models import Ticket

HEAD = ("what", "clients", "per second", "p50 ms", "p95 ms", "failed")
FAULT = {
    "title": "Printer jams again",
    "affected": "printer",
    "impact": "limited",
    "body": "Since this morning it jams at every second sheet. " * 8,
}
TRIAGE = {"queue": "Network::VPN", "impact": "team", "priority": "3 normal"}
MAIL = (
    "From: Somebody <{1}@example.org>\r\nTo: desk@example.com\r\n"
    "Subject: Monitor stays black\r\nMessage-ID: <{0}@example.org>\r\n\r\n"
    "Hello,\r\n\r\nthe monitor stays black since the update.\r\n"
)
MAILBOX = (
    "import sys; sys.path.insert(0, {root!r}); from pathlib import Path; "
    "from bench.desk import resident; resident({url!r}, Path({home!r}), {name!r}, {seconds})"
)
ROOT = Path(__file__).resolve().parent.parent
Ask = Callable[[Browser], object]


class Stock:
    """Tickets and steps still to be worked on, each handed out once."""

    def __init__(self, desk: Desk) -> None:
        def question(work) -> list[tuple[int, str]]:  # type: ignore[no-untyped-def]
            query = select(WorkItem.id, Ticket.number).join(WorkItem.ticket)
            query = query.where(WorkItem.status == "open", WorkItem.for_customer.is_(False))
            return [tuple(row) for row in work.session.execute(query.order_by(WorkItem.id))]

        rows = desk.read(question)
        self.numbers = [number for _, number in rows]
        self._items = iter(rows)
        self._turn = itertools.cycle(self.numbers)
        self._words = itertools.cycle(("jams", "calendar slow", "SAP upd", "monitor bl", "wifi"))

    def item(self) -> int:
        """An open step."""
        return next(self._items)[0]

    def number(self) -> str:
        """A ticket, another one each time."""
        return next(self._turn)

    def words(self) -> str:
        """Something to search for."""
        return next(self._words).replace(" ", "+")


def asks(stock: Stock) -> dict[str, tuple[str, Ask]]:
    """By name who asks and for what."""
    agent, customer = "agnes@example.com", "clara@example.org"
    reply = {"kind": "reply", "body": "We have ordered a new one. " * 6, "channel": "email"}
    return {
        "create by web form": (customer, lambda b: b.post("/report/report_fault", FAULT)),
        "reply": (agent, lambda b: b.post(f"/tickets/{stock.number()}/reply", reply)),
        "complete a step": (agent, lambda b: b.post(f"/steps/{stock.item()}/complete", TRIAGE)),
        "ticket page": (agent, lambda b: b.get(f"/tickets/{stock.number()}")),
        "queue page, 50 rows": (agent, lambda b: b.get("/tickets?queue=Network")),
        "ticket search": (agent, lambda b: b.get(f"/tickets?q={stock.words()}")),
    }


def load(ports: list[int], login: str | None, ask: Ask, clients: int, seconds: float) -> Run:
    """Let so many clients ask as often as they can for so long, after one round to warm up."""
    browsers = [Browser(ports[i % len(ports)]) for i in range(clients)]
    for browser in browsers:
        if login:
            browser.log_in(login)
        ask(browser)
    run = Run("")
    end = time.perf_counter() + seconds

    def client(browser: Browser) -> None:
        while (before := time.perf_counter()) < end:
            try:
                ask(browser)
            except (RuntimeError, OSError, StopIteration) as error:
                run.failed += 1
                if run.failed <= 2:
                    print(f"    {str(error)[:200]}", file=sys.stderr)
                if run.failed > 50:
                    return
            else:
                run.seconds.append(time.perf_counter() - before)

    started = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(client, browsers))
    run.whole = time.perf_counter() - started
    for browser in browsers:
        browser.connection.close()
    return run


def by_web(desk: Desk, home: Path, processes: int, seconds: float) -> list[list[str]]:
    """Rows of the table for what goes through the browser."""
    rows = []
    stock = Stock(desk)
    with servers(desk.settings.database_url, home, processes) as ports:
        for name, (login, ask) in asks(stock).items():
            for clients in (1, 8):
                run = load(ports, login, ask, clients, seconds)
                rows.append([name, str(clients), *run.cells()])
                print("   ", *rows[-1], file=sys.stderr)
    return rows


def resident(url: str, home: Path, name: str, seconds: float) -> None:
    """Deliver mails one after the other for so long; prints one duration per line."""
    from bench.company import desk_on

    desk = desk_on(url, home)
    end = time.perf_counter() + seconds
    for count in itertools.count():
        before = time.perf_counter()
        # More than 200 mails of one sender in an hour would be held.
        receipt = take(desk, MAIL.format(f"{name}.{count}", f"{name}.{count // 100}").encode())
        assert receipt.outcome == "created", receipt
        if count:
            print(time.perf_counter() - before)
        if count and time.perf_counter() > end:
            break


def by_mail(desk: Desk, home: Path, seconds: float, starts: int) -> list[list[str]]:
    """Rows for mail: resident deliverers, and one process per mail as a mail server starts them."""
    url, rows = desk.settings.database_url, []
    for clients in (1, 8):
        run = Run("")
        codes = [
            MAILBOX.format(root=str(ROOT), url=url, home=str(home), seconds=seconds,
                           name=f"m{clients}.{i}.{time.time_ns()}")
            for i in range(clients)
        ]  # fmt: skip
        ran = [
            subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
            for code in codes
        ]
        for process in ran:
            run.seconds += [float(line) for line in process.communicate()[0].split()]
        # Each deliverer reports only what it did itself, so their rates add up.
        run.whole = sum(run.seconds) / clients
        rows.append(["mail, resident", str(clients), *run.cells()])
    env = {"VORGANG_HOME": str(home), "VORGANG_DATABASE_URL": url, "VORGANG_SECRET": "a benchmark"}
    run = Run("")
    for count in range(starts):
        before = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "engine.cli", "mail", "deliver"],
            input=MAIL.format(f"p{count}.{time.time_ns()}", "p").encode(),
            env=env, cwd=ROOT, capture_output=True, check=False,
        )  # fmt: skip
        if done.returncode:
            run.failed += 1
            print("   ", done.stderr[-300:].decode(), file=sys.stderr)
        else:
            run.seconds.append(time.perf_counter() - before)
    run.whole = sum(run.seconds)
    rows.append(["vorgang mail deliver (a process each)", "1", *run.cells()])
    return rows


def bare(url: str, times: int, seconds: float) -> list[list[str]]:
    """What the machine itself allows: a row and its commit, a page without anything behind it."""
    run = Run("")
    with psycopg.connect(re.sub(r"\+psycopg", "", url), autocommit=True) as connection:
        connection.execute("CREATE TABLE bare (id serial PRIMARY KEY, body text)")
        for _ in range(times):
            before = time.perf_counter()
            connection.execute("INSERT INTO bare (body) VALUES (%s)", [FAULT["body"]])
            run.seconds.append(time.perf_counter() - before)
    run.whole = sum(run.seconds)
    rows = [["bare INSERT and COMMIT", "1", *run.cells()]]
    with hello_server() as port:
        for clients in (1, 8):
            page = load([port], None, lambda b: b.get("/"), clients, seconds)
            rows.append(["bare page, same server", str(clients), *page.cells()])
    return rows


def ratios(rows: list[list[str]]) -> str:
    """How many bare commits one request of each kind costs, by the medians of one client."""
    commit = float(rows[0][3]) or 0.01
    lines = [[row[0], number(float(row[3]) / commit)] for row in rows[1:] if row[1] == "1"]
    return table("Median of one client in bare commits", ("what", "commits"), lines)


def main(arguments: list[str] | None = None) -> str:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a quick proof that it works")
    parser.add_argument("--tickets", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--home", type=Path, default=postgres.default_home())
    given = parser.parse_args(arguments)
    tickets = given.tickets or (200 if given.small else 10_000)
    seconds = given.seconds or (0.3 if given.small else 8.0)
    processes = 1 if given.small else given.processes
    with postgres.server(given.home):
        desk = seeded(given.home, tickets, "desk")
        files = given.home / "files"
        rows = bare(desk.settings.database_url, 20 if given.small else 500, seconds / 4)
        rows += by_web(desk, files, processes, seconds)
        rows += by_mail(desk, files, seconds, 1 if given.small else 5)
        desk.close()
        postgres.drop_database(given.home, "desk")
    title = f"The desk on {tickets} tickets with 3 articles, {processes} web processes, PostgreSQL"
    told = table(title, HEAD, rows) + "\n" + ratios(rows)
    print(told)
    return told


if __name__ == "__main__":
    main()
