"""Web and worker as two children: started, watched, started again, stopped together."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import click

from engine.cli import codes
from engine.cli.ports import answers
from engine.settings import Settings

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before a child is started again
HEALTHY = 30.0  # a child that has lived so long starts with the first pause again
PATIENCE = 5.0  # seconds until a child that does not end is killed
LONG = 60.0  # a start that takes longer is said to be under way, since a full machine is slow
HOPELESS = 3  # deaths of a child before the desk has ever answered


@dataclass
class Child:
    """One child with when it was started and how often it has died in a row."""

    name: str
    arguments: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    again_at: float = 0.0
    environment: Mapping[str, str] = field(default_factory=dict)

    def start(self) -> None:
        """Start it, in a group of its own, so that Ctrl-C reaches only the supervisor."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "engine.cli", *self.arguments],
            stdin=subprocess.DEVNULL,
            env={**os.environ, **self.environment},
            start_new_session=True,
        )


def supervise(
    settings: Settings,
    children: Mapping[str, Sequence[str]],
    *,
    host: str,
    port: int,
    ready: Callable[[], None],
) -> int:
    """Keep the children running until SIGINT or SIGTERM; returns the exit code.

    `ready` is called once when the web server answers for the first time. However long that takes,
    a child that lives is waited for: only one that dies again and again ends it all.
    """
    stop = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, lambda *_: stop.set())
    environment = {"VORGANG_HOME": str(settings.home)}
    family = [
        Child(name, arguments, environment=environment) for name, arguments in children.items()
    ]
    begun = time.monotonic()
    greeted = told = False
    try:
        for child in family:
            child.start()
        while not stop.wait(0.1):
            for child in family:
                _look_after(child)
            if not greeted and answers(host, port):
                greeted = True
                ready()
            if not greeted and any(child.deaths >= HOPELESS for child in family):
                click.echo(f"The desk does not start; {settings.home / 'log'} says why.", err=True)
                return codes.PROBLEMS
            if not greeted and not told and time.monotonic() - begun > LONG:
                told = True
                click.echo(f"The desk is still starting; {settings.home / 'log'} says how far.")
    finally:
        _end(family)
    click.echo("\nStopped.")
    return codes.OK


def _look_after(child: Child) -> None:
    now = time.monotonic()
    if child.process is not None:
        code = child.process.poll()
        if code is None:
            return
        child.process = None
        child.deaths = 1 if now - child.started > HEALTHY else child.deaths + 1
        pause = min(FIRST_PAUSE * 2 ** (child.deaths - 1), LONGEST_PAUSE)
        child.again_at = now + pause
        log.error("%s ended with %s; started again in %.1f s", child.name, code, pause)
    elif now >= child.again_at:
        child.start()


def _end(family: Sequence[Child]) -> None:
    running = [child.process for child in family if child.process is not None]
    for process in running:
        process.terminate()
    end = time.monotonic() + PATIENCE
    for process in running:
        try:
            process.wait(max(0.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
