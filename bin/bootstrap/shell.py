"""Runs the installers quietly: their output goes to one log, its end is shown when they fail."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Dict, List, Optional, Sequence

from . import places
from .talk import Step, Stop

SHOWN_LINES = 15
NAMED = re.compile(r"(?:Collecting|Downloading|Building wheel for|Installing collected)\s+(\S+)")


def environment(extra: Optional[Dict[str, str]] = None) -> Dict[str, str]:
    """The environment for every child: no version nagging, nothing that waits for an answer."""
    env = dict(os.environ)
    env.pop("PYTHONPATH", None)
    env.pop("PYTHONHOME", None)
    env.pop("VIRTUAL_ENV", None)
    env.update(PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1", PYTHONUNBUFFERED="1")
    env.update(extra or {})
    return env


def logged(
    step: Step, command: Sequence[str], *, env: Optional[Dict[str, str]] = None, mend: str = ""
) -> None:
    """Run the command in the checkout; Stop with the end of its output when it fails."""
    places.BUILD.mkdir(exist_ok=True)
    tail: List[str] = []
    with places.LOG.open("a", encoding="utf-8", errors="replace") as log:
        log.write("\n$ " + " ".join(command) + "\n")
        child = subprocess.Popen(
            list(command),
            cwd=str(places.ROOT),
            env=environment(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        assert child.stdout is not None
        try:
            for line in child.stdout:
                log.write(line)
                tail = [*tail[-SHOWN_LINES:], line.rstrip()]
                found = NAMED.search(line)
                step.detail = found.group(1) if found else step.detail
        finally:
            if child.poll() is None and child.stdout.closed is False:
                child.stdout.close()
            code = child.wait()
    if code != 0:
        raise Stop(failure(step.title, tail, mend))


def failure(title: str, tail: Sequence[str], mend: str) -> str:
    """The sentence, the end of the output, and what probably helps."""
    shown = "\n".join("    " + line for line in tail if line.strip())
    advice = mend or "If the network was away, the same command again goes on where it stopped."
    return f"{title} failed. Its last words:\n{shown}\n{advice}\nAll of it: {places.LOG}"


def answer(command: Sequence[str], timeout: float = 30) -> Optional[str]:
    """What a command prints when it succeeds, else None; never raises."""
    try:
        done = subprocess.run(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=timeout,
            text=True,
            errors="replace",
            env=environment(),
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def executable(path: Path) -> bool:
    """Is this a file that may be run? One that we may not even look at is none."""
    return os.path.isfile(str(path)) and os.access(str(path), os.X_OK)
