"""One evaluation with explanation as rules grow, beside two libraries and a table of closures.

`python -m bench.rules [--small]`. Each engine gets the same rules and tickets, and each answer is
compared with plain Python. The times are of the processor, not of the clock on the wall. Beside it
rule-engine and zen-engine, if they are installed (`make bench` does that; the desk needs neither),
and how long published rules take until each of
several processes decides by them.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from bench.figures import Run, number, table
from bench.rule_engines import Ask, Made, engines, missing
from bench.rules_spreading import spreading

HEAD = ("rules", "engine", "right", "median ms", "p99 ms", "÷ desk", "build s", "matches")
SECONDS = 2.0  # at most for one row, but at least LEAST questions
LEAST, MOST = 20, 2_000


def measured(ask: Ask, made: Made, most: int) -> Run:
    """Ask again and again, timed by the processor; the first question is not counted."""
    ask(made.tickets[0])
    run = Run("")
    began = time.process_time()
    while len(run.seconds) < most:
        if len(run.seconds) >= LEAST and time.process_time() - began > SECONDS:
            break
        ticket = made.tickets[len(run.seconds) % len(made.tickets)]
        before = time.process_time_ns()
        ask(ticket)
        run.seconds.append((time.process_time_ns() - before) / 1e9)
    return run


def rows(count: int, most: int, checked: int) -> list[list[str]]:
    """The figures of every engine with so many rules."""
    made = Made(count)
    tickets = made.tickets[:checked]
    truth = [made.truth(ticket) for ticket in tickets]
    matches = sum(map(len, truth)) / len(truth)
    found: list[list[str]] = []
    ours = 0.0
    for name, build in engines().items():
        began = time.process_time()
        ask = build(made)
        took = time.process_time() - began
        right = sum(sorted(ask(t)) == true for t, true in zip(tickets, truth, strict=True))
        run = measured(ask, made, most)
        median = run.at(0.5)
        ours = ours or median
        found.append([
            str(count), name, f"{right}/{len(tickets)}", _fine(median), _fine(run.at(0.99)),
            number(median / ours), number(took), number(matches),
        ])  # fmt: skip
    return found


def _fine(milliseconds: float) -> str:
    return f"{milliseconds:.3f}" if milliseconds < 1 else number(milliseconds)


def main(arguments: list[str] | None = None) -> str:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--small", action="store_true", help="a quick proof that it works")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 100, 1_000, 10_000])
    parser.add_argument("--processes", type=int, default=4, help="that wait for published rules")
    parser.add_argument("--no-publishing", action="store_true", help="only the evaluations")
    given = parser.parse_args(arguments)
    sizes = [10, 30] if given.small else given.sizes
    most, checked = (20, 5) if given.small else (MOST, 30)
    told = table(
        "One evaluation with explanation", HEAD,
        [row for count in sizes for row in rows(count, most, checked)],
    )  # fmt: skip
    for name in missing():
        told += f"{name} is not installed and was left out.\n"
    if not given.no_publishing:
        with tempfile.TemporaryDirectory() as folder:
            processes, turns = (2, 1) if given.small else (given.processes, 10)
            told += "\n" + spreading(Path(folder), processes, turns)
    print(told)
    return told


if __name__ == "__main__":
    main()
