"""Files and folders of rules, checked as the command line shows it: one finding list per file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.errors import Problem
from engine.rules.document import parse_ruleset
from engine.rules.examples import malformed, read_examples, run_example
from engine.rules.lint import Awaited, lint_rulesets
from engine.rules.release import compile_release
from engine.rules.ruleset import Ruleset
from engine.rules.source import LARGEST
from engine.rules.vocabulary import Vocabulary, read_vocabulary

SUFFIXES = (".yaml", ".yml")
NOT_OURS = frozenset({"calendars.yaml", "slas.yaml"})  # lie in rules/, belong to the clocks
Other = Callable[[Path, str], list[Problem]]  # checks a file that belongs to another room
More = Callable[[Path, Ruleset], list[Problem]]
Surroundings = Callable[[Path], "Around"]
VOCABULARY = "vocabulary.yaml"
STARTER = (  # where the starter rules lie: in a checkout, and installed
    Path(__file__).resolve().parents[2] / "rules",
    Path(sys.prefix) / "share" / "vorgang" / "rules",
)


@dataclass(frozen=True)
class Around:
    """What the checks of whole rulesets are told beside them; see engine.rules.lint."""

    now: datetime | None = None
    values: Mapping[str, Sequence[Any]] | None = None
    awaited: Sequence[Awaited] | None = None


def check_paths(
    paths: Iterable[str | os.PathLike[str]],
    others: Mapping[str, Other] | None = None,
    more: More | None = None,
    surroundings: Surroundings | None = None,
) -> list[dict[str, Any]]:
    """Check rule files, vocabularies, examples and whole folders; never raises.

    `others`: file name → what checks such a file; those in NOT_OURS are left out without it.
    `more`: what else is to be found in a ruleset without errors, lying in that file.
    `surroundings`: what is to be known beside the rules of a folder. Rulesets of one folder are
    looked at together: they set each other off.
    One dict per file: file, ok (no error among the problems), problems (as Problem.as_dict()).
    A file that cannot be read at all has `unreadable: True` besides.
    """
    other = dict(others or {})
    whole = _Whole(surroundings)
    found = [
        (file, _checked(file, other, more, whole))
        for path in paths
        for file in _files(Path(path), NOT_OURS - set(other))
    ]
    linted = whole.problems()
    return [_result(file, [*problems, *linted.get(file, ())]) for file, problems in found]


def check_folder(path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """check_paths for one folder or file."""
    return check_paths([path])


def _result(file: Path, problems: list[Problem]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "file": os.fspath(file).encode("utf-8", "replace").decode("utf-8"),
        "ok": not any(problem.severity == "error" for problem in problems),
        "problems": [problem.as_dict() for problem in problems],
    }
    if any(problem.code == "unreadable" for problem in problems):
        result["unreadable"] = True
    return result


def _files(path: Path, without: Collection[str]) -> Iterator[Path]:
    """The file itself, or the YAML files of a folder and of its examples, in order of name."""
    try:
        if not path.is_dir():
            yield path
            return
        found = sorted(
            file
            for folder in (path, path / "examples")
            if folder.is_dir()
            for file in folder.iterdir()
            if file.suffix in SUFFIXES
            and file.name not in without
            and (file.is_file() or not file.exists())  # a broken link is told, a pipe left alone
        )
    except (OSError, ValueError):
        found = []
    yield from found or [path]


class _Whole:
    """The rulesets without errors by the folder in which they lie."""

    def __init__(self, surroundings: Surroundings | None) -> None:
        self.surroundings = surroundings
        self.folders: dict[Path, dict[Path, tuple[Ruleset, Vocabulary]]] = {}

    def add(self, file: Path, ruleset: Ruleset, vocabulary: Vocabulary) -> None:
        """Keep one of them."""
        self.folders.setdefault(file.parent, {})[file] = (ruleset, vocabulary)

    def problems(self) -> dict[Path, list[Problem]]:
        """What is found when those of a folder are looked at together, by file."""
        found: dict[Path, list[Problem]] = {}
        for folder, files in self.folders.items():
            known = self.surroundings(folder) if self.surroundings else Around()
            named = {ruleset.name: file for file, (ruleset, _) in files.items()}
            sets = [files[file][0] for file in named.values()]
            vocabulary = next(vocabulary for _, vocabulary in files.values())
            said = lint_rulesets(
                sets, vocabulary, now=known.now, values=known.values, awaited=known.awaited
            )
            found.update({named[name]: problems for name, problems in said.items()})
        return found


def _checked(
    file: Path, others: Mapping[str, Other], more: More | None, whole: _Whole
) -> list[Problem]:
    try:
        return _check(file, others, more, whole)
    except Exception as error:  # whatever a file holds, the other files are still checked
        return [_unreadable(f"cannot be checked: {type(error).__name__}")]


def _check(
    file: Path, others: Mapping[str, Other], more: More | None, whole: _Whole
) -> list[Problem]:
    text, problems = _text(file)
    if problems:
        return problems
    if file.name in others and file.parent.name != "examples":
        return others[file.name](file, text)
    if file.name == VOCABULARY:
        return read_vocabulary(text)[1]
    vocabulary, problems = _vocabulary_for(file)
    if vocabulary is None:
        return problems
    if file.parent.name == "examples":
        return _check_examples(file, text, vocabulary)
    ruleset, problems = parse_ruleset(None, text, vocabulary, file.name)
    if ruleset is None:
        return problems
    problems += _run(ruleset, vocabulary, list(ruleset.tests))
    whole.add(file, ruleset, vocabulary)
    return problems + (more(file, ruleset) if more else [])


def _text(file: Path) -> tuple[str, list[Problem]]:
    try:
        with file.open("rb") as stream:
            raw = stream.read(LARGEST + 1)
        if not raw.strip():
            return "", [_unreadable("the file is empty")]
        return raw.decode("utf-8"), []
    except UnicodeDecodeError:
        return "", [_unreadable("the file is not text in UTF-8")]
    except IsADirectoryError:
        return "", [_unreadable("the folder holds no YAML file")]
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return "", [_unreadable(f"the file cannot be read: {reason}")]


def _unreadable(message: str) -> Problem:
    return Problem("unreadable", "error", None, None, message, "hand in a YAML file in UTF-8")


def _vocabulary_for(file: Path) -> tuple[Vocabulary | None, list[Problem]]:
    """The vocabulary that lies beside the file or one folder up, else the starter set's."""
    for folder in (file.parent, file.parent.parent, *STARTER):
        beside = folder / VOCABULARY
        if beside.is_file():
            text, problems = _text(beside)
            if problems:
                return None, problems
            vocabulary, problems = read_vocabulary(text)
            if vocabulary is None:
                problems = [_in_vocabulary(beside, problem) for problem in problems]
            return vocabulary, problems
    return None, [_unreadable("there is no vocabulary.yaml beside the file")]


def _in_vocabulary(path: Path, problem: Problem) -> Problem:
    message = f"{path.name} line {problem.line}: {problem.message}"
    return Problem("vocabulary", "error", problem.element, None, message, problem.mend)


def _check_examples(file: Path, text: str, vocabulary: Vocabulary) -> list[Problem]:
    examples, problems = read_examples(text)
    if any(problem.code == "unreadable" for problem in problems):
        return problems
    rules = file.parent.parent / file.name
    source, missing = _text(rules)
    if missing:
        problems.append(
            Problem("example", "error", None, 1, f"there is no ruleset {rules.name} one folder up",
                    "name the file of examples like the ruleset")
        )  # fmt: skip
        return problems
    ruleset, _ = parse_ruleset(None, source, vocabulary, rules.name)
    if ruleset is None:
        problems.append(
            Problem("example", "error", None, 1, f"{rules.name} has errors of its own",
                    "check that file first")
        )  # fmt: skip
        return problems
    return problems + _run(ruleset, vocabulary, examples)


def _run(ruleset: Ruleset, vocabulary: Vocabulary, examples: list[Any]) -> list[Problem]:
    """Compile, which may still refuse, and run the examples."""
    release = compile_release([ruleset], vocabulary)
    try:
        return [
            problem
            for example in examples
            for problem in malformed(example) or run_example(release, ruleset.name, example)
        ]
    finally:
        release.close()
