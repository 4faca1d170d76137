"""What lies beside rules that are checked: the processes of the same folder, or the desk itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from engine import clock

if TYPE_CHECKING:
    from engine.rules.check import Around
    from engine.work import Work


def around(folder: Path) -> Around:
    """For a folder of rules: the day, and what the processes in `processes/` beside it wait for."""
    from engine.cli.checking import files_beside
    from engine.commands.rules_around import awaited_in
    from engine.rules.check import Around

    beside = folder.absolute().parent / "processes"
    if not beside.is_dir():
        return Around(clock.now())
    found = {
        f"{parent.name}/{inner.name}" if parent != beside else inner.name: files_beside(inner)
        for parent in (beside, beside / "templates")
        if parent.is_dir()
        for inner in sorted(parent.iterdir())
        if (inner / "process.bpmn").is_file()
    }
    shared = beside / "shared"
    parts = (
        (inner for inner in sorted(shared.iterdir()) if inner.is_dir()) if shared.is_dir() else ()
    )
    return Around(
        clock.now(), awaited=awaited_in(found, {inner.name: files_beside(inner) for inner in parts})
    )


def around_desk(work: Work) -> Callable[[Path], Around]:
    """The same by what is in force on the desk."""
    from engine.commands.rules_around import awaited_here, values_here
    from engine.rules.check import Around

    found = Around(work.now, values_here(work), awaited_here(work))
    return lambda _: found
