"""Whether a process always comes to an end, found out by playing the token game beforehand.

See docs/adr/0018 for how it is decided, and what is left open.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.errors import Invalid, Problem
from engine.workflow.soundness.verdict import Soundness, judge
from engine.workflow.source import Bundle, read_bundle

Files = Mapping[str, bytes]


def soundness_of(key: str, files: Files, shared: Mapping[str, Files]) -> Soundness:
    """The verdict on a process, with a scenario that shows what is wrong; never raises."""
    from engine.workflow.lint.run import check_all, refuses

    errors = [p for p in check_all(key, files, shared, sound=False) if refuses(p)]
    if errors:
        reason = "it has errors that have to be mended first"
        return Soundness("undecided", reason, errors[0].element)
    try:
        return judged(read_bundle(key, files, shared))
    except Invalid:
        return Soundness("undecided", "it cannot be read")


def judged(bundle: Bundle) -> Soundness:
    """The verdict on files without errors; a fault of ours makes it undecided, not an error."""
    try:
        return judge(bundle)
    except Exception as fault:
        element = bundle.process.get("id")
        line = bundle.process.sourceline
        text = f"Whether the process always comes to an end is not decided: {fault!r}"
        mend = "This is a defect of Vorgang: report it with the file"
        problem = Problem("undecided", "warning", element, line, text, mend)  # type: ignore[arg-type]
        return Soundness("undecided", text, element, None, (problem,))


__all__ = ["Soundness", "judged", "soundness_of"]
