"""kill -9 of web, worker or the delivering pipe at any moment: nothing lost, nothing doubled."""

import json
import random
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from tests.served import Desk, alive, child, database_of, environment, until
from tests.smtp_sink import SmtpSink

MAIL = (
    "From: Sender {n} <sender{n}@example.org>\r\nTo: desk@example.com\r\nSubject: Request {n}\r\n"
    "Message-ID: <request-{n}@example.org>\r\n\r\nNothing works.\r\n"
)


def deliver(home: Path, raw: bytes, chance: random.Random) -> None:
    """As a mail server does it: again and again until the pipe says 0; some pipes are killed."""
    for _ in range(50):
        pipe = subprocess.Popen(
            [sys.executable, "-m", "engine.cli", "mail", "deliver"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=environment(home),
        )  # fmt: skip
        if chance.random() < 0.3:
            killer = threading.Timer(chance.uniform(0.3, 1.6), pipe.kill)
            killer.start()
        pipe.communicate(raw)
        if pipe.returncode == 0:
            return
        assert pipe.returncode in (75, -9)
    raise AssertionError("it was never taken")


MAILS = 80


@pytest.mark.long
def test_kills_lose_and_double_nothing(serve: Desk, home: Path, smtp_sink: SmtpSink, cli) -> None:
    process, port = serve
    chance = random.Random(MAILS)
    over = threading.Event()

    def kill_around() -> None:
        while not over.wait(chance.uniform(0.5, 2.5)):
            victim = child(process.pid, chance.choice(["web", "worker"]))
            if victim is not None:
                victim.kill()

    killer = threading.Thread(target=kill_around)
    killer.start()
    try:
        for n in range(MAILS):
            deliver(home, MAIL.format(n=n).encode(), chance)
    finally:
        over.set()
        killer.join()
    until(lambda: waiting(cli) == 0, 90)
    with database_of(home) as database:

        def ask(query: str) -> list[str]:
            return sorted(str(row[0]) for row in database.execute(query))

        tickets = ask("select id from ticket")
        assert ask("select title from ticket") == sorted(f"Request {n}" for n in range(MAILS))
        assert ask("select ticket_id from article where direction = 'in'") == tickets
        assert ask("select ticket_id from work_item where status = 'open'") == tickets
        sent = ask("select message_id from article where delivery = 'sent'")
    assert len(sent) == MAILS
    assert set(sent) <= {got.message["Message-ID"] for got in smtp_sink.messages}
    until(lambda: alive(port), 60)
    assert psutil.pid_exists(process.pid)


def waiting(cli) -> int:
    return int(json.loads(cli("health", "--json").stdout)["figures"]["outbox_waiting"])
