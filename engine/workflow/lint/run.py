"""Runs every check over a process and collects what they found."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from engine.errors import Invalid, Problem
from engine.workflow.source import read_bundle


def check_all(
    key: str,
    files: Mapping[str, bytes],
    shared: Mapping[str, Mapping[str, bytes]],
    rulesets: Collection[str] | None = None,
) -> list[Problem]:
    """Everything wrong with a process' files, errors first; never raises."""
    try:
        read_bundle(key, files, shared)
    except Invalid as error:
        return list(error.problems)
    return []
