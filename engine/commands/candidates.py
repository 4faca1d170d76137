"""What is to be published: read from files, checked as a whole and tried, before it is in force.

Nothing in here needs a transaction: new rules are built in a limited child process and examples are
played, while the desk goes on. What is found wrong is named with its file, all of it at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.errors import Invalid, NotFound, Problem
from engine.rules import Ruleset, Vocabulary, build_checked, load_vocabulary, parse_ruleset
from engine.rules.examples import read_examples
from engine.sla.calendars import load_calendars
from engine.sla.stored import entries
from engine.sla.targets import SlaTarget, load_slas
from engine.workflow import check_files, play_examples

LARGEST = 4 * 2**20  # bytes of one file
NOT_A_PROCESS = {"shared", "offers", "templates"}
NOT_A_RULESET = {"vocabulary", "calendars", "slas"}
PROCESS_FILES = (
    ".bpmn",
    ".json",
    ".yaml",
    ".yml",
    ".md",
)  # pictures and the like stay where they are

Files = dict[str, bytes]


@dataclass(frozen=True)
class RulesCandidate:
    """A release that was built and stood its examples, with the calendars and SLAs beside it."""

    digest: str
    documents: Mapping[str, str]  # ruleset → text
    vocabulary: str
    calendars: Mapping[str, dict[str, Any]]
    slas: Mapping[str, SlaTarget]
    rulesets: tuple[Ruleset, ...] = ()
    examples: Mapping[str, str] = field(default_factory=dict)  # ruleset → text


@dataclass(frozen=True)
class ProcessesCandidate:
    """Processes without errors whose examples came out right; `left_out` are files not taken."""

    processes: Mapping[str, Files]
    shared: Mapping[str, Files]
    left_out: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()  # each says in which process


def read_rules(folder: Path) -> RulesCandidate:
    """The rules of a folder, built and tried; raises `Invalid` with the problems of all files."""
    problems: list[Problem] = []
    vocabulary_text = read_text(folder / "vocabulary.yaml")
    try:
        vocabulary = load_vocabulary(vocabulary_text)
    except Invalid as error:
        raise Invalid(error.message, _in("vocabulary.yaml", error.problems)) from None
    documents: dict[str, str] = {}
    rulesets = list(_rulesets(folder, vocabulary, documents, problems))
    texts: dict[str, str] = {}
    examples = dict(_examples(folder / "examples", texts, problems))
    calendars, slas = read_promises(folder, problems)
    if problems:
        raise Invalid("The rules were not published.", problems)
    try:
        release = build_checked(rulesets, vocabulary, examples)
    except Invalid as error:
        raise Invalid(f"The rules were not published: {error.message}.", error.problems) from None
    release.close()
    return RulesCandidate(
        release.digest, documents, vocabulary_text, calendars, slas, tuple(rulesets), texts
    )


def read_promises(
    folder: Path, problems: list[Problem]
) -> tuple[dict[str, dict[str, Any]], dict[str, SlaTarget]]:
    """The calendars and SLAs of a folder; an SLA may name only a calendar that lies beside it."""
    calendars: dict[str, dict[str, Any]] = {}
    slas: dict[str, SlaTarget] = {}
    known: Collection[str] | None = None
    if (folder / "calendars.yaml").is_file():
        text = read_text(folder / "calendars.yaml")
        try:
            known = load_calendars(text)
            calendars = entries(text)
        except Invalid as error:
            problems += _in("calendars.yaml", error.problems)
    if (folder / "slas.yaml").is_file():
        broken = known is None and (folder / "calendars.yaml").is_file()
        try:
            text = read_text(folder / "slas.yaml")
            slas = load_slas(text, None if broken else known or ())
        except Invalid as error:
            problems += _in("slas.yaml", error.problems)
    return calendars, slas


def read_processes(
    folder: Path, rulesets: Collection[str] | None, keys: Collection[str] | None = None
) -> ProcessesCandidate:
    """The processes of a folder, checked and their examples played; raises `Invalid` with all.

    With `keys` only these, with all that they may call.
    """
    left_out: list[str] = []
    shared = {path.name: _files(path, left_out) for path in _folders(folder / "shared")}
    found = {
        path.name: _files(path, left_out)
        for path in _folders(folder)
        if path.name not in NOT_A_PROCESS and (keys is None or path.name in keys)
    }
    problems: list[Problem] = []
    warnings: list[Problem] = []
    for key, files in found.items():
        all_found = check_files(key, files, shared, rulesets)
        wrong = [p for p in all_found if p.severity == "error"]
        warnings += _in(key, (p for p in all_found if p.severity != "error"))
        problems += _in(key, wrong or play_examples(key, files, shared))
    if not problems:
        for key, files in shared.items():
            problems += _in(f"shared/{key}", play_examples(key, files, shared))
    if problems:
        raise Invalid("The processes were not published.", problems)
    return ProcessesCandidate(found, shared, tuple(left_out), tuple(warnings))


def read_text(path: Path) -> str:
    """The text of a file; `NotFound` where there is none, `Invalid` for what is no text."""
    try:
        if path.stat().st_size > LARGEST:
            raise Invalid(f"{path} is larger than {LARGEST // 2**20} MB.")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFound(f"There is no file {path}.") from None
    except UnicodeDecodeError:
        raise Invalid(f"{path} is not text in UTF-8.") from None
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from None


def _rulesets(
    folder: Path, vocabulary: Vocabulary, documents: dict[str, str], problems: list[Problem]
) -> Iterator[Ruleset]:
    for path in sorted(folder.glob("*.yaml")):
        if path.stem in NOT_A_RULESET:
            continue
        documents[path.stem] = read_text(path)
        ruleset, found = parse_ruleset(path.stem, documents[path.stem], vocabulary, path.name)
        problems += _in(path.name, (p for p in found if p.severity == "error"))
        if ruleset is not None:
            yield ruleset


def _examples(
    folder: Path, texts: dict[str, str], problems: list[Problem]
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for path in sorted(folder.glob("*.yaml")):
        texts[path.stem] = read_text(path)
        good, found = read_examples(texts[path.stem])
        problems += _in(f"examples/{path.name}", found)
        yield path.stem, good


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if (p / "process.bpmn").is_file())


def _files(folder: Path, left_out: list[str]) -> Files:
    """What belongs to a process in its folder, by name; all of it is kept as text."""
    found: Files = {}
    for path in sorted(folder.iterdir()):
        if not path.is_file() or path.name.startswith("."):
            continue
        if path.suffix in PROCESS_FILES:
            found[path.name] = read_text(path).encode()
        else:
            left_out.append(f"{folder.name}/{path.name}")
    return found


def _in(place: str, problems: Iterable[Problem]) -> list[Problem]:
    """The same problems, each saying which file or folder it is in."""
    return [replace(problem, message=f"{place}: {problem.message}") for problem in problems]
