"""What is to be known of the next release of the rules before it is in force."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from engine.commands.known_names import unknown_names
from engine.commands.rules_around import awaited_here, values_here
from engine.commands.rules_drafts import Standing, standing
from engine.errors import Invalid, Problem
from engine.rules import (
    Release,
    Ruleset,
    Vocabulary,
    parse_ruleset,
    preview_release,
    vocabulary_of,
)
from engine.rules.difference import ExampleChange, RuleChange, difference, example_difference
from engine.rules.examples import malformed, read_examples, run_example
from engine.rules.lint import Awaited, lint_rulesets, ticket_for
from engine.work import Work

Found = Mapping[str, tuple[Problem, ...]]  # by ruleset
STOPPED = "The rules were not published."
UNSEEN = "Warnings have to be acknowledged before publishing."


@dataclass(frozen=True)
class RulesExamination:
    """The next release; `preview` answers as it would, without the core, if it can be read."""

    stand: Standing
    changes: tuple[RuleChange, ...]
    problems: Found
    red: Found = field(default_factory=dict)  # examples that come out otherwise
    examples: int = 0
    preview: Release | None = None

    @property
    def example_changes(self) -> list[ExampleChange]:
        """The examples that differ from those of the release in force."""
        release = self.stand.release
        return example_difference(release.examples if release else {}, self.stand.examples)

    @property
    def errors(self) -> list[Problem]:
        """What stops a publishing."""
        return [p for p in _all(self.problems, self.red) if p.severity == "error"]

    @property
    def warnings(self) -> list[tuple[str, Problem]]:
        """What has to be acknowledged, each with its mark."""
        return [(mark, problem) for mark, _, problem in self.marked]

    @property
    def marked(self) -> list[tuple[str, str, Problem]]:
        """The same with the ruleset that each is about: mark, ruleset, warning."""
        return [
            (mark_of(name, problem), name, problem)
            for name, problems in self.problems.items()
            for problem in problems
            if problem.severity == "warning"
        ]

    def refuse_unfit(self, acknowledged: Collection[str]) -> None:
        """Raise `Invalid` with everything that stands in the way of a publishing."""
        if self.errors:
            raise Invalid(STOPPED, self.errors)
        unseen = [problem for mark, problem in self.warnings if mark not in acknowledged]
        if unseen:
            raise Invalid(UNSEEN, unseen)


def examine_rules(work: Work) -> RulesExamination:
    """All that can be said of the next release without putting anything in force."""
    return _examined(work, standing(work.session))


def examine_typed(
    work: Work, name: str, *, text: str | None = None, examples: str | None = None
) -> RulesExamination:
    """The same as if a ruleset's text or its examples were kept as they are being typed.

    Nothing of it is remembered: the next letter makes another text.
    """
    stand = standing(work.session)
    documents, beside = dict(stand.documents), dict(stand.examples)
    if text is not None:
        documents[name] = text
    if examples is not None:
        beside[name] = examples
    return _examined(work, replace(stand, documents=documents, examples=beside), typed=name)


def _examined(work: Work, stand: Standing, typed: str = "") -> RulesExamination:
    in_force = stand.release.documents if stand.release else {}
    changes = () if typed else tuple(difference(in_force, stand.documents))
    vocabulary = vocabulary_of(stand.vocabulary)
    rulesets, problems = read_all(stand.documents, vocabulary, typed)
    by_name = {ruleset.name: ruleset for ruleset in rulesets}
    for problem in unknown_names(work, rulesets):
        name, _, message = problem.message.partition(": ")
        shown = ticket_for(by_name[name], vocabulary, problem.element or "")
        told = replace(problem, message=message, witness=shown)  # where the ruleset is named
        problems.setdefault(name, []).append(told)
    look_at = partial(linted, work, stand.documents, vocabulary)
    for name, found in (look_at(rulesets) if typed else look_at()).items():
        problems.setdefault(name, []).extend(found)
    preview = None
    red: dict[str, list[Problem]] = {}
    wrong: Sequence[Problem]
    count = 0
    if len(rulesets) == len(stand.documents):
        preview = preview_release(rulesets, vocabulary)
        for ruleset in rulesets:
            beside = stand.examples.get(ruleset.name, "")
            if ruleset.name == typed:
                total, wrong = run_examples(preview, ruleset, beside)
            else:
                total, wrong = _tried(ruleset.name, ruleset.text, vocabulary.text, beside)
            count += total
            if wrong:
                red[ruleset.name] = list(wrong)
    return RulesExamination(stand, changes, _kept(problems), _kept(red), count, preview)


def read_all(
    documents: Mapping[str, str], vocabulary: Vocabulary, typed: str = ""
) -> tuple[list[Ruleset], dict[str, list[Problem]]]:
    """The rulesets that can be read, and everything that was found in any of them.

    The one that is just being `typed` is not worth remembering.
    """
    rulesets: list[Ruleset] = []
    problems: dict[str, list[Problem]] = {}
    for name, text in documents.items():
        read = _parsed.__wrapped__ if name == typed else _parsed
        ruleset, found = read(name, text, vocabulary.text)
        if found:
            problems[name] = list(found)
        if ruleset is not None:
            rulesets.append(ruleset)
    return rulesets, problems


def linted(
    work: Work,
    documents: Mapping[str, str],
    vocabulary: Vocabulary,
    rulesets: Sequence[Ruleset] | None = None,
) -> Mapping[str, Sequence[Problem]]:
    """What is found when all rules are looked at together, as of today, on this desk.

    With `rulesets`, read from the documents already, nothing is remembered.
    """
    today = work.now.replace(hour=0, minute=0, second=0, microsecond=0)
    values = tuple(sorted(values_here(work).items()))
    if rulesets is not None:
        return lint_rulesets(
            rulesets, vocabulary, now=today, values=dict(values), awaited=awaited_here(work)
        )
    return _linted(tuple(documents.items()), vocabulary.text, today, values, awaited_here(work))


@lru_cache(maxsize=16)
def _linted(
    documents: tuple[tuple[str, str], ...],
    vocabulary: str,
    today: datetime,
    values: tuple[tuple[str, tuple[Any, ...]], ...],
    awaited: tuple[Awaited, ...],
) -> Mapping[str, Sequence[Problem]]:
    rulesets, _ = read_all(dict(documents), vocabulary_of(vocabulary))
    return lint_rulesets(
        rulesets, vocabulary_of(vocabulary), now=today, values=dict(values), awaited=awaited
    )


@lru_cache(maxsize=128)
def _parsed(name: str, text: str, vocabulary: str) -> tuple[Ruleset | None, tuple[Problem, ...]]:
    ruleset, found = parse_ruleset(name, text, vocabulary_of(vocabulary), name)
    return ruleset, tuple(found)


@lru_cache(maxsize=128)
def _tried(name: str, text: str, vocabulary: str, beside: str) -> tuple[int, Sequence[Problem]]:
    """The same as `run_examples`, which only the ruleset itself and its words decide."""
    ruleset, _ = _parsed(name, text, vocabulary)
    assert ruleset is not None
    return run_examples(preview_release([ruleset], vocabulary_of(vocabulary)), ruleset, beside)


def run_examples(release: Release, ruleset: Ruleset, text: str) -> tuple[int, list[Problem]]:
    """How many examples a ruleset has, inside and beside it, and what came out otherwise."""
    beside, problems = read_examples(text) if text.strip() else ([], [])
    wrong = [p for p in problems if p.severity == "error"]
    count = len(beside) + len(ruleset.tests)
    for example in [*ruleset.tests, *beside]:
        wrong += malformed(example) or run_example(release, ruleset.name, example)
    return count, wrong


def mark_of(ruleset: str, problem: Problem) -> str:
    """A mark that stays with a warning as long as it says the same of the same rule."""
    said = "\n".join([ruleset, problem.code, problem.element or "", problem.message])
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:16]


def _all(*found: Found) -> Iterable[Problem]:
    return (problem for one in found for problems in one.values() for problem in problems)


def _kept(found: Mapping[str, list[Problem]]) -> dict[str, tuple[Problem, ...]]:
    return {name: tuple(problems) for name, problems in found.items()}
