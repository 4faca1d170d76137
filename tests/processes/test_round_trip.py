"""The diagrams pass unchanged through the library with which bpmn.io's editors read and write."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.workflow import load_definition
from tests.processes.folders import FOLDERS, ROOT, files_of, shared_files

SCRIPT = Path(__file__).with_name("round_trip.mjs")


def missing(what: str) -> None:
    """Skip loudly; where everything must be there (CI=true), fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}, so the diagrams were not read as an editor reads them")
    pytest.skip(f"{what}; `make test` brings it")


def read_with_node(
    script: Path, paths: dict[str, str], missing: Callable[[str], None]
) -> dict[str, dict[str, Any]]:
    """By key what reading and writing a diagram came to."""
    beside = Path(sys.executable).with_name("node")
    node = str(beside) if beside.exists() else shutil.which("node")
    if node is None:
        missing("node is missing")
    if not (ROOT.parent / "node_modules" / "bpmn-moddle").is_dir():
        missing("The npm package bpmn-moddle (it comes with bpmn-js) is missing")
    done = subprocess.run(
        [str(node), str(script), *paths.values()], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    by_path = {line["path"]: line for line in lines}
    return {key: by_path[path] for key, path in paths.items()}


@pytest.fixture(scope="module")
def read_again() -> dict[str, dict[str, Any]]:
    paths = {folder: str(ROOT / folder / "process.bpmn") for folder in FOLDERS}
    return read_with_node(SCRIPT, paths, missing)


@pytest.mark.parametrize("folder", FOLDERS)
def test_nothing_is_warned_of_and_nothing_lost(
    folder: str, read_again: dict[str, dict[str, Any]]
) -> None:
    result = read_again[folder]
    assert result["warnings"] == []
    assert result["same"]
    assert result["stable"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_an_editor_saves_means_the_same_to_the_desk(
    folder: str, read_again: dict[str, dict[str, Any]]
) -> None:
    key, files = folder.rpartition("/")[2], files_of(folder)
    ours = load_definition(key, files, shared_files())
    saved = files | {"process.bpmn": read_again[folder]["xml"].encode()}
    theirs = load_definition(key, saved, shared_files())
    assert dict(theirs.steps) == dict(ours.steps)
    assert theirs.messages == ours.messages
