"""What the pages load from npm's packages is what the bootstrap puts there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

LOADED = re.compile(r"vendor/([\w./-]+)")
LOOKED_INTO = (".jinja2", ".js", ".css", ".py")


def test_every_file_that_a_page_asks_for_is_brought(root: Path, monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(root / "bin"))
    from bootstrap.node import MODULES, PAGES, module_file

    brought = {target for _, target in PAGES} | {module_file(name) for name in MODULES}
    asked = {
        name: path
        for path in (root / "webapp").rglob("*.*")
        if path.suffix in LOOKED_INTO and "vendor" not in path.parts
        for name in LOADED.findall(path.read_text(encoding="utf-8"))
    }
    assert asked, "the pages load nothing from npm: has the folder another name now?"
    assert {name: path for name, path in asked.items() if name not in brought} == {}


@pytest.fixture
def node(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The part of the bootstrap that copies, with an empty folder for what it copies."""
    monkeypatch.syspath_prepend(str(root / "bin"))
    from bootstrap import node, places

    monkeypatch.setattr(places, "VENDOR", tmp_path / "vendor")
    monkeypatch.setattr(places, "NODE_MODULES", tmp_path / "node_modules")
    return node


def package(folder: Path, name: str, path: str, text: str) -> None:
    (folder / name / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / name / path).write_text(text, encoding="utf-8")
    (folder / name / "LICENSE").write_text("MIT", encoding="utf-8")


def test_a_module_asks_for_its_neighbours_by_address(node: Any, tmp_path: Path) -> None:
    """Without an import map, which would be a script that stands in the page."""
    text = (
        "import { a,\n b } from '@codemirror/state';\nexport { c } from \"crelt\";\nlet from = 'x';"
    )
    package(tmp_path / "node_modules", "@codemirror/view", "dist/index.js", text)
    node.copy_module("@codemirror/view", "dist/index.js")
    goal = tmp_path / "vendor/codemirror/codemirror-view.js"
    assert goal.read_text(encoding="utf-8") == (
        "import { a,\n b } from './codemirror-state.js';\n"
        "export { c } from \"./crelt.js\";\nlet from = 'x';"
    )
    assert goal.with_suffix(".LICENSE").read_text(encoding="utf-8") == "MIT"


def test_a_module_that_no_page_is_given_stops_the_copying(node: Any, tmp_path: Path) -> None:
    package(tmp_path / "node_modules", "crelt", "index.js", "import x from 'left-pad';\n")
    with pytest.raises(node.Stop, match="left-pad"):
        node.copy_module("crelt", "index.js")
    with pytest.raises(node.Stop, match="lacks style-mod"):
        node.copy_module("style-mod", "src/style-mod.js")


def test_each_module_is_locked(node: Any, root: Path) -> None:
    locked = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert {name for name in node.MODULES if f"node_modules/{name}" not in locked} == set()
