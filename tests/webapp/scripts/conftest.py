"""Scripts of the pages that need no page are run by node, each question as one line of JSON."""

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

STATIC = Path(__file__).parents[3] / "webapp/static"


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """`ask(module, expression, data)`: what the expression says of the data; `m` is the module."""
    beside = Path(sys.executable).with_name("node")
    node = str(beside) if beside.exists() else shutil.which("node")
    if node is None and os.environ.get("CI") == "true":
        pytest.fail("node is missing, so the scripts were not run")
    if node is None:
        pytest.skip("node is missing; `make test` brings it")
    folder = tmp_path_factory.mktemp("scripts")
    (folder / "package.json").write_text('{"type": "module"}')
    shutil.copytree(STATIC / "rules", folder / "rules")

    def answer(module: str, expression: str, data: Any) -> Any:
        code = (
            f"import * as m from {json.dumps(str(folder / module))};"
            "import { readFileSync } from 'node:fs';"
            f"const data = JSON.parse(readFileSync(0, 'utf8'));"
            f"process.stdout.write(JSON.stringify({expression}));"
        )
        done = subprocess.run(
            [node, "--input-type=module", "-e", code],
            input=json.dumps(data), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return answer
