"""`vorgang process check` and `vorgang rules check`: for people, and by --json for machines."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli import codes
from engine.cli.beside_rules import around, around_desk
from engine.cli.context import config_option, opened, print_json, settings_of
from engine.errors import Problem

if TYPE_CHECKING:
    from engine.rules import Ruleset
    from engine.work import Work

PATH = click.Path(path_type=Path)
DIAGRAMS = (".bpmn", ".bpmn2", ".bpmn20", ".bpmn.xml", ".bpmn20.xml")  # in any case
# Warnings with which nobody can say that every ticket comes to an end.
UNPROVEN = frozenset({"undecided", "maybe-unknown"})
MANY = 200  # files from which on it pays to check several at once
ENDINGS = (".bpmn", ".json", ".yaml", ".yml", ".md")


class _Later(click.Group):
    """Beside what stands here there are others, loaded only when they are called."""

    def __init__(self, *args: Any, others: Mapping[str, str], **more: Any) -> None:
        super().__init__(*args, **more)
        self.others = others  # command → module

    def list_commands(self, context: click.Context) -> list[str]:
        """In the order of the alphabet."""
        return sorted([*self.commands, *self.others])

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command of this name."""
        if name not in self.others:
            return super().get_command(context, name)
        found: Any = getattr(
            import_module(f"engine.cli.{self.others[name]}"), name.replace("-", "_")
        )
        return found if isinstance(found, click.Command) else None


@click.group(
    cls=_Later,
    others={"incidents": "incidents", "migrate": "migrating", "move": "incidents",
            "play": "playing", "retry": "incidents", "skip": "incidents"},
)  # fmt: skip
def process() -> None:
    """Diagrams, and the tickets that follow them."""


@click.group(
    cls=_Later,
    others={
        "decide": "deciding",
        "dry-run": "trying",
        "figures": "rule_figures",
        "schema": "schema",
        "test": "deciding",
        "vocabulary": "vocabulary",
    },
)
def rules() -> None:
    """Rules."""


@process.command("check", short_help="Check diagrams and play their examples.")
@click.argument("paths", nargs=-1, required=True, type=PATH)
@click.option("--json", "as_json", is_flag=True, help="one JSON line per file")
def check_processes(paths: Sequence[Path], as_json: bool) -> int:
    """Check BPMN files, process folders or a folder of them, and play the examples beside them.

    A file is well (`ok`) when it has no error and every ticket is known to come to an end in it;
    other warnings leave it so. Exit code 0 when all are well, 1 with problems, 2 for what cannot
    be read: no file, no text, no well-formed XML.
    """
    return report(all_checked([file for path in paths for file in diagrams(path)]), as_json)


@rules.command("check", short_help="Check rules, calendars and SLAs.")
@click.argument("paths", nargs=-1, type=PATH)
@click.option("--json", "as_json", is_flag=True, help="one JSON line per file")
@click.option("--desk", "by_desk", is_flag=True, help="also whether the desk has what they name")
@config_option
@click.pass_context
def check_rules(context: click.Context, paths: Sequence[Path], as_json: bool, by_desk: bool) -> int:
    """Check rules with their examples, calendars and SLAs: files or folders of them.

    What is found comes with a ticket that shows it. Messages are looked at where processes lie
    beside the rules. With --desk its own processes and values count, and queues, SLAs, own fields
    and the like that rules name must be there. Without a path, the rules that came with the desk.
    Exit code 0 when all is well, 1 with problems, 2 for what cannot be read: no file, no text, no
    YAML.
    """
    from engine.rules import check_paths
    from engine.settings import shipped
    from engine.sla.check import CHECKS

    paths = paths or [shipped("rules")]
    if not by_desk:
        return report(check_paths(paths, CHECKS, surroundings=around), as_json)
    with opened(settings_of(context)) as desk:
        return report(
            desk.read(lambda work: check_paths(paths, CHECKS, _named(work), around_desk(work))),
            as_json,
        )


def _named(work: Work) -> Callable[[Path, Ruleset], list[Problem]]:
    """What a ruleset names and the desk has not, nor the SLAs that lie beside it."""
    from engine.commands.candidates import read_promises
    from engine.commands.known_names import unknown_names

    def unknown(file: Path, ruleset: Ruleset) -> list[Problem]:
        calendars, slas = read_promises(file.parent, [])
        return unknown_names(work, [ruleset], slas, calendars)

    return unknown


def diagrams(path: Path) -> list[Path]:
    """The BPMN files meant by a path: itself, or all those in it, however deep.

    In a folder a broken link is told, and a pipe, which would be waited for, left alone. Links to
    folders are not followed: they may go round in a circle.
    """
    try:
        if not path.is_dir():
            return [path]
        found = [
            Path(folder, name)
            for folder, _, names in os.walk(path)
            for name in names
            if name.lower().endswith(DIAGRAMS)
        ]
        return sorted(one for one in found if one.is_file() or not one.exists()) or [path]
    except (OSError, ValueError):
        return [path]


def all_checked(files: Sequence[Path]) -> list[dict[str, Any]]:
    """The results for many files, in their order; of a large collection several at once."""
    if len(files) < MANY:
        beside = Beside()
        return [checked(file, beside) for file in files]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        return list(pool.map(_checked_apart, files, chunksize=64))


def _checked_apart(file: Path) -> dict[str, Any]:
    return checked(file, _apart)


def checked(file: Path, known: Beside) -> dict[str, Any]:
    """The result for one BPMN file with what lies beside it; never raises."""
    from engine.workflow import check_files, play_examples

    try:
        files = {file.name: _bounded(file)}
        names, beside = known.files(file.parent)
        shared = known.shared(file.parent)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        if isinstance(error, IsADirectoryError):
            reason = "the folder holds no BPMN file"
        problem = Problem("unreadable", "error", None, None, f"the file cannot be read: {reason}",
                          "hand in a BPMN file or a folder with some")  # fmt: skip
        return _result(file, [problem])
    if file.name == "process.bpmn" or names == [file.name]:
        files |= beside
    else:
        mine = (name for name in beside if name != "examples.yaml")  # they are of process.bpmn
        files |= {name: beside[name] for name in mine}
        files["process.bpmn"] = files.pop(file.name)
    key = file.parent.name if file.name == "process.bpmn" else file.stem
    problems = check_files(key, files, shared, known.rulesets(file.parent))
    if not any(problem.severity == "error" for problem in problems):
        problems += play_examples(key, files, shared)
    return _result(file, problems)


def report(results: list[dict[str, Any]], as_json: bool) -> int:
    """Print the results and say with which code to end."""
    for result in results:
        shown = {key: result[key] for key in ("file", "ok", "problems")}
        if as_json:
            print_json(shown)
        else:
            _print(shown)
    if any(problem["code"] == "unreadable" for r in results for problem in r["problems"]):
        return codes.UNREADABLE
    return codes.OK if all(result["ok"] for result in results) else codes.PROBLEMS


def _print(result: dict[str, Any]) -> None:
    click.echo(f"{'ok ' if result['ok'] else 'BAD'} {result['file']}")
    for problem in result["problems"]:
        place = " ".join(str(problem[k]) for k in ("element", "line") if problem[k] is not None)
        click.echo(f"    {problem['severity']} {problem['code']} {place}: {problem['message']}")
        if problem["mend"]:
            click.echo(f"      mend: {problem['mend']}")
        if shown := problem.get("witness"):
            click.echo(f"      ticket: {json.dumps(shown, ensure_ascii=False)}")


def _result(file: Path, problems: list[Problem]) -> dict[str, Any]:
    return {
        "file": str(file).encode("utf-8", "replace").decode("utf-8"),
        "ok": not any(p.severity == "error" or p.code in UNPROVEN for p in problems),
        "problems": [problem.as_dict() for problem in problems],
    }


class Beside:
    """What lies beside diagrams, read once for each folder: thousands may lie in one."""

    def __init__(self) -> None:
        self._files: dict[Path, tuple[list[str], dict[str, bytes]]] = {}
        self._shared: dict[Path, dict[str, dict[str, bytes]]] = {}
        self._rulesets: dict[Path, list[str] | None] = {}

    def files(self, folder: Path) -> tuple[list[str], dict[str, bytes]]:
        """The names of the diagrams of a folder, and all else in it that belongs to a process."""
        if folder not in self._files:
            names = sorted(path.name for path in folder.iterdir() if path.name.endswith(".bpmn"))
            self._files[folder] = names, files_beside(folder, (".json", ".yaml", ".yml", ".md"))
        return self._files[folder]

    def shared(self, folder: Path) -> dict[str, dict[str, bytes]]:
        """The shared processes that those of a folder may call."""
        if folder not in self._shared:
            self._shared[folder] = shared_beside(folder)
        return self._shared[folder]

    def rulesets(self, folder: Path) -> list[str] | None:
        """The names of the rulesets in `rules/` beside `processes/`, where there are any."""
        if folder not in self._rulesets:
            self._rulesets[folder] = _rulesets(folder)
        return self._rulesets[folder]


_apart = Beside()  # of a process that checks some of a large collection


def files_beside(folder: Path, endings: tuple[str, ...] = ENDINGS) -> dict[str, bytes]:
    """What belongs to a process in its folder, each file bounded."""
    found = (path for path in sorted(folder.iterdir()) if path.name.endswith(endings))
    return {path.name: _bounded(path) for path in found if path.is_file()}


def _bounded(path: Path) -> bytes:
    """What a file holds, as far as that could be a diagram or a form: /dev/zero has no end."""
    from engine.workflow.xml import MAX_BYTES

    with path.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def shared_beside(folder: Path) -> dict[str, dict[str, bytes]]:
    """The shared processes that the process of a folder may call: `shared/` beside it."""
    up = folder.absolute().parent
    up = up.parent if up.name == "templates" else up
    shared = up if up.name == "shared" else up / "shared"
    if not shared.is_dir():
        return {}
    return {inner.name: files_beside(inner) for inner in sorted(shared.iterdir()) if inner.is_dir()}


def _rulesets(inner: Path) -> list[str] | None:
    for folder in inner.absolute().parents[:3]:
        if (folder / "rules" / "vocabulary.yaml").is_file():
            return sorted(path.stem for path in (folder / "rules").glob("*.yaml"))
    return None
