"""All examples of a process played: which came out right, and which steps and flows they walked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.errors import Invalid, Problem
from engine.workflow.definition import Definition, load_definition
from engine.workflow.examples import EXAMPLES, example_problem, read_examples
from engine.workflow.flows import flows_of, flows_walked, steps_of, steps_walked
from engine.workflow.player import Player
from engine.workflow.scenario import UNPLAYABLE, played
from engine.workflow.told import Told


@dataclass(frozen=True)
class Result:
    """How one example came out; `step` is the number of the first one that went another way."""

    name: str
    passed: bool
    problems: tuple[Told, ...]
    line: int
    step: int | None = None
    steps: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Coverage:
    """What the examples of a process say about it.

    `problems` are those that stop publishing: a red example, examples that cannot be read.
    """

    results: tuple[Result, ...] = ()
    problems: tuple[Problem, ...] = ()
    all_steps: tuple[str, ...] = ()
    all_flows: tuple[str, ...] = ()
    covered_steps: frozenset[str] = field(default_factory=frozenset)
    covered_flows: frozenset[str] = field(default_factory=frozenset)

    @property
    def passed(self) -> bool:
        """Whether every example came out right."""
        return not self.problems

    @property
    def uncovered_steps(self) -> list[str]:
        """The steps that no example reaches and leaves."""
        return [step for step in self.all_steps if step not in self.covered_steps]

    @property
    def uncovered_flows(self) -> list[str]:
        """The flows on which no example goes."""
        return [flow for flow in self.all_flows if flow not in self.covered_flows]


def play_all(
    key: str, files: Mapping[str, bytes], shared: Mapping[str, Mapping[str, bytes]]
) -> Coverage:
    """Play the examples beside a diagram; never raises, whatever the files hold.

    A diagram that cannot be loaded has its reasons as `problems`. Steps and flows count as covered
    by examples that came out right; what a red one walked, it may walk for the wrong reason.
    """
    try:
        definition = load_definition(key, files, shared)
    except Invalid as error:
        return Coverage(problems=tuple(error.problems))
    return play_examples_of(definition, files.get(EXAMPLES, b""))


def play_examples_of(definition: Definition, raw: bytes) -> Coverage:
    """The same for a diagram that is loaded already."""
    examples, problems = read_examples(raw)
    results = [_play(definition, one.name, one.scenario, one.line) for one in examples]
    wrong = [
        example_problem(result.name, result.line, text, "correct the diagram or the example")
        for result in results
        for text in result.problems
    ]
    good = [result for result in results if result.passed]
    return Coverage(
        tuple(results),
        (*problems, *wrong),
        tuple(steps_of(definition)),
        tuple(flows_of(definition)),
        frozenset(step for result in good for step in result.steps),
        frozenset(flow for result in good for flow in result.flows),
    )


def _play(definition: Definition, name: str, scenario: Mapping[str, object], line: int) -> Result:
    try:
        player, problems = played(definition, scenario)
    except Exception as error:  # whatever an example makes the machine do, it is a finding
        player, problems = None, [Told(UNPLAYABLE, why=type(error).__name__)]
    if player is None:
        return Result(name, False, tuple(problems), line)
    return result_of(definition, player, name, line)


def result_of(definition: Definition, player: Player, name: str, line: int = 0) -> Result:
    """A play that is over as a result."""
    own = set(steps_of(definition))
    differs = next((move.number for move in player.moves if move.problems), None)
    return Result(
        name,
        not player.problems,
        tuple(player.problems),
        line,
        differs,
        tuple(step for step in steps_walked(player.passed) if step in own),
        tuple(flows_walked(definition, player.passed)),
    )


def play_examples(
    key: str, files: Mapping[str, bytes], shared: Mapping[str, Mapping[str, bytes]]
) -> list[Problem]:
    """Play the examples beside a diagram: each place where one goes another way; never raises."""
    return list(play_all(key, files, shared).problems) if EXAMPLES in files else []
