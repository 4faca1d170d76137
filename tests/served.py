"""The command line, here or as a process of its own, and a look at a desk that is served."""

from __future__ import annotations

import io
import os
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import psutil

ROOT = Path(__file__).parents[1]
UNLIMITED = (
    "VORGANG_LIMIT_API_WRITES", "VORGANG_LIMIT_REQUESTS", "VORGANG_LIMIT_DRAFTS",
    "VORGANG_LIMIT_SEARCH",
)  # fmt: skip

Desk = tuple[subprocess.Popen[bytes], int]


def until(question: Callable[[], Any], seconds: float = 120) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = question()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it did not come to that")


@contextmanager
def database_of(home: Path) -> Iterator[sqlite3.Connection]:
    """The database of a desk, what was changed committed at the end, and closed."""
    with closing(sqlite3.connect(home / "vorgang.db")) as database, database:
        yield database


def alive(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/alive", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def child(parent: int, name: str) -> psutil.Process | None:
    for process in psutil.Process(parent).children():
        try:
            if name in process.cmdline():
                return process
        except psutil.NoSuchProcess:
            continue
    return None


def environment(home: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("VORGANG_")}
    unlimited = dict.fromkeys(UNLIMITED, "0")
    return kept | unlimited | {"VORGANG_HOME": str(home), "PYTHONPATH": str(ROOT)}


def call(home: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "engine.cli", *arguments],
        input=stdin,
        capture_output=True,
        env=environment(home),
        timeout=120,
        check=False,
    )


def call_here(
    home: Path, *arguments: str, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """What `call` does, within this process: starting one takes longer than most commands."""
    return run_here(environment(home), *arguments, stdin=stdin)


def run_here(
    variables: dict[str, str], *arguments: str, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run a command of `vorgang` within this process, in an environment of these variables."""
    from engine.cli.run import run

    given = io.TextIOWrapper(io.BytesIO(stdin), "utf-8")
    out, error = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with (
        mock.patch.dict(os.environ, variables, clear=True),
        mock.patch.multiple(sys, stdin=given, stdout=out, stderr=error),
    ):
        code = run(arguments)
    said, complained = (stream.buffer.getvalue() for stream in (out, error))
    return subprocess.CompletedProcess(arguments, code, said, complained)
