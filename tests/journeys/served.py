"""A whole desk as an operator starts it: `vorgang serve` in processes of its own."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.served import run_here
from tests.smtp_sink import free_port

if TYPE_CHECKING:
    from engine.desk import Desk

ROOT = Path(__file__).parents[2]
# The supervisor waits longer after each death of a child; a test that kills a dozen cannot.
SERVE = (
    "import engine.cli.supervisor as s; s.FIRST_PAUSE = s.LONGEST_PAUSE = 0.2; "
    "from engine.cli import main; main()"
)
PATIENCE = 180.0  # seconds; only the broken case ever waits so long


@dataclass
class Served:
    """A running desk: `.url`, `.pid("web")`, `.kill("worker")`, `.cli(…)`, `.open()`."""

    home: Path
    port: int
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def url(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *more: str) -> Served:
        """Start it and wait until web and worker are there."""
        with (self.home.parent / "serve.out").open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVE, "serve", "--port", str(self.port), *more],
                env=self.environment, cwd=self.home.parent,
                stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            )  # fmt: skip
        self.until(self.alive, "the web answers")
        self.until(self.worker_works, "the worker works")
        return self

    def stop(self) -> None:
        """End it as Ctrl-C would."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def alive(self) -> bool:
        """Whether the web answers."""
        with contextlib.suppress(OSError):
            return bool(urllib.request.urlopen(f"{self.url}/alive", timeout=2).status == 200)
        return False

    def worker_works(self, but: int | None = None) -> bool:
        """Whether a worker, another than the process `but`, has taken up its work."""
        pid = self.pid("worker")
        if pid is None or pid == but:
            return False
        with contextlib.suppress(FileNotFoundError), (self.home / "run/worker.lock").open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def pid(self, name: str) -> int | None:
        """The process of a child of the supervisor, `web` or `worker`."""
        assert self.process is not None
        task = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        for child in task.read_text().split():
            with contextlib.suppress(OSError):
                words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
                if name.encode() in words:
                    return int(child)
        return None

    def kill(self, name: str) -> bool:
        """kill -9 a child; False when it is not there just now."""
        pid = self.pid(name)
        if pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return True

    def cli(self, *words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run a `vorgang` command on this desk, within the test's process."""
        return run_here(self.environment, *words, stdin=stdin)

    def deliver(self, mail: bytes) -> dict[str, Any]:
        """Hand a mail to `vorgang mail deliver` and read its receipt."""
        done = self.cli("mail", "deliver", stdin=mail)
        assert done.returncode == 0, done.stderr.decode()
        receipt: dict[str, Any] = json.loads(done.stdout)
        return receipt

    @contextmanager
    def open(self) -> Iterator[Desk]:
        """The same desk in this process: to seed it, to look into it."""
        from engine.desk import open_desk
        from engine.settings import load_settings

        given = {
            key.removeprefix("VORGANG_").lower(): value
            for key, value in self.environment.items()
            if key.startswith("VORGANG_")
        }
        desk = open_desk(load_settings(given))
        try:
            yield desk
        finally:
            desk.close()

    @staticmethod
    def until(true: Any, what: str, seconds: float = PATIENCE) -> None:
        """Wait for a condition; AssertionError that names it when it never comes."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"it did not come to this: {what}"
            time.sleep(0.05)


def new_home(home: Path, *, smtp: str = "", **settings: object) -> Served:
    """A desk that is not started yet, on a free port."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("VORGANG_")}
    port = free_port()
    ours = {"home": home, "smtp_url": smtp, "base_url": f"http://127.0.0.1:{port}", **settings}
    named = {f"VORGANG_{key.upper()}": str(value) for key, value in ours.items()}
    return Served(home, port, kept | named | {"PYTHONPATH": str(ROOT)})
