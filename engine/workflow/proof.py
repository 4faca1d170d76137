"""All that the checks say of a process in one go: the findings, and the verdict with its course."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from engine.errors import Problem
from engine.workflow.soundness import Soundness, judged
from engine.workflow.source import read_bundle

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Proof:
    """Findings, errors first; the verdict is None where errors have to be mended before."""

    problems: tuple[Problem, ...]
    soundness: Soundness | None = None


def prove(
    key: str, files: Files, shared: Mapping[str, Files], rulesets: Collection[str] | None = None
) -> Proof:
    """Check a process and judge it where it can be run; never raises on any input."""
    from engine.workflow.lint.run import (
        check_all,
        refuses,
    )  # who only runs processes never needs it

    problems = check_all(key, files, shared, rulesets, sound=False)
    if any(refuses(problem) for problem in problems):
        return Proof(tuple(problems))
    soundness = judged(read_bundle(key, files, shared))
    found = [*problems, *soundness.problems]
    found.sort(key=lambda p: (p.severity != "error", p.line or 0))
    return Proof(tuple(found), soundness)
