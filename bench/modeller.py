"""The modeller with a large diagram, in a browser: to open, to drag, to check after a change.

`python -m bench.modeller [--small] [--elements N …]`; needs Chromium (`CHROMIUM=…` where it is not
on the path) and Playwright, which the tests bring.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from typing import Any

from bench.big_diagram import big_diagram
from bench.figures import number, percentile, table
from engine.cli.starting import set_up
from engine.commands.process_begin import begin_process
from engine.desk import Desk, open_desk
from engine.settings import load_settings
from engine.work import Actor

ROOT = Path(__file__).resolve().parent.parent
HEAD = ("elements", "open ms", "drag p50 ms", "drag p95 ms", "choose ms", "check ms", "save ms")
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")
OWNER = Actor("Bench", roles=frozenset({"owner", "admin"}))
# How long each frame took while something was moved; the first ones only begin the drag.
WATCH = """() => { const frames = window.frames_ = []; let last = performance.now();
    const next = now => { frames.push(now - last); last = now; requestAnimationFrame(next); };
    requestAnimationFrame(next); }"""
CHOOSE = """async id => { const m = document.getElementById('draw').modeler;
    const begun = performance.now(); m.get('selection').select(m.get('elementRegistry').get(id));
    await new Promise(done => setTimeout(() => requestAnimationFrame(() => setTimeout(done))));
    return performance.now() - begun; }"""
RENAME = """id => { const m = document.getElementById('draw').modeler;
    m.get('modeling').updateProperties(m.get('elementRegistry').get(id), { name: 'Changed' }); }"""
CENTRE = """id => { const m = document.getElementById('draw').modeler, c = m.get('canvas');
    c.zoom(1); const e = m.get('elementRegistry').get(id), v = c.viewbox();
    c.viewbox({ x: e.x + 50 - v.width / 2, y: e.y + 40 - v.height / 2,
                width: v.width, height: v.height }); }"""


def main(arguments: list[str]) -> str:
    """Measure diagrams of these sizes and hand back the table that was printed."""
    parser = argparse.ArgumentParser(prog="bench.modeller", description=__doc__)
    parser.add_argument("--small", action="store_true", help="tiny, a proof that it works")
    parser.add_argument("--elements", type=int, nargs="+", default=[100, 500])
    asked = parser.parse_args(arguments)
    sizes = [20] if asked.small else asked.elements
    with tempfile.TemporaryDirectory() as home, _desk(Path(home)) as desk:
        rows = [_measured(desk, Path(home), size) for size in sizes]
    told = table("The modeller in a browser", HEAD, rows)
    print(told)
    return told


def nodes_of(elements: int) -> int:
    """Of how many steps a diagram with so many elements is made: each brings a way and a bit."""
    return max(6, round(elements / 2.25))


@contextmanager
def _desk(home: Path) -> Iterator[Desk]:
    desk = open_desk(load_settings({"home": str(home)}))
    try:
        set_up(desk.settings, sample=True, say=lambda _: None)
        yield desk
    finally:
        desk.close()


def _measured(desk: Desk, home: Path, elements: int) -> list[str]:
    from playwright.sync_api import sync_playwright

    files = {"process.bpmn": big_diagram(nodes_of(elements), "blank")}
    draft = desk.run(lambda work: begin_process(work, f"Big {elements}", "en", files), actor=OWNER)
    with _served(home) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(120_000)
        _log_in(page, url)
        figures = _in_the_browser(page, f"{url}/processes/{draft.key}/draw", nodes_of(elements))
        browser.close()
    return [str(elements), *(number(figure) for figure in figures)]


def _in_the_browser(page: Any, address: str, nodes: int) -> list[float]:
    page.goto(address)
    page.wait_for_selector("#draw[data-ready=yes]")  # once, so that files are at hand
    begun = time.perf_counter()
    page.reload()
    page.wait_for_selector("#draw[data-ready=yes]")
    opened = (time.perf_counter() - begun) * 1000
    page.wait_for_timeout(1500)
    step = f"n{nodes // 2 | 1}"
    frames = _dragged(page, step)
    chosen = page.evaluate(CHOOSE, f"n{nodes // 3}")
    checked = _until(page, "/draft/check", step)
    saved = _until(page, "/draft", step)
    return [opened, percentile(frames, 0.5), percentile(frames, 0.95), chosen, checked, saved]


def _dragged(page: Any, step: str) -> list[float]:
    page.evaluate(CENTRE, step)
    page.wait_for_timeout(300)
    box = page.locator(f"[data-element-id={step}]").first.bounding_box()
    x, y = box["x"] + 20, box["y"] + 20
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 10, y + 10)
    page.evaluate(WATCH)
    for at in range(40):
        page.mouse.move(x + 10 + 4 * at, y + 10 + 2 * at)
    frames: list[float] = page.evaluate("() => window.frames_.slice(2)")
    page.mouse.up()
    page.wait_for_timeout(2500)  # it is saved and checked meanwhile
    return frames


def _until(page: Any, ending: str, step: str) -> float:
    """From a change to the answer, without the pause that the page waits for more changes."""
    sent: list[float] = []
    page.on("request", lambda r: sent.append(time.perf_counter()) if _to(r, ending) else None)
    with page.expect_response(lambda answer: _to(answer.request, ending)):
        page.evaluate(RENAME, step)
        page.evaluate(RENAME.replace("Changed", f"Changed {time.time()}"), step)
    answered = time.perf_counter()
    page.wait_for_timeout(1500)
    return (answered - sent[0]) * 1000


def _to(request: Any, ending: str) -> bool:
    return bool(request.method == "POST" and request.url.endswith(ending))


def _log_in(page: Any, url: str) -> None:
    page.goto(url + "/login")
    page.fill("[name=login]", "olga.brandt@example.com")
    page.fill("[name=password]", "vorgang-demo")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda now: "/login" not in now)


@contextmanager
def _served(home: Path) -> Iterator[str]:
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "VORGANG_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "engine.cli", "web", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{url}/alive", timeout=1)
                break
            except OSError:
                time.sleep(0.25)
        yield url
    finally:
        process.terminate()
        process.wait()


def _chromium() -> str:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if not found:
        raise SystemExit("Chromium is missing: name one in CHROMIUM.")
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
