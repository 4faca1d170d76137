"""What a scenario is: one written course of a ticket. Examples, plays, counter-examples are all it.

Whatever comes in as one is hostile until it has been looked at here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.errors import Invalid, VorgangError
from engine.workflow.definition import Definition
from engine.workflow.player import ACTIONS, START, Player
from engine.workflow.sandbox import Rules
from engine.workflow.script_engine import Hooks
from engine.workflow.state import as_json
from engine.workflow.told import Told

LONGEST = 200_000  # characters of one scenario as JSON
MOST_STEPS = 300
DEEPEST = 12
_NAME = 300
UNPLAYABLE = "cannot be played: %(why)s"
_TEXTS = ("complete", "message", "advance", "expect_end", "state")
_MAPPINGS = ("answers", "payload", "data")


def checked_scenario(found: Any) -> dict[str, Any]:
    """A scenario as plain, bounded data; raises Invalid with a sentence for anything else."""
    if not isinstance(found, Mapping):
        raise Invalid("A scenario is a mapping with steps.")
    scenario: dict[str, Any] = as_json(dict(found))
    if len(json.dumps(scenario)) > LONGEST:
        raise Invalid("This scenario is too long.")
    if _deeper(scenario, DEEPEST):
        raise Invalid("This scenario is nested too deeply.")
    _text(scenario.get("name"), "name")
    for key in ("ticket", "given", "rulesets"):
        _mapping(scenario.get(key), key)
    for name, said in (scenario.get("rulesets") or {}).items():
        for one in said if isinstance(said, list) and said else [said]:
            _mapping(one, str(name))
    effects = scenario.get("effects")
    if effects is not None and not _texts(effects):
        raise Invalid("The effects of a scenario are a list of names.")
    _check_steps(scenario.get("steps"))
    return scenario


def read_scenario(text: str) -> dict[str, Any]:
    """The scenario in a JSON text; raises Invalid."""
    if len(text) > LONGEST:
        raise Invalid("This scenario is too long.")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid("This scenario cannot be read.") from None
    return checked_scenario(found)


def run_scenario(
    definition: Definition, scenario: Mapping[str, Any], hooks: Hooks | None = None
) -> list[Told]:
    """Play one scenario; the problems found, empty when it passed.

    Keys: `name`, `ticket` (facts), `rulesets` (name → what it decides, or a list of that, one for
    each time it is asked), `given`, `steps`, `effects` (names of all service effects in order).
    Steps: `{expect: [ids where it waits]}`, `{complete: id, answers: {}}` (with `of: 1` the second
    of several repetitions that are open), `{message: name, payload: {}}`, `{advance: "P3D"}` (lets
    time pass; timers fire when they are due; with `missed: true` all at the end, as after an
    outage), `{data: {name: value}}`, `{retry: true}`, `{expect_end: end id, state: ticket state}`.
    The instance is written and read again before each step, as on the desk.
    """
    player, problems = played(definition, scenario, hooks)
    return problems if player is None else player.problems


def played(
    definition: Definition,
    scenario: Mapping[str, Any],
    hooks: Hooks | None = None,
    rules: Rules | None = None,
    *,
    strict: bool = True,
) -> tuple[Player | None, list[Told]]:
    """The play of a scenario as far as it came, and why it could not be played at all."""
    player = None
    try:
        player = Player(definition, checked_scenario(scenario), hooks, rules, strict=strict)
        player.play()
    except (VorgangError, ValueError, TypeError, KeyError, AttributeError) as error:
        why = getattr(error, "message", None) or repr(error)
        problem = Told(UNPLAYABLE, why=why)
        if player is None or not player.moves:
            return None, [problem]
        player.moves[-1].problems.append(problem.at(player.moves[-1].number))
    return player, []


def _check_steps(steps: Any) -> None:
    if steps is None:
        return
    if not isinstance(steps, list):
        raise Invalid("The steps of a scenario are a list.")
    if len(steps) > MOST_STEPS:
        raise Invalid("This scenario has too many steps.")
    for step in steps:
        if not isinstance(step, Mapping):
            continue  # the player says what a step has to be
        for key in _TEXTS:
            _text(step.get(key), key)
        for key in _MAPPINGS:
            _mapping(step.get(key), key)
        wanted = step.get("expect")
        if wanted is not None and not isinstance(wanted, str) and not _texts(wanted):
            raise Invalid("What a scenario expects is a list of steps.")


def _texts(found: Any) -> bool:
    return isinstance(found, list) and all(isinstance(one, str) for one in found)


def _text(found: Any, key: str) -> None:
    if found is not None and not isinstance(found, str):
        raise Invalid("“%(key)s” of a scenario is a text.", values={"key": key})
    if found is not None and len(found) > _NAME:
        raise Invalid("“%(key)s” of a scenario is too long.", values={"key": key})


def _mapping(found: Any, key: str) -> None:
    if found is not None and not isinstance(found, Mapping):
        raise Invalid("“%(key)s” of a scenario is a mapping.", values={"key": key[:80]})


def _deeper(found: Any, left: int) -> bool:
    inner = found.values() if isinstance(found, Mapping) else found
    if not isinstance(found, Mapping | list):
        return False
    return left == 0 or any(_deeper(one, left - 1) for one in inner)


__all__ = [
    "ACTIONS",
    "START",
    "checked_scenario",
    "played",
    "read_scenario",
    "run_scenario",
]
