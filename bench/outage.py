"""Real workers after an outage: how long until everything that fell due meanwhile has happened.

`python -m bench.outage [--tickets N] [--due N] [--database sqlite|postgres|both] [--workers N]`,
for example `--tickets 12000 --due 10000`. The desk is that of `bench.timers`; `vorgang worker` runs
as it does in a company, and beside what is due it delivers what follows from it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from bench import postgres
from bench.figures import number, table
from bench.timers import Seeded, database, seed
from engine.clock import now as wall_clock
from engine.timers.models import Timer

HEAD = ("database", "workers", "due", "s until the first", "s until the last", "per second",
        "failed")  # fmt: skip
OFTEN = 0.25  # seconds between two looks
PATIENCE = 1800.0
ROOT = Path(__file__).parent.parent


@contextmanager
def worker(made: Seeded, home: Path, first: bool) -> Iterator[subprocess.Popen[bytes]]:
    """`vorgang worker` on this desk; of several, only the first has beat in a company."""
    (home / "run").mkdir(parents=True)
    (home / "files").symlink_to(made.desk.settings.home / "files")
    kept = {key: value for key, value in os.environ.items() if not key.startswith("VORGANG_")}
    more = {
        "VORGANG_HOME": str(home), "VORGANG_DATABASE_URL": made.desk.settings.database_url,
        "VORGANG_SECRET": made.desk.settings.secret, "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    with (home / f"worker-{'first' if first else 'more'}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "engine.cli", "worker"], env=kept | more, cwd=ROOT,
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def left(made: Seeded, at: datetime) -> tuple[int, int]:
    """How many timers are still due that were due then, and how many of them have failed."""
    query = select(func.count(Timer.id), func.count(Timer.id).filter(Timer.last_error != ""))
    row = made.desk.read(lambda work: work.session.execute(query.where(Timer.due_at <= at)).one())
    return int(row[0]), int(row[1])


def outage(kind: str, home: Path, tickets: int, fire: int, workers: int) -> list[str]:
    """One row of the table."""
    with tempfile.TemporaryDirectory(dir=home) as own, database(kind, home) as url:
        made = seed(url, Path(own) / "files", tickets, fire)
        at = wall_clock()
        due, _ = left(made, at)
        with ExitStack() as running:
            begun, begins = time.perf_counter(), 0.0
            every = [
                running.enter_context(worker(made, Path(own) / f"worker-{n}", n == 0))
                for n in range(workers)
            ]
            while True:
                time.sleep(OFTEN)
                still, failed = left(made, at)
                spent = time.perf_counter() - begun
                begins = begins or (spent if still < due else 0.0)
                if still == failed:
                    break
                if spent > PATIENCE or any(one.poll() is not None for one in every):
                    raise SystemExit(f"{still} of {due} timers are still due after {spent:.0f} s")
        made.desk.close()
    return [kind, str(workers), str(due), number(begins), number(spent),
            number((due - failed) / (spent - begins + OFTEN)), str(failed)]  # fmt: skip


def main(arguments: list[str] | None = None) -> str:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="as without anything; for `bench`")
    parser.add_argument("--tickets", type=int, default=400)
    parser.add_argument("--due", type=int, default=300)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--home", type=Path, default=postgres.default_home())
    given = parser.parse_args(arguments)
    given.home.mkdir(parents=True, exist_ok=True)
    kinds = ("sqlite", "postgres") if given.database == "both" else (given.database,)
    rows = [
        outage(kind, given.home, given.tickets, given.due, workers)
        for kind in kinds
        for workers in (given.workers if kind == "postgres" else [1])
    ]
    told = table("After an outage: real workers", HEAD, rows)
    print(told)
    return told


if __name__ == "__main__":
    main()
