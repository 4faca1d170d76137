"""The command line `vorgang`: the operators' door, and the pipe's."""

from __future__ import annotations


def main() -> None:
    """Entry point of the console script; exits with a documented code (docs in `codes.py`)."""
    from engine.cli.run import run

    raise SystemExit(run())
