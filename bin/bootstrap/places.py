"""Where things lie in a checkout, so that no other module spells a path."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
VENV_BIN = VENV / "bin"
NODE_MODULES = ROOT / "node_modules"
VENDOR = ROOT / "webapp" / "static" / "vendor"
BUILD = ROOT / "build"
LOG = BUILD / "setup.log"

CONSTRAINTS = ROOT / "constraints.txt"
DEV_REQUIREMENTS = ROOT / "requirements-dev.txt"
BENCH_REQUIREMENTS = ROOT / "requirements-bench.txt"
PACKAGE_LOCK = ROOT / "package-lock.json"


def home() -> Path:
    """The directory below which the desk will write everything (VORGANG_HOME)."""
    return Path(os.environ.get("VORGANG_HOME") or ROOT / "var")
