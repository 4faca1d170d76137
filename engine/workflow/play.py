"""Where a play stands: what a page shows of a scenario under construction, and how it is kept.

A play is nothing but a scenario that is still being written. It is played from its beginning each
time, on the real machine and in a sandbox, so taking a step back is leaving the last one out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.errors import Invalid
from engine.workflow.definition import Definition, Form, Step
from engine.workflow.flows import flows_walked, steps_walked
from engine.workflow.instance import Instance
from engine.workflow.player import START, Move, Player
from engine.workflow.sandbox import Asked, Effect, Rules
from engine.workflow.scenario import checked_scenario, played
from engine.workflow.state import as_json
from engine.workflow.told import Told
from engine.workflow.waiting import Due, Failure, OpenTask, Waiting

UNKEPT = "This cannot be kept as an example: %(why)s"
DOES = ("complete", "message", "advance", "retry")  # what moves a process; all else only looks


@dataclass(frozen=True)
class Open:
    """A step that somebody could do now, with what its form shows at first."""

    task: OpenTask
    form: Form | None
    values: Mapping[str, Any]

    @property
    def step(self) -> Step:
        """The step of the diagram."""
        return self.task.step


@dataclass(frozen=True)
class Stage:
    """Where a play stands after all its steps, or after the first that went another way."""

    now: datetime = START
    moves: tuple[Move, ...] = ()
    live: tuple[str, ...] = ()
    joins: tuple[str, ...] = ()  # gateways at which a branch waits for another one
    done_steps: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()
    open: tuple[Open, ...] = ()
    awaited: tuple[Waiting, ...] = ()
    timers: tuple[Due, ...] = ()
    asked: tuple[Asked, ...] = ()
    effects: tuple[Effect, ...] = ()
    failures: tuple[Failure, ...] = ()
    problems: tuple[Told, ...] = ()
    ended: tuple[str, ...] = ()
    over: bool = False
    ticket: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)

    @property
    def stuck(self) -> bool:
        """Whether nothing that could ever happen moves it on."""
        moving = self.open or self.awaited or self.timers or self.failures or self.problems
        return bool(self.moves) and not self.over and not moving

    @property
    def messages(self) -> list[str]:
        """The names of the messages that are waited for, each once."""
        return list(dict.fromkeys(one.message for one in self.awaited))


def stage(definition: Definition, scenario: Mapping[str, Any], rules: Rules | None = None) -> Stage:
    """Play a scenario and say where it stands; never raises for whatever it holds."""
    player, problems = played(definition, scenario, rules=rules, strict=False)
    if player is None:
        return Stage(problems=tuple(problems))
    sandbox, instance = player.sandbox, getattr(player, "instance", None)
    if instance is None:
        return Stage(moves=tuple(player.moves), problems=tuple(player.problems))
    return Stage(
        now=player.now,
        moves=tuple(player.moves),
        live=tuple(instance.live_steps),
        joins=tuple(instance.joins) if not instance.done else (),
        done_steps=tuple(steps_walked(player.passed)),
        flows=tuple(flows_walked(definition, player.passed)),
        open=tuple(_open(definition, instance, sandbox.ticket)),
        awaited=tuple(instance.waiting) if not instance.done else (),
        timers=tuple(instance.timers) if not instance.done else (),
        asked=tuple(sandbox.asked),
        effects=tuple(sandbox.effects),
        failures=tuple(instance.failures),
        problems=tuple(player.problems),
        ended=tuple(player.ends),
        over=instance.done,
        ticket=dict(sandbox.ticket),
        variables=instance.data,
    )


def begun(scenario: Mapping[str, Any], count: int) -> dict[str, Any]:
    """The scenario with only its first steps; what it expects at its end is left out then."""
    steps = list(scenario.get("steps") or [])
    short = {**scenario, "steps": steps[: max(0, count)]}
    if count < len(steps):
        short.pop("effects", None)
    return short


def recorded(
    definition: Definition,
    scenario: Mapping[str, Any],
    rules: Rules | None = None,
    keep: Iterable[str] = (),
) -> dict[str, Any]:
    """The scenario as an example: after each move where it stands, as it came out now.

    What rules in force decided is written down, so that the example says the same when they change.
    Variables are looked at where the scenario did, and those named by `keep` at its end. Raises
    `Invalid` where a step cannot be done or fails: that is nothing to keep.
    """
    found = checked_scenario(scenario)
    told = {k: v for k, v in found.items() if k != "effects"}
    doing = [s for s in found.get("steps") or [] if _does(s)]
    player, problems = played(definition, {**told, "steps": doing}, rules=rules)
    problems = problems or (player.problems if player else [])
    if player is None or problems:
        raise Invalid(UNKEPT, values={"why": problems[0]})
    steps = _expectation(definition, player, player.moves[0])
    moves = iter(player.moves[1:])
    for step in found.get("steps") or []:
        if _does(step):
            steps += [step, *_expectation(definition, player, next(moves))]
        elif isinstance(step, Mapping) and isinstance(step.get("data"), Mapping):
            steps.append({"data": dict.fromkeys(step["data"])})
    _look(definition, {**told, "steps": steps}, rules)
    if keep := [name for name in keep if name in player.instance.data and name != "ticket"]:
        at = len(steps) - 1 if player.instance.done else len(steps)
        steps.insert(at, {"data": {name: as_json(player.instance.data[name]) for name in keep}})
    stated = {**_decisions(player.sandbox.asked), **(found.get("rulesets") or {})}
    effects = [effect.name for effect in player.sandbox.effects if effect.source == "step"]
    example = {
        **told,
        **({"rulesets": stated} if stated else {}),
        "steps": steps,
        "effects": effects,
    }
    again, problems = played(definition, example)  # as publishing will, without the rules in force
    if problems := problems or (again.problems if again else []):
        raise Invalid(UNKEPT, values={"why": problems[0]})
    return example


def _does(step: Any) -> bool:
    return isinstance(step, Mapping) and any(name in step for name in DOES)


def _expectation(definition: Definition, player: Player, move: Move) -> list[dict[str, Any]]:
    """Where it stood after a move: at these steps, or at its end."""
    if move.live or move is not player.moves[-1]:
        return [{"expect": sorted(move.live)}] if move.live else []
    named = [end for end in player.ends if definition.steps[end].state] or player.ends
    if not player.instance.done or not named:
        return []
    state = definition.steps[named[-1]].state
    return [{"expect_end": named[-1], **({"state": state} if state else {})}]


def _look(definition: Definition, scenario: Mapping[str, Any], rules: Rules | None) -> None:
    """Fill in what the variables are where the scenario looks at them."""
    steps = scenario["steps"]
    for index, step in enumerate(steps):
        if "data" in step:
            upto = [one for one in steps[:index] if "data" not in one]
            player, _ = played(definition, {**scenario, "steps": upto}, rules=rules)
            data = player.instance.data if player else {}
            step["data"] = {name: as_json(data.get(name)) for name in step["data"]}


def _decisions(asked: Iterable[Asked]) -> dict[str, Any]:
    """By ruleset what it decided; one mapping where that was always the same."""
    found: dict[str, list[Any]] = {}
    for one in asked:
        found.setdefault(one.ruleset, []).append(as_json(dict(one.decided.variables)))
    return {
        name: said[0] if all(other == said[0] for other in said) else said
        for name, said in found.items()
    }


def _open(definition: Definition, instance: Instance, ticket: Mapping[str, Any]) -> list[Open]:
    found = []
    for task in instance.work_items if not instance.done else ():
        form = definition.forms.get(task.step.form or "")
        found.append(Open(task, form, _values(form, ticket, task.data) if form else {}))
    return found


def _values(form: Form, ticket: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """What a form shows at first, as on the desk: fields of the ticket, else earlier answers."""
    fields = form.ui.get("fields")
    values: dict[str, Any] = {}
    for name, looks in fields.items() if isinstance(fields, Mapping) else ():
        looks = looks if isinstance(looks, Mapping) else {}
        if looks.get("ticket"):
            values[name] = _shown(form, name, ticket.get(str(looks["ticket"])))
        if values.get(name) in (None, "") and not looks.get("article"):
            values[name] = data.get(name)
    return {name: value for name, value in values.items() if value not in (None, "")}


def _shown(form: Form, name: str, value: Any) -> Any:
    """A rank as the name that the form offers for it."""
    properties = form.schema.get("properties")
    asked = properties.get(name) if isinstance(properties, Mapping) else None
    allowed = asked.get("enum") if isinstance(asked, Mapping) else None
    if isinstance(value, int) and isinstance(allowed, list):
        return next((one for one in allowed if str(one)[:1] == str(value)), value)
    return value


def onward(scenario: Mapping[str, Any], at: int) -> int:
    """How many steps are played after the next one that moves, with what it expects then."""
    steps = list(scenario.get("steps") or [])
    at = min(at + 1, len(steps))
    while at < len(steps) and not _does(steps[at]):
        at += 1
    return at


def back(scenario: Mapping[str, Any], at: int) -> int:
    """How many steps were played before the last one that moved."""
    steps = list(scenario.get("steps") or [])[:at]
    moving = [index for index, step in enumerate(steps) if _does(step)]
    return moving[-1] if moving else 0


def going_on(scenario: Mapping[str, Any], at: int) -> dict[str, Any]:
    """What was done so far, to be gone on with another way: expectations and what came later go."""
    steps = [step for step in list(scenario.get("steps") or [])[:at] if _does(step)]
    return {**{k: v for k, v in scenario.items() if k != "effects"}, "steps": steps}
