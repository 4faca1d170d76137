"""`vorgang process play`: the examples of a process played, with what they cover."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli import codes
from engine.cli.checking import files_beside, shared_beside
from engine.cli.context import config_option, opened, print_json, settings_of
from engine.errors import NotFound, Problem

if TYPE_CHECKING:
    from engine.work import Work
    from engine.workflow import Coverage

Files = Mapping[str, bytes]
UNREADABLE = {"unreadable", "no-process", "not-bpmn", "not-executable"}


@click.command("play", short_help="Play the examples of a process, with what they cover.")
@click.argument("what", metavar="FOLDER|KEY")
@click.option("--example", "only", default="", help="only the example of this name")
@click.option("--in-force", is_flag=True, help="of a KEY what is in force, not its draft")
@click.option("--json", "as_json", is_flag=True, help="one JSON document")
@config_option
@click.pass_context
def play(context: click.Context, what: str, only: str, in_force: bool, as_json: bool) -> int:
    """Play the examples in a process folder, or of a process of the desk by its key.

    Of a process of the desk its draft, where somebody has begun one. Says which examples come out
    right, why the others do not, and which steps and flows none of them covers. Exit code 0 when
    all come out right, 1 when one does not, 2 for what cannot be read.
    """
    from engine.workflow import play_all

    try:
        key, files, shared = _read(context, what, in_force)
    except (OSError, ValueError) as error:
        click.echo(f"{what} cannot be read: {error}", err=True)
        return codes.UNREADABLE
    found = play_all(key, files, shared)
    if only and found.results and only not in {one.name for one in found.results}:
        raise NotFound(f"There is no example called {only!r}.")
    shown = _shown(key, found, only)
    if as_json:
        print_json(shown)
    else:
        _print(shown)
    if any(_unreadable(problem) for problem in found.problems):
        return codes.UNREADABLE
    return codes.OK if shown["ok"] else codes.PROBLEMS


def _read(
    context: click.Context, what: str, in_force: bool
) -> tuple[str, Files, Mapping[str, Files]]:
    folder = Path(what)
    if folder.is_dir():
        return folder.absolute().name, files_beside(folder), shared_beside(folder)
    with opened(settings_of(context)) as desk:
        return (what, *desk.read(lambda work: _files_of(work, what, in_force)))


def _files_of(work: Work, key: str, in_force: bool) -> tuple[Files, Mapping[str, Files]]:
    from engine.commands.process_drafts import draft_bytes, draft_of, shared_bytes

    draft = None if in_force else draft_of(work.session, key)
    if draft is not None:
        return draft_bytes(draft), shared_bytes(work.session)
    version = work.desk.library.in_force(work.session, key)
    return _bytes(version.files), {name: _bytes(files) for name, files in version.shared.items()}


def _bytes(files: Mapping[str, str]) -> dict[str, bytes]:
    return {name: text.encode() for name, text in files.items()}


def _unreadable(problem: Problem) -> bool:
    return problem.code in UNREADABLE


def _shown(key: str, found: Coverage, only: str) -> dict[str, Any]:
    """What is told: of one example its own way, of all of them what they cover together."""
    results = [one for one in found.results if only in ("", one.name)]
    one = results[0] if only and results else None
    steps = set(one.steps) if one else found.covered_steps
    flows = set(one.flows) if one else found.covered_flows
    problems = [problem for problem in found.problems if not only or problem.element == only
                or problem.code != "example-failed"]  # fmt: skip
    return {
        "process": key,
        "ok": not problems,
        "examples": [
            {"name": r.name, "ok": r.passed, "line": r.line, "step": r.step,
             "problems": [str(text) for text in r.problems]}
            for r in results
        ],
        "problems": [p.as_dict() for p in problems if not (p.code == "example-failed" and results)],
        "steps": {"covered": len(steps), "all": len(found.all_steps),
                  "uncovered": [name for name in found.all_steps if name not in steps]},
        "flows": {"covered": len(flows), "all": len(found.all_flows),
                  "uncovered": [name for name in found.all_flows if name not in flows]},
    }  # fmt: skip


def _print(shown: Mapping[str, Any]) -> None:
    for one in shown["examples"]:
        click.echo(f"{'ok ' if one['ok'] else 'BAD'} {one['name']}")
        for text in one["problems"]:
            click.echo(f"    line {one['line']}: {text}")
    for problem in shown["problems"]:
        place = " ".join(str(problem[k]) for k in ("element", "line") if problem[k] is not None)
        click.echo(f"BAD {problem['code']} {place}: {problem['message']}")
    for what in ("steps", "flows"):
        part = shown[what]
        click.echo(f"{what}: {part['covered']} of {part['all']} covered")
        for name in part["uncovered"]:
            click.echo(f"    not covered: {name}")
