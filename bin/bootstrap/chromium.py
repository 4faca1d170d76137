"""Finds a Chromium that really runs, for the browser tests; else unpacks the one from npm."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Iterator, Optional

from . import node, places, stamps
from .shell import answer, executable, logged
from .talk import Step, Stop

NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
UNPACKED = places.BUILD / "chromium"
FOUND = places.BUILD / "chromium.path"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync")
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-quic")
# Its libraries (NSS and friends) are unpacked only where it believes to be on that system.
UNPACK = "import c from '@sparticuz/chromium'; console.log(await c.executablePath())"
BELIEVED = {"AWS_EXECUTION_ENV": "AWS_Lambda_nodejs20.x"}


def find() -> Optional[str]:
    """The path of a Chromium of this machine that renders a page, looked for once."""
    known = FOUND.read_text(encoding="utf-8").strip() if FOUND.exists() else ""
    named = os.environ.get("CHROMIUM")
    if known and executable(Path(known)) and named in (None, "", known):
        return known
    for path in candidates(named):
        if renders(path):
            stamps.put(FOUND, path)
            return path
    if named:
        raise Stop(f"CHROMIUM={named} cannot render a page here. Leave it out, or name another.")
    return None


def candidates(named: Optional[str]) -> Iterator[str]:
    """The one that the person named, or all that are on the path."""
    for name in [named] if named else NAMES:
        found = shutil.which(name)
        if found:
            yield found


def renders(path: str) -> bool:
    """Does it print the page it was given? Some distributions ship a stub of this name."""
    profile = places.BUILD / "chromium-profile"
    profile.mkdir(parents=True, exist_ok=True)
    page = "data:text/html,<p id=proof>vorgang</p>"
    flags = [*FLAGS, *QUIET, f"--user-data-dir={profile}", "--dump-dom", page]
    said = answer([path, *flags], timeout=60)
    shutil.rmtree(str(profile), ignore_errors=True)
    return said is not None and 'id="proof"' in said


def unpack() -> str:
    """The Chromium of the npm package, unpacked below build/; Stop when it does not run here."""
    with Step("Chromium for the browser tests") as step:
        UNPACKED.mkdir(parents=True, exist_ok=True)
        folder = node.node_folder(node.NODE_FOR_CHROMIUM)
        env = {**node.path_with(folder), **BELIEVED, "TMPDIR": str(UNPACKED)}
        logged(step, ["node", "--input-type=module", "-e", UNPACK], env=env)
        program = UNPACKED / "chromium"
        for path in (program, with_libraries(program)):
            if renders(str(path)):
                stamps.put(FOUND, str(path))
                return str(path)
    raise Stop(
        "Neither this machine nor npm has a Chromium that runs here. "
        "On Debian: apt-get install -y chromium. Or name one: make test CHROMIUM=/path/to/it"
    )


def with_libraries(program: Path) -> Path:
    """A wrapper that lets the program find the libraries that came with it."""
    wrapper = program.with_name("chromium-with-libraries")
    libraries = program.parent / "al2023" / "lib"
    wrapper.write_text(
        f'#!/bin/sh\nLD_LIBRARY_PATH="{libraries}" exec "{program}" "$@"\n', encoding="utf-8"
    )
    wrapper.chmod(0o755)
    return wrapper


def ready() -> str:
    """The path of a running Chromium, brought when the machine has none."""
    found = find()
    node.ready("tests" if found else "chromium")
    return found or unpack()
