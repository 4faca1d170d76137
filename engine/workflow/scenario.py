"""Plays a written example against a process: the tests that live beside a diagram."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import yaml

from engine.errors import Invalid, Problem, VorgangError
from engine.workflow.definition import Definition, Step, load_definition
from engine.workflow.instance import Hooks, Instance, Progress
from engine.workflow.office_hours import office_hours
from engine.workflow.timers import parse_duration

START = datetime(2030, 1, 7, 8, 0, tzinfo=UTC)  # a Monday morning
EXAMPLES = "examples.yaml"
_ACTIONS = ("expect", "complete", "message", "advance", "expect_end", "retry", "data")


class ScenarioHooks:
    """Answers rulesets from the scenario and notes effects; `hooks` answers what it does not."""

    def __init__(self, scenario: Mapping[str, Any], hooks: Hooks | None) -> None:
        self.rulesets: Mapping[str, Any] = scenario.get("rulesets") or {}
        self.hooks = hooks
        self.effects: list[str] = []

    def decide(self, ruleset: str, data: Mapping[str, Any], step: Step) -> Mapping[str, Any]:
        """What the scenario says the ruleset decides, else what the hooks say, else nothing."""
        if ruleset in self.rulesets:
            return dict(self.rulesets[ruleset] or {})
        return self.hooks.decide(ruleset, data, step) if self.hooks is not None else {}

    def effect(self, name: str, params: Mapping[str, Any], step: Step) -> Any:
        """Note the effect; its answer comes from the hooks, if there are any."""
        self.effects.append(name)
        return self.hooks.effect(name, params, step) if self.hooks is not None else None

    def working_time(self, start: datetime, days: int, seconds: int) -> datetime:
        """By the calendar of the hooks, else Monday to Friday from 8 to 18 in UTC."""
        if self.hooks is not None:
            return self.hooks.working_time(start, days, seconds)
        return office_hours(start, days, seconds)


class _Player:
    def __init__(self, definition: Definition, scenario: Mapping[str, Any], hooks: Hooks | None):
        self.definition, self.scenario = definition, scenario
        self.hooks = ScenarioHooks(scenario, hooks)
        self.now, self.problems, self.ends = START, list[str](), list[str]()

    def play(self) -> list[str]:
        ticket = {"number": "1", "title": "", "body": "", "state": "new", "tags": [], "vip": False}
        ticket |= self.scenario.get("ticket") or {}
        given = dict(self.scenario.get("given") or {})  # what the caller of a shared process sets
        self.instance, progress = Instance.start(
            self.definition, {"ticket": ticket} | given, self.hooks, self.now
        )
        self._note(progress)
        for number, step in enumerate(self.scenario.get("steps") or [], 1):
            before = len(self.problems)
            self._step(step)
            self.problems[before:] = [f"step {number}: {text}" for text in self.problems[before:]]
            if len(self.problems) > before:
                return self.problems
        wanted = self.scenario.get("effects")
        if wanted is not None and list(wanted) != self.hooks.effects:
            self.problems.append(f"effects were {self.hooks.effects}, expected {list(wanted)}")
        return self.problems

    def _step(self, step: Any) -> None:
        actions = [a for a in _ACTIONS if isinstance(step, Mapping) and a in step]
        if len(actions) != 1:
            self.problems.append(f"needs exactly one of {', '.join(_ACTIONS)}")
            return
        self.instance = Instance.load(self.definition, self.instance.dump(), self.hooks)
        getattr(self, f"_{actions[0]}")(step)

    def _note(self, progress: Progress) -> None:
        self.ends += progress.end_steps
        for failure in progress.failures:
            self.problems.append(f'"{failure.step_id}" failed: {failure.message}')

    def _expect(self, step: Mapping[str, Any]) -> None:
        wanted = step["expect"]
        wanted = sorted([wanted] if isinstance(wanted, str) else wanted or [])
        present = sorted(self.instance.live_steps)
        if wanted != present:
            self.problems.append(f"waits at {present}, expected {wanted}")

    def _complete(self, step: Mapping[str, Any]) -> None:
        items = [i for i in self.instance.work_items if i.step.id == step["complete"]]
        if not items:
            there = sorted(i.step.id for i in self.instance.work_items)
            self.problems.append(f'"{step["complete"]}" is not open; open are {there}')
            return
        answers = step.get("answers") or {}
        self._note(self.instance.complete(items[0].task_id, answers, self.now))

    def _message(self, step: Mapping[str, Any]) -> None:
        progress = self.instance.message(step["message"], step.get("payload") or {}, self.now)
        self._note(progress)
        if not progress.delivered:
            self.problems.append(f'nobody waits for the message "{step["message"]}"')

    def _advance(self, step: Mapping[str, Any]) -> None:
        self.now = parse_duration(step["advance"]).after(self.now)
        self._note(self.instance.tick(self.now))

    def _retry(self, step: Mapping[str, Any]) -> None:
        self._note(self.instance.retry(self.now))

    def _data(self, step: Mapping[str, Any]) -> None:
        data = self.instance.data
        for name, value in (step["data"] or {}).items():
            if data.get(name) != value:
                self.problems.append(f'"{name}" is {data.get(name)!r}, expected {value!r}')

    def _expect_end(self, step: Mapping[str, Any]) -> None:
        if not self.instance.done:
            self.problems.append(f"has not ended; waits at {sorted(self.instance.live_steps)}")
            return
        if step["expect_end"] not in self.ends:
            self.problems.append(f'ended at {self.ends}, expected "{step["expect_end"]}"')
            return
        state = self.definition.steps[step["expect_end"]].state
        if "state" in step and state != step["state"]:
            self.problems.append(f'the end sets the state "{state}", expected "{step["state"]}"')


def run_scenario(
    definition: Definition, scenario: Mapping[str, Any], hooks: Hooks | None = None
) -> list[str]:
    """Play one scenario; the problems found, empty when it passed.

    Keys: `name`, `ticket` (facts), `rulesets` (name → what it decides), `steps`, `effects` (names
    of all service effects in order). Steps: `{expect: [ids where it waits]}`, `{complete: id,
    answers: {}}`, `{message: name, payload: {}}`, `{advance: "P3D"}` (lets time pass and timers
    fire), `{data: {name: value}}`, `{retry: true}`, `{expect_end: end id, state: ticket state}`.
    The instance is written and read again before each step, as on the desk.
    """
    try:
        return _Player(definition, scenario, hooks).play()
    except (VorgangError, ValueError, TypeError, KeyError, AttributeError) as error:
        return [f"cannot be played: {getattr(error, 'message', None) or error!r}"]


def play_examples(
    key: str, files: Mapping[str, bytes], shared: Mapping[str, Mapping[str, bytes]]
) -> list[Problem]:
    """Play the examples beside a diagram: each place where one goes another way; never raises."""
    if EXAMPLES not in files:
        return []
    examples, problems = _read(files[EXAMPLES])
    if problems:
        return problems
    try:
        definition = load_definition(key, files, shared)
        return [
            _problem(str(example["name"]), line, text, "correct the diagram or the example")
            for example, line in examples
            for text in run_scenario(definition, example)
        ]
    except Invalid as error:
        return list(error.problems)
    except Exception as error:  # whatever an example makes the machine do, it is a finding
        return [_problem(None, None, f"cannot be played: {type(error).__name__}", "")]


def _read(raw: bytes) -> tuple[list[tuple[Mapping[str, Any], int]], list[Problem]]:
    """The examples of a file with their lines; without references, which could stand for much."""
    try:
        text = raw.decode("utf-8")
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.SafeLoader)):
            return [], [_problem(None, None, "references (*name) are not allowed", "")]
        node, found = yaml.compose(text, yaml.SafeLoader), yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        said = getattr(error, "problem", None) or type(error).__name__
        return [], [_problem(None, line, f"cannot be read: {said}", "")]
    if not isinstance(found, list) or not isinstance(node, yaml.SequenceNode):
        return [], [_problem(None, 1, "a file of examples is a list", "begin each with - name:")]
    lines = [child.start_mark.line + 1 for child in node.value]
    odd = [
        _problem(None, line, "an example is a mapping with a name", "begin each with - name:")
        for example, line in zip(found, lines, strict=True)
        if not isinstance(example, Mapping) or not isinstance(example.get("name"), str)
    ]
    return list(zip(found, lines, strict=True)), odd


def _problem(name: str | None, line: int | None, message: str, mend: str) -> Problem:
    return Problem("example-failed", "error", name, line, f"{EXAMPLES}: {message}", mend)
