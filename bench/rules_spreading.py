"""How long published rules take until each of several processes decides by them.

Each process asks the rules in force in one transaction after the other, as web processes do, and
notes when it first gets another release. SQLite in a temporary folder.
"""

from __future__ import annotations

import multiprocessing
import time
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from bench.company import desk_on, founded
from bench.figures import number, percentile, table
from engine.commands.candidates import RulesCandidate
from engine.commands.publish import put_rules_in_force
from engine.commands.rules_drafts import standing
from engine.commands.rules_publishing import built
from engine.work import Work

HEAD = ("what", "median ms", "most ms")
PAUSE = 0.002  # seconds between two transactions of a process


def digest_in_force(work: Work) -> str:
    """By which release this transaction decides, asked as a ticket asks."""
    release = work.desk.library.release(work.session)
    release.evaluate(release.names[0], {"ticket.title": "x"}, now=work.now)
    return release.digest


def watch(url: str, home: Path, pipe: Connection) -> None:
    """Tell each change of release with the moment of the clock that all processes share."""
    desk = desk_on(url, home)
    known = desk.read(digest_in_force)
    pipe.send((known, time.monotonic()))
    while not pipe.poll():
        found = desk.read(digest_in_force)
        if found != known:
            known = found
            pipe.send((known, time.monotonic()))
        time.sleep(PAUSE)
    desk.close()


def changed(work: Work, turn: int) -> RulesCandidate:
    """The rules in force with one text changed, built and tried."""
    stand = standing(work.session)
    name, text = min(stand.documents.items())
    return built(replace(stand, documents={**stand.documents, name: f"{text}\n# {turn}\n"}))


def spreading(home: Path, processes: int, turns: int) -> str:
    """Publish so often, and tell the times as a table."""
    url = f"sqlite:///{home}/desk.db"
    desk = founded(url, home)
    context = multiprocessing.get_context("spawn")
    pipes, children = [], []
    for _ in range(processes):
        mine, theirs = context.Pipe()
        child = context.Process(target=watch, args=(url, home, theirs), daemon=True)
        child.start()
        pipes.append(mine)
        children.append(child)
    for pipe in pipes:
        pipe.recv()
    building, reaching = [], []
    for turn in range(turns):
        began = time.monotonic()
        candidate = desk.read(lambda work, turn=turn: changed(work, turn))  # type: ignore[misc]
        ready = time.monotonic()
        building.append(ready - began)
        desk.run(lambda work, new=candidate: put_rules_in_force(work, new, "bench"))  # type: ignore[misc]
        for pipe in pipes:
            found, at = pipe.recv()
            assert found == candidate.digest
            reaching.append(at - ready)
    for pipe, child in zip(pipes, children, strict=True):
        pipe.send("enough")
        child.join(10)
    desk.close()
    rows = [
        [name, number(percentile(seen, 0.5) * 1000), number(max(seen) * 1000)]
        for name, seen in (("built and tried", building), ("in force in each process", reaching))
    ]
    return table(f"Publishing rules, {processes} processes, by the clock on the wall", HEAD, rows)
