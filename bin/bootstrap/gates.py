"""The checks of `make lint`: each runs even when one before it failed, all are named at the end."""

from __future__ import annotations

import subprocess
from typing import List, Tuple

from . import places
from .shell import environment
from .talk import complain, say

CODE = ("engine", "webapp", "search", "tests", "bench", "bin", "setup.py")


def commands() -> List[Tuple[str, List[str]]]:
    """Name and command of every gate that has something to look at."""
    code = [name for name in CODE if (places.ROOT / name).exists()]
    gates = [
        ("ruff check", ["ruff", "check", *code]),
        ("ruff format", ["ruff", "format", "--check", *code]),
        ("mypy", ["mypy"]),
        ("import-linter", ["lint-imports"]),
    ]
    templates = places.ROOT / "webapp" / "templates"
    if any(templates.rglob("*.jinja2")):
        gates.append(("djlint", ["djlint", "--lint", "--extension=jinja2", str(templates)]))
    return gates


def run() -> int:
    """0 when every gate is open, 1 otherwise."""
    shut = []
    for name, command in commands():
        say(f"== {name}")
        program = str(places.VENV_BIN / command[0])
        done = subprocess.run(
            [program, *command[1:]],
            cwd=str(places.ROOT),
            env=environment(),
            stdin=subprocess.DEVNULL,
        )
        if done.returncode != 0:
            shut.append(name)
    if shut:
        complain("Not in order: " + ", ".join(shut))
        return 1
    say("All gates are open.")
    return 0


def put_in_order() -> int:
    """Let ruff mend what it can."""
    code = [name for name in CODE if (places.ROOT / name).exists()]
    ruff = str(places.VENV_BIN / "ruff")
    subprocess.run([ruff, "check", "--fix", "--quiet", *code], cwd=str(places.ROOT))
    return subprocess.run([ruff, "format", *code], cwd=str(places.ROOT)).returncode
