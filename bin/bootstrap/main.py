"""The verbs behind `make`: get ready, then hand over to the program that does the work."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import tempfile
from typing import Iterator, List, NoReturn, Sequence

from . import chromium, gates, machine, node, packages, places, pythons
from .shell import environment, executable
from .talk import Stop, complain, say

SHARED_MEMORY = "/dev/shm"
VERBS = ("run", "test", "test-long", "bench", "lint", "format", "ready", "check")


def main(arguments: Sequence[str]) -> int:
    """Carry out one verb; 0 when all is well, 1 with a plain sentence, 130 after Ctrl-C."""
    options = parse(arguments)
    try:
        return carry_out(options)
    except Stop as stop:
        complain(str(stop))
        return 1
    except OSError as error:
        complain(f"{error.filename or 'The machine'}: {error.strerror or error}")
        return 1
    except KeyboardInterrupt:
        complain("\nStopped. The same command goes on where it was.")
        return 130


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The verb, where to listen, and what goes through to the program behind it."""
    parser = argparse.ArgumentParser(prog="make", description="Prepares and starts Vorgang.")
    parser.add_argument("verb", choices=VERBS)
    parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
    parser.add_argument("--port", default=os.environ.get("PORT", "6543"))
    own, rest = list(arguments), []  # type: List[str], List[str]
    if "--" in own:
        cut = own.index("--")
        own, rest = own[:cut], own[cut + 1 :]
    options = parser.parse_args(own)
    options.rest = rest
    return options


def carry_out(options: argparse.Namespace) -> int:
    """Dispatch; the verbs that end in another program do not come back."""
    verb = options.verb
    if verb == "check":
        return check()
    if verb == "run":
        port = as_port(options.port)
        machine.require_port(options.host, port)
        get_ready("pages", dev=False)
        serve(options.host, port, options.rest)
    if verb == "ready":
        get_ready("pages", dev=False)
        say("Ready. Start it with: make run")
        return 0
    if verb in ("lint", "format"):
        with one_at_a_time():
            packages.ready(dev=True)
        return gates.run() if verb == "lint" else gates.put_in_order()
    if verb == "bench":
        get_ready("pages", dev=True)
        with one_at_a_time():
            packages.compared()
        hand_over([str(packages.PYTHON), "-m", "bench", *options.rest])
    return tests(long=verb == "test-long", rest=options.rest)


def check() -> int:
    """Say what the machine lacks; install nothing."""
    python = pythons.find(os.environ.get("PYTHON") or None)
    machine.require(python, installing=True)
    say(f"This machine has what Vorgang needs. Python: {python.text}")
    return 0


def get_ready(level: str, *, dev: bool) -> None:
    """Python packages, then front-end packages; one such run at a time in a checkout."""
    with one_at_a_time():
        packages.ready(dev=dev)
        node.ready(level)


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two terminals starting at once wait for each other instead of installing over each other."""
    machine.require_directories()
    places.BUILD.mkdir(exist_ok=True)
    with (places.BUILD / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another make is installing here; waiting for it ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def tests(*, long: bool, rest: List[str]) -> int:
    """All tests, or those that take minutes, with a browser at hand."""
    with one_at_a_time():
        packages.ready(dev=True)
        browser = chromium.ready()
    command = [str(packages.PYTHON), "-m", "pytest"]
    # As many workers as the machine has processors; eight wait for each other, not for us.
    # They begin with a share of neighbours each, which have expensive things in common.
    workers = ["-n", "logical", "--maxprocesses", "8", "--dist", "worksteal"]
    command += ["-m", "long"] if long else workers
    extra = {"CHROMIUM": browser, "PYTEST_DEBUG_TEMPROOT": fast_place()}
    # Many processes import the same modules: each of them would compile these anew.
    extra["PYTHONDONTWRITEBYTECODE"] = ""
    hand_over([*command, *in_memory(), *rest], **extra)


def in_memory() -> List[str]:
    """What passed leaves nothing behind, so that memory is not eaten up by old runs."""
    return ["-o", "tmp_path_retention_policy=failed", "-o", "tmp_path_retention_count=1"]


def fast_place() -> str:
    """Where tests put their desks: each commit waits for the disk, and memory answers at once."""
    try:
        room = os.statvfs(SHARED_MEMORY)
    except OSError:
        return tempfile.gettempdir()
    free = room.f_bavail * room.f_frsize
    usable = not room.f_flag & os.ST_NOEXEC and os.access(SHARED_MEMORY, os.W_OK)
    return SHARED_MEMORY if usable and free > 2 * 2**30 else tempfile.gettempdir()


def serve(host: str, port: int, rest: Sequence[str]) -> NoReturn:
    """The desk with sample data; it makes its directory ready itself when it is new."""
    vorgang = places.VENV_BIN / "vorgang"
    if not executable(vorgang):
        raise Stop(f"{vorgang} is missing. Remove .venv and try again.")
    hand_over([str(vorgang), "serve", "--sample", "--host", host, "--port", str(port), *rest])


def as_port(text: str) -> int:
    """The number, or Stop when it is none."""
    if not text.isdigit():
        raise Stop(f"PORT={text} is not a number. Take one from 1024 to 65535, e.g. PORT=7000.")
    return int(text)


def hand_over(command: List[str], **extra: str) -> NoReturn:
    """Become that program, so that signals and the exit code are its own."""
    os.chdir(str(places.ROOT))
    env = environment(extra)
    env["PATH"] = str(places.VENV_BIN) + os.pathsep + env.get("PATH", "")
    os.execve(command[0], command, env)
