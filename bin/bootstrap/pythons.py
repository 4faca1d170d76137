"""Finds a Python that Vorgang supports, and knows what that Python lacks."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, List, Optional, Tuple

from .shell import answer, executable
from .talk import Stop

SUPPORTED = ((3, 11), (3, 12), (3, 13))
SUPPORTED_TEXT = "3.11, 3.12 or 3.13"
NAMES = ("python3.13", "python3.12", "python3.11")
# Asked of each candidate: what it is and what a virtual environment with compiled packages needs.
QUESTION = """
import json, os, sys, sysconfig
def has(name):
    try:
        __import__(name)
        return True
    except Exception:
        return False
header = os.path.join(sysconfig.get_paths()["include"], "Python.h")
print(json.dumps({"version": list(sys.version_info[:3]), "path": os.path.realpath(sys.executable),
                  "venv": has("venv") and has("ensurepip"), "headers": os.path.exists(header),
                  "ssl": has("ssl"), "sqlite": has("sqlite3")}))
"""


@dataclass(frozen=True)
class Python:
    """One interpreter of this machine."""

    path: str
    version: Tuple[int, int, int]
    venv: bool
    headers: bool
    ssl: bool
    sqlite: bool

    @property
    def supported(self) -> bool:
        return self.version[:2] in SUPPORTED

    @property
    def complete(self) -> bool:
        return self.supported and self.venv and self.headers and self.ssl and self.sqlite

    @property
    def text(self) -> str:
        return "{}.{}.{} ({})".format(*self.version, self.path)


def look_at(command: str) -> Optional[Python]:
    """Ask an interpreter what it is; None when it does not answer."""
    said = answer([command, "-E", "-s", "-c", QUESTION])
    if said is None:
        return None
    facts = json.loads(said.splitlines()[-1])
    facts["version"] = tuple(facts["version"])
    return Python(**facts)


def candidates() -> Iterator[str]:
    """Commands worth asking: the one we run on, then the path, then pyenv's."""
    yield sys.executable
    for name in ("python3", *NAMES):
        found = shutil.which(name)
        if found:
            yield found
    for folder in pyenv_folders():
        for path in sorted(folder.glob("3.1[123].*/bin/python"), reverse=True):
            if executable(path):
                yield str(path)


def pyenv_folders() -> List[Path]:
    """Where pyenv may keep its versions."""
    try:
        own = pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        own = "/"
    roots = [os.environ.get("PYENV_ROOT"), os.path.expanduser("~/.pyenv"), own + "/.pyenv"]
    return [Path(root) / "versions" for root in dict.fromkeys(roots) if root]


def find(wanted: Optional[str]) -> Python:
    """The first complete interpreter, else the first supported one; Stop when there is none."""
    if wanted:
        return insist(wanted)
    seen = {}  # type: dict[str, Python]
    for command in candidates():
        python = look_at(command)
        if python is not None:
            if python.complete:
                return python
            seen.setdefault(python.path, python)
    for python in seen.values():
        if python.supported:
            return python
    raise Stop(none_found(list(seen.values())))


def insist(wanted: str) -> Python:
    """The interpreter that the person named, or Stop with what is wrong with it."""
    python = look_at(wanted)
    if python is None:
        raise Stop(f"PYTHON={wanted} does not run. Name an interpreter of {SUPPORTED_TEXT}.")
    if not python.supported:
        raise Stop(f"Vorgang needs Python {SUPPORTED_TEXT}; PYTHON={wanted} is {python.text}.")
    return python


def none_found(seen: List[Python]) -> str:
    """One sentence: what is needed, what is here, where was looked, what mends it."""
    here = ", ".join(python.text for python in seen) or "none at all"
    return (
        f"Vorgang needs Python {SUPPORTED_TEXT}; found here: {here}. "
        f"Looked for python3, {', '.join(NAMES)} in PATH and for pyenv's versions. "
        "Install one (Debian 12, Ubuntu 24.04 and newer: apt-get install -y python3 python3-venv "
        "python3-dev) or name it: make run PYTHON=/path/to/python3.12"
    )
