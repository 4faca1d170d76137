"""Plays a process without any sense, as everybody at once would: what is open is done, what is
awaited comes, every time passes, rulesets decide anything. Whatever is called sound ends in it."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from jsonschema import Draft202012Validator

from engine.workflow import Definition, Instance, Step
from engine.workflow.jump import DECIDES
from engine.workflow.script_engine import Passed
from engine.workflow.waiting import OpenTask

START = datetime(2030, 1, 7, 8, 0, tzinfo=UTC)
TICKET = {
    "number": "1", "title": "", "body": "", "state": "new", "tags": [], "vip": False,
    "priority": 3, "queue": "", "type": "", "service": "", "sla": "", "owner": "",
    "responsible": "", "customer": "", "customer_name": "", "organisation": "", "language": "en",
    "channel": "web",
}  # fmt: skip
DECISIONS = {"queue": "Raw", "priority": "3 normal", "type": "incident", "sla": "gold"}


@dataclass
class Outcome:
    """How a play went; `stuck` says where it stood when nothing more could be done."""

    ended: bool = False
    moves: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    passed: list[Passed] = field(default_factory=list)


class Anything:
    """Hooks that decide anything, and do nothing."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice

    def decide(self, ruleset: str, data: Mapping[str, Any], step: Step) -> Mapping[str, Any]:
        """Some of the decisions that a ruleset can make."""
        return {name: value for name, value in DECISIONS.items() if self.dice.random() < 0.5}

    def effect(self, name: str, params: Mapping[str, Any], step: Step) -> Any:
        """An answer."""
        return f"{name} done"

    def signal(self, name: str, step: Step) -> None:
        """Nobody else listens."""

    def working_time(self, start: datetime, days: int, seconds: int) -> datetime:
        """As if everybody worked at all times."""
        return start + timedelta(days=days, seconds=seconds)


def play(
    definition: Definition,
    seed: int,
    given: Mapping[str, Any] | None = None,
    most: int = 500,
    jumps: int = 0,
) -> Outcome:
    """Play until the end, a failure, or until nothing can be done any more.

    So many times a token is moved to any step to which it may be, or its step is skipped.
    """
    dice = random.Random(seed)
    hooks, now, outcome = Anything(dice), START, Outcome()
    data = {"ticket": {**TICKET, "vip": dice.random() < 0.5}, **(given or {})}
    instance, progress = Instance.start(definition, data, hooks, now)
    for _ in range(most):
        outcome.passed += progress.passed
        outcome.failures = [f"{f.step_id}: {f.message}" for f in progress.failures]
        if progress.failures or instance.done:
            break
        state = json.loads(json.dumps(instance.dump()))
        instance = Instance.load(definition, state, hooks)
        if jumps and instance.places and dice.random() < 0.4:
            jumps -= 1
            task, here = dice.choice(sorted(instance.places.items(), key=lambda one: one[1]))
            target = dice.choice([*instance.targets(task), ""])
            outcome.moves.append(f"jump {here} {target or 'on'}")
            if target:
                progress = instance.move(task, target, now)
            elif definition.steps[here].kind not in DECIDES:
                progress = instance.skip(task, now)
            continue
        choices: list[tuple[str, Any]] = [("do", item) for item in instance.work_items]
        choices += [("tell", one) for one in instance.waiting]
        choices += [("wait", one) for one in instance.timers[:1]]
        if not choices:
            break
        kind, one = dice.choice(choices)
        if kind == "do":
            outcome.moves.append(f"do {one.step.id}")
            answers = fitting(definition, one, dice)
            progress = instance.complete(one.task_id, answers, now)
        elif kind == "tell":
            outcome.moves.append(f"tell {one.message}")
            progress = instance.message(one.message, {}, now)
        else:
            outcome.moves.append(f"wait {one.step_id}")
            now = max(now, one.due_at)
            progress = instance.tick(now)
    outcome.ended = instance.done
    if not instance.done:
        outcome.stuck = instance.live_steps or ["nothing waits, and it has not ended"]
    return outcome


def fitting(definition: Definition, item: OpenTask, dice: random.Random) -> dict[str, Any]:
    """Answers that the form takes; none where there is no form."""
    form = definition.forms.get(item.step.form or "")
    if form is None:
        return {}
    check = Draft202012Validator(form.schema)
    fields = form.schema.get("properties", {})
    required = form.schema.get("required", [])
    for _ in range(200):
        answers = {
            name: some(schema, dice)
            for name, schema in fields.items()
            if name in required or schema.get("type") == "boolean" or dice.random() < 0.5
        }
        if check.is_valid(answers):
            return answers
    raise AssertionError(f"no answers were found for {form.name}")


def some(schema: Mapping[str, Any], dice: random.Random) -> Any:
    """Any value that a field may take."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return dice.choice(schema["enum"])
    kind = schema.get("type")
    if kind == "boolean":
        return dice.random() < 0.5
    if kind in ("integer", "number"):
        low = schema.get("minimum", 0)
        return dice.randint(int(low), int(schema.get("maximum", low + 100)))
    if kind == "array":
        items = schema.get("items") or {}
        low = int(schema.get("minItems", 0))
        return [some(items, dice) for _ in range(dice.randint(low, low + 2))]
    texts = {"date": "2030-01-09", "date-time": "2030-01-09T08:00:00+00:00", "time": "08:00:00",
             "email": "somebody@example.com"}  # fmt: skip
    if schema.get("pattern", "").startswith("^([01][0-9]"):
        return "09:30"
    text = texts.get(str(schema.get("format")), "some text")
    return text + "x" * max(0, int(schema.get("minLength", 0)) - len(text))
