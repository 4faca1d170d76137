"""Plays a counter-example on the real machine and looks whether what was foretold comes true."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import Any

from engine.errors import VorgangError
from engine.workflow.definition import Definition
from engine.workflow.drive import ROUND
from engine.workflow.player import Player
from engine.workflow.scenario import MOST_STEPS
from engine.workflow.soundness.found import Fault
from engine.workflow.soundness.net import repeated
from engine.workflow.soundness.witness import Act, Course
from engine.workflow.timers import as_utc

COME_UPON = ("stuck", "no-way")  # faults that a play at random may end in
MOST_WITHIN = 60  # steps done by the way in a repeated process


class _Live(Player):
    """A player whose scenario is written while it is played."""

    used: Counter[str]

    @property
    def full(self) -> bool:
        """Whether the scenario is as long as one may be."""
        return len(self.scenario["steps"]) > MOST_STEPS - 2

    def happened(self, step: str) -> bool:
        """Whether an event came by the way: a message reaches all who wait, a time many timers."""
        done = sum(1 for p in self.passed if p.step_id == step and p.outcome == "completed")
        return done > self.used[step]

    def do(self, step: Any) -> bool:
        """One more step; whether it could be done."""
        steps: list[Any] = self.scenario["steps"]
        steps.append(dict(step))
        if super().do(step):
            return True
        steps.pop()
        self.moves.pop()
        return False


def replay(
    definition: Definition, course: Course, fault: Fault, name: str, idle: Collection[str] = ()
) -> dict[str, Any] | None:
    """The scenario of a course, if the fault shows at its end; None if it does not.

    `idle`: events on borders that interrupt nothing, which end nothing by themselves.
    """
    player = _player(definition, course, name)
    try:
        player.begin()
        for index, act in enumerate(course.acts):
            if player.full or player.instance.done:
                break
            _act(player, act, course.answers.get(index, {}))  # some come by themselves, or too late
        if fault.kind == "stuck":
            _drain(player, idle, None)
        return _told(player, fault, idle)
    except (VorgangError, ValueError, TypeError, KeyError, AttributeError):
        return None


def stumble(
    definition: Definition,
    course: Course,
    fault: Fault,
    name: str,
    idle: Collection[str],
    answers: Callable[[str], dict[str, Any]],
    dice: random.Random,
) -> dict[str, Any] | None:
    """The scenario of a play at random, if it came upon the fault.

    A trace says in which order things may happen; the machine may do two of them at once, since a
    message reaches all who wait for it. Then what the trace ends in can often be come upon so.
    """  # fmt: skip
    player = _player(definition, course, name)
    try:
        player.begin()
        _drain(player, idle, (answers, dice))
        return _told(player, fault, idle)
    except (VorgangError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _player(definition: Definition, course: Course, name: str) -> _Live:
    scenario: dict[str, Any] = {"name": name}
    for key, found in (
        ("ticket", course.ticket), ("given", course.given), ("rulesets", course.rulesets),
    ):  # fmt: skip
        if found:
            scenario[key] = found
    scenario["steps"] = []
    player = _Live(definition, scenario, strict=False)
    player.used = Counter()
    return player


def _told(player: _Live, fault: Fault, idle: Collection[str]) -> dict[str, Any] | None:
    """The scenario as it was written, where the fault shows."""
    if not _shows(player, fault, idle):
        return None
    instance = player.instance
    if fault.kind != "no-way" and not instance.done and not instance.failures:
        player.do({"expect": sorted(player.instance.live_steps)})
    return dict(player.scenario)


def _drain(
    player: _Live,
    idle: Collection[str],
    chance: tuple[Callable[[str], dict[str, Any]], random.Random] | None,
) -> None:
    """Do whatever is open until nothing is; in order, or by chance."""  # fmt: skip
    for _ in range(MOST_WITHIN):
        instance = player.instance
        if instance.done or instance.failures or player.full:
            return
        doable: list[tuple[str, Any]] = [("do", i.step.id) for i in instance.work_items]
        doable += [("tell", w.message) for w in instance.waiting if w.step_id not in idle]
        doable += [("wait", t.step_id) for t in instance.timers if t.step_id not in idle][:1]
        if not doable:
            return
        kind, one = chance[1].choice(doable) if chance else doable[0]
        if kind == "do":
            player.do({"complete": one, "answers": chance[0](one) if chance else {}})
        elif kind == "tell":
            player.do({"message": one, "payload": {}})
        elif not _advance(player, one):
            return


def _act(player: _Live, act: Act, answers: Mapping[str, Any]) -> bool:
    move = act.done.move
    if act.host:
        return _within(player, move.node)
    step = move.event or move.node
    if move.act == "complete":
        return _complete(player, act, answers)
    if move.act in ("message", "signal", "timer") and player.happened(step):
        player.used[step] += 1
        return True
    player.used[step] += move.act in ("message", "signal", "timer")
    if move.act in ("message", "signal"):
        waits = [w for w in player.instance.waiting if w.step_id == step]
        return bool(waits) and player.do({"message": waits[0].message, "payload": {}})
    if move.act == "timer":
        return _advance(player, step)
    return move.act == ""


def _complete(player: _Live, act: Act, answers: Mapping[str, Any]) -> bool:
    node = act.done.move.node
    many = act.node is not None and repeated(act.node)
    for _ in range(MOST_WITHIN if many else 1):
        if not any(item.step.id == node for item in player.instance.work_items):
            return many
        if not player.do({"complete": node, "answers": dict(answers)}):
            return False
    return not many


def _advance(player: _Live, step: str) -> bool:
    due = next((t.due_at for t in player.instance.timers if t.step_id == step), None)
    if due is None:
        return False
    seconds = max(0, math.ceil((as_utc(due) - as_utc(player.now)).total_seconds()))
    days, rest = divmod(seconds, 86_400)
    return player.do({"advance": f"P{days}DT{rest}S"})


def _within(player: _Live, host: str) -> bool:
    """Do whatever is open within a repeated process until it is over."""
    for _ in range(MOST_WITHIN):
        if host not in player.instance.live_steps:
            return True
        inner = [i for i in player.instance.work_items if i.step.id != host]
        if inner:
            done = player.do({"complete": inner[0].step.id, "answers": {}})
        elif player.instance.waiting:
            done = player.do({"message": player.instance.waiting[0].message, "payload": {}})
        elif player.instance.timers:
            done = _advance(player, player.instance.timers[0].step_id)
        else:
            return False
        if not done:
            return False
    return False


def _shows(player: _Live, fault: Fault, idle: Collection[str]) -> bool:
    """Whether the machine stands as the exploration said it would."""
    instance = player.instance
    failed = [failure.step_id for failure in instance.failures]
    if fault.kind == "no-way":
        return fault.node in failed
    if fault.kind in ("circle", "spin") and failed:  # it stops a circle in which nobody waits
        return any(ROUND in failure.message for failure in instance.failures)
    if failed or fault.kind == "spin":
        return False
    if fault.kind == "twice":
        entered = Counter(p.step_id for p in player.passed if p.outcome == "entered")
        return entered[fault.node] >= max(2, fault.passes)
    if instance.done:
        return False
    if fault.kind == "circle":
        return bool(instance.live_steps)
    steps = [w.step_id for w in instance.waiting] + [t.step_id for t in instance.timers]
    return not instance.work_items and all(step in idle for step in steps)
