"""Looks at the machine before anything is changed and names everything missing at once."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import List

from . import places
from .pythons import Python
from .talk import Stop

NEEDED_BYTES = 1_500_000_000
COMPILERS = ("cc", "gcc", "clang")


@dataclass(frozen=True)
class Lack:
    """Something that is not there: what, why it is needed, and Debian's package for it."""

    what: str
    why: str
    package: str = ""


def lacks(python: Python, *, installing: bool) -> List[Lack]:
    """All that is missing on this machine; `installing` = packages will have to be built."""
    found = directory_lacks(places.ROOT, places.home())
    if not installing:
        return found
    name = "python{}.{}".format(*python.version[:2])
    system = python.path.startswith("/usr/bin/")
    if not python.venv:
        found.append(
            Lack("Python's venv module", "packages get a place of their own", name + "-venv")
        )
    if not python.headers:
        package = name + "-dev" if system else ""
        found.append(Lack("Python.h", f"durable-rules is compiled for {python.path}", package))
    if not python.ssl:
        found.append(
            Lack("Python's ssl module", f"{python.path} was built without it", "libssl-dev")
        )
    if not python.sqlite:
        why = f"{python.path} was built without it"
        found.append(Lack("Python's sqlite3 module", why, "libsqlite3-dev"))
    if not compiler():
        found.append(Lack("a C compiler", "durable-rules is compiled here", "build-essential"))
    for tool in ("make", "git"):
        if not shutil.which(tool):
            found.append(Lack(tool, "to build and to know one's version", tool))
    free = shutil.disk_usage(str(places.ROOT)).free
    if free < NEEDED_BYTES:
        why = f"only {free // 1_000_000} MB are free where {places.ROOT} lies"
        found.append(Lack(f"{NEEDED_BYTES // 1_000_000} MB of disk", why))
    return found


def compiler() -> bool:
    """Is there a C compiler, named or usual?"""
    named = os.environ.get("CC", "").split()
    return any(shutil.which(name) for name in (*named[:1], *COMPILERS))


def directory_lacks(*folders: Path) -> List[Lack]:
    """Folders in which nothing can be written (root is asked by trying: rights do not tell)."""
    found = []
    for folder in folders:
        existing = next(p for p in (folder, *folder.parents) if p.exists())
        try:
            with tempfile.NamedTemporaryFile(dir=str(existing), prefix=".vorgang-"):
                pass
        except OSError as error:
            reason = error.strerror or str(error)
            found.append(Lack(f"a directory one can write to: {existing}", reason))
    return found


def require(python: Python, *, installing: bool) -> None:
    """Stop with one list of everything missing and the one command that mends it."""
    missing = lacks(python, installing=installing)
    if not missing:
        return
    lines = ["This machine lacks:"]
    lines += [f"  - {lack.what}: {lack.why}" for lack in missing]
    packages = " ".join(dict.fromkeys(lack.package for lack in missing if lack.package))
    if packages:
        sudo = "" if os.getuid() == 0 else "sudo "
        lines.append(f"On Debian or Ubuntu: {sudo}apt-get install -y {packages}")
    if any("directory" in lack.what for lack in missing):
        lines.append("Put the checkout, or VORGANG_HOME=/some/where, where you may write.")
    raise Stop("\n".join(lines))


def require_directories() -> None:
    """Stop when the checkout or the desk's directory cannot be written, before anything is."""
    found = directory_lacks(places.ROOT, places.home())
    if found:
        raise Stop(
            f"Cannot write to {found[0].what.split(': ', 1)[1]} ({found[0].why}). "
            "Move the checkout, or set VORGANG_HOME=/some/where, to a place where you may write."
        )


def require_port(host: str, port: int) -> None:
    """Stop when nobody may listen there: asked now, not after minutes of installing."""
    if not 0 < port < 65536:
        raise Stop(f"PORT={port} is not a port. Take one from 1024 to 65535, e.g. PORT=7000.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
        except OSError as error:
            mend = "HOST is an address of this machine: 127.0.0.1, or 0.0.0.0 for everybody."
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                other = port + 1 if 1023 <= port < 65535 else 7000
                mend = f"Take another: make run PORT={other}"
            said = error.strerror or str(error)
            raise Stop(f"Cannot listen on {host}:{port} ({said}). {mend}") from None
