"""Installs the Python packages into .venv, step by step, once per state of the lock file."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Dict, List, Optional

from . import machine, places, pythons, stamps
from .shell import answer, executable, logged
from .talk import Step, Stop, say

PYTHON = places.VENV_BIN / "python"
STAMP = places.VENV / "installed.stamp"
DEV_STAMP = places.VENV / "installed-dev.stamp"
BENCH_STAMP = places.VENV / "installed-bench.stamp"
# The extension is from 2020. 3.13 no longer has PyEval_CallObject: without the first flag it builds
# and then cannot be imported. GCC 14 turned what it only warned of into errors: hence the second.
RENAMED_IN_313 = "-DPyEval_CallObject=PyObject_CallObject"
OLD_C = (
    "-Wno-error=implicit-function-declaration -Wno-error=int-conversion "
    "-Wno-error=incompatible-pointer-types"
)


def ready(*, dev: bool) -> None:
    """Make sure that .venv holds what the lock file says (and, with dev, what tests need)."""
    wanted = os.environ.get("PYTHON") or None
    present = own_python(wanted)
    stamp = DEV_STAMP if dev else STAMP
    if present and stamps.fits(stamp, state(present)):
        machine.require(present, installing=False)
        return
    python = present or pythons.find(wanted)
    machine.require(python, installing=True)
    if present is None:
        say(f"Python {python.text}; the full log is {places.LOG}")
        make_environment(python)
    value = state(python)
    if not stamps.fits(STAMP, value):
        install_runtime(python)
        stamps.put(STAMP, value)
    if dev:
        with Step("Test and check tools") as step:
            pip(step, "-r", str(places.DEV_REQUIREMENTS))
        stamps.put(DEV_STAMP, value)


def compared() -> None:
    """The libraries that benchmarks compare with; what cannot be had is left out there."""
    files = [places.CONSTRAINTS, places.BENCH_REQUIREMENTS]
    value = stamps.fingerprint(str(places.ROOT), files=files)
    if stamps.fits(BENCH_STAMP, value):
        return
    try:
        with Step("Libraries to compare with") as step:
            pip(step, "-r", str(places.BENCH_REQUIREMENTS))
    except Stop as stop:
        say(f"{stop}\nThe benchmarks run without these libraries.")
        return
    stamps.put(BENCH_STAMP, value)


def own_python(wanted: Optional[str]) -> Optional[pythons.Python]:
    """The interpreter of a usable .venv of this very checkout; None when one must be made."""
    if not executable(PYTHON) or not moved_here():
        return None
    python = pythons.look_at(str(PYTHON))
    if python is None or not python.supported:
        return None
    if wanted and pythons.insist(wanted).version != python.version:
        return None
    return python


def moved_here() -> bool:
    """Do the scripts of .venv still point to where it lies? A copied checkout's do not."""
    pip_script = places.VENV_BIN / "pip"
    try:
        first = pip_script.read_bytes()[:400].splitlines()[0]
    except (OSError, IndexError):
        return False
    return str(places.VENV_BIN).encode() in first or first == b"#!/bin/sh"


def state(python: pythons.Python) -> str:
    """What was installed from what: changes when a lock file, the Python or the place does."""
    files = [places.CONSTRAINTS, places.DEV_REQUIREMENTS, places.ROOT / "setup.py"]
    return stamps.fingerprint(str(python.version), str(places.ROOT), files=files)


def make_environment(python: pythons.Python) -> None:
    """A fresh .venv on the interpreter."""
    with Step("Python environment") as step:
        logged(step, [python.path, "-I", "-m", "venv", "--clear", str(places.VENV)])


def install_runtime(python: pythons.Python) -> None:
    """The runtime packages; durable-rules on its own, compiled here and looked at afterwards."""
    with Step("Build tools") as step:
        pip(step, "setuptools", "wheel")
    with Step("durable-rules (compiled on this machine)") as step:
        pip(
            step,
            "--no-build-isolation",
            "--no-cache-dir",
            "--no-binary=durable_rules",
            "--force-reinstall",
            "--no-deps",
            locked("durable_rules"),
            env=compiler_flags(python),
        )
        if answer([str(PYTHON), "-c", "import durable_rules_engine, durable.engine"]) is None:
            raise Stop(f"durable-rules was built but cannot be imported. See {places.LOG}")
    with Step("Python packages") as step:
        pip(step, "--no-build-isolation", "-e", ".[mail]")


def pip(step: Step, *arguments: str, env: Optional[Dict[str, str]] = None) -> None:
    """pip install under the lock file."""
    command = [str(PYTHON), "-m", "pip", "install", "--constraint", str(places.CONSTRAINTS)]
    logged(step, [*command, *arguments], env=env)


def compiler_flags(python: pythons.Python) -> Dict[str, str]:
    """The environment in which durable-rules compiles on this Python."""
    own = os.environ.get("CFLAGS", "")
    flags = {"CFLAGS": f"{own} {OLD_C}".strip()} if sys.platform == "linux" else {}
    if python.version >= (3, 13):
        flags["CPPFLAGS"] = f"{os.environ.get('CPPFLAGS', '')} {RENAMED_IN_313}".strip()
    return flags


def locked(name: str) -> str:
    """`name==version` as the lock file has it."""
    lines: List[str] = places.CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    key = name.lower().replace("_", "-")
    for line in lines:
        if line.lower().replace("_", "-").startswith(key + "=="):
            return line.strip()
    raise Stop(f"{Path(places.CONSTRAINTS).name} does not name {name}.")
