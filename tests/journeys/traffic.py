"""Traffic for a desk that is being killed: mails by pipe, requests by web, tickets at their timers.

Everything is sent again until it is accepted, as a mail server and a careful client do.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.journeys.served import ROOT, Served

if TYPE_CHECKING:
    from engine.desk import Desk
    from engine.work import Actor, Work

MAIL = """\
From: Customer {n} <mail-{n}@customers.example>
To: desk@example.com
Subject: Printer {n} is out of order
Message-ID: <report-{n}@customers.example>
Date: Mon, 02 Mar 2026 09:00:00 +0000

The printer on floor {n} does not print any more.
"""
CUSTOMER = "clara.huber@example.org"
TRIAGE = {"queue": "Service Desk", "impact": "person", "priority": "3 normal"}


@dataclass
class Mails:
    """A mail server that hands mails to the pipe, one after the other, until each is taken."""

    served: Served
    folder: Path
    stop: threading.Event
    most: int
    kill_share: float = 0.0  # how many of the delivering processes are killed as well
    accepted: dict[str, dict[str, Any]] = field(default_factory=dict)
    killed: int = 0

    def run(self) -> None:
        """Deliver numbered mails until stopped or `most` are in."""
        door = subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.mail_door"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
            env=self.served.environment, cwd=ROOT,
        )  # fmt: skip
        with door:
            for n in itertools.count(1):
                if self.stop.is_set() or n > self.most:
                    break
                self._deliver(door, n)
                self.stop.wait(0.1)
            assert door.stdin is not None
            door.stdin.close()

    def _deliver(self, door: subprocess.Popen[str], n: int) -> None:
        path = self.folder / f"{n}.eml"
        path.write_text(MAIL.format(n=n))
        while self._once(door, path) != 0:
            self.stop.wait(0.05)
        self.accepted[f"<report-{n}@customers.example>"] = json.loads(
            Path(f"{path}.receipt").read_text()
        )

    def _once(self, door: subprocess.Popen[str], path: Path) -> int:
        assert door.stdin is not None
        assert door.stdout is not None
        door.stdin.write(f"{path}\n")
        _, pid = door.stdout.readline().split()
        if random.random() < self.kill_share:  # somewhere within the delivery, or just after it
            self.stop.wait(random.uniform(0.0, 0.25))
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
                self.killed += 1
        return int(door.stdout.readline().split()[1])


@dataclass
class Requests:
    """A client of the web that repeats a request with its key until it has an answer."""

    served: Served
    token: str
    stop: threading.Event
    most: int
    accepted: dict[str, str] = field(default_factory=dict)  # title of a ticket → its number
    keys: list[str] = field(default_factory=list)  # of every request that was answered
    broken: int = 0
    refused: str = ""  # the last answer that was none of a success

    def run(self) -> None:
        """Report faults, answer their customers and finish the first step, until stopped."""
        for n in itertools.count(1):
            if self.stop.is_set() or n > self.most:
                return
            title = f"Screen {n} stays black"
            new = {"title": title, "body": "It does.", "type": "incident", "customer": CUSTOMER}
            number = self._until_done("tickets", f"report-{n}", new)["number"]
            reply = {"kind": "reply", "body": f"We look at screen {n}."}
            self._until_done(f"tickets/{number}/articles", f"reply-{n}", reply)
            (step,) = self._until_done(f"tickets/{number}")["steps"]
            self._until_done(f"tasks/{step['id']}/complete", f"sort-{n}", {"answers": TRIAGE})
            self.accepted[title] = str(number)
            self.stop.wait(0.1)

    def _until_done(self, path: str, key: str = "", body: Any = None) -> dict[str, Any]:
        """Send a request until it is answered, also when stopped: what was begun is finished."""
        while (found := self._once(path, key, body)) is None:
            self.broken += 1
            time.sleep(0.1)
        if key:
            self.keys.append(key)
        return found

    def _once(self, path: str, key: str, body: Any) -> dict[str, Any] | None:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if key else None
        request = urllib.request.Request(
            f"{self.served.url}/api/v1/{path}",
            data,
            headers | ({"Idempotency-Key": key} if key else {}),
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            self.refused = f"{path}: {error.code} {error.read()[:300]!r}"
            if error.code not in (409, 429, 503):
                raise AssertionError(self.refused) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.refused = repr(error)[:300]
        return None


def solved_tickets(desk: Desk, count: int, agent: Actor, *, after: float, over: float) -> None:
    """Tickets that wait for the customer's confirmation, made five days ago.

    The timers that end the waiting are due one after the other, `after` seconds from now and within
    `over` seconds.
    """
    silent = timedelta(days=5)
    past = replace(desk, poke=lambda: None)
    for n in range(count):
        at = desk.clock() - silent + timedelta(seconds=after + over * n / count)
        past.clock = lambda at=at: at  # type: ignore[misc]
        past.run(lambda work, n=n: _solved(work, n), agent)  # type: ignore[misc]


def _solved(work: Work, n: int) -> None:
    from engine.commands.people import create_person
    from engine.commands.steps import complete_step
    from engine.commands.tickets import NewTicket, create_ticket
    from engine.tickets.queries import open_items
    from engine.work import SYSTEM

    login = f"timer-{n}@customers.example"
    itself = replace(work, actor=SYSTEM)
    customer = create_person(itself, login=login, name=f"Timer {n}", roles=["customer"])
    new = NewTicket(
        title=f"Scanner {n} is slow", body="Very.", channel="phone", type="incident",
        queue="Service Desk", customer=customer,
    )  # fmt: skip
    ticket = create_ticket(work, new)
    solved = {"work_result": "solved", "message": f"Scanner {n} was cleaned."}
    for answers in (TRIAGE, solved):
        work.session.flush()
        complete_step(work, open_items(work.session, ticket)[0], answers)
