"""Every script of the pages can be read: nothing builds them, so nothing else would notice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = sorted(
    path
    for path in (Path(__file__).parents[2] / "webapp/static").rglob("*.js")
    if "vendor" not in path.parts
)


@pytest.fixture(scope="session")
def node() -> str:
    """Node, as the pages' packages are brought by it."""
    beside = Path(sys.executable).with_name("node")
    found = str(beside) if beside.exists() else shutil.which("node")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("node is missing, so the scripts were not read")
    if found is None:
        pytest.skip("node is missing; `make test` brings it")
    return found


def test_there_are_scripts() -> None:
    assert len(SCRIPTS) > 20


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_can_be_read(node: str, path: Path) -> None:
    command = [node, "--input-type=module", "--check"]
    done = subprocess.run(command, input=path.read_bytes(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
