"""What a ticket lived through, told as a scenario that goes the same way on the machine."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from engine.workflow.definition import Definition
from engine.workflow.masking import TEXT
from engine.workflow.player import Player
from engine.workflow.scenario import MOST_STEPS
from engine.workflow.timers import iso_length
from engine.workflow.told import Told

ANSWERED = ("customer_replied", "reopen")  # messages that carry what the customer wrote


@dataclass(frozen=True)
class Course:
    """What is known of a ticket's way: the log of its steps, answers, decisions, how it began."""

    log: Sequence[tuple[str, str, datetime]]  # step, outcome, when
    answers: Mapping[str, Sequence[Mapping[str, Any] | None]] = field(default_factory=dict)
    decided: Sequence[tuple[str, datetime, Mapping[str, Any]]] = ()
    ticket: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    at_end: Mapping[str, Any] = field(default_factory=dict)  # variables, masked
    cancelled: bool = False


def retold(definition: Definition, course: Course) -> tuple[dict[str, Any], list[Told]]:
    """A scenario of the course, and where it could not be told exactly.

    Variables from before it are told only where it goes another way without them.
    """
    alone = _Retelling(definition, replace(course, given={})).tell()
    if not course.given or not alone[1]:
        return alone
    given = _Retelling(definition, course).tell()
    return given if len(given[1]) < len(alone[1]) else alone


class _Retelling:
    def __init__(self, definition: Definition, course: Course) -> None:
        self.definition, self.course = definition, course
        self.notes: list[Told] = []
        self.answers = {step: list(found) for step, found in course.answers.items()}
        decided = self._decisions()
        self.scenario: dict[str, Any] = {
            "ticket": dict(course.ticket),
            **({"given": dict(course.given)} if course.given else {}),
            **({"rulesets": decided} if decided else {}),
            "steps": [],
        }

    def tell(self) -> tuple[dict[str, Any], list[Told]]:
        player = Player(self.definition, self.scenario, strict=False)
        player.begin()
        real: Counter[str] = Counter()
        for step_id, outcome, _ in self.course.log:
            if outcome != "completed":
                continue
            if step_id not in self.definition.steps:
                self._note(Told('"%(step)s" is not in this diagram any more', step=step_id))
                continue
            real[step_id] += 1
            if _times(player)[step_id] >= real[step_id]:
                continue
            self._drive(player, step_id)
            if player.problems or len(self.scenario["steps"]) >= MOST_STEPS:
                break
        self._compare(player, real)
        return self.scenario, self.notes

    def _drive(self, player: Player, step_id: str) -> None:
        """Do what made the ticket pass a step, if something outside did."""
        step = self._cause(player, step_id)
        if step is not None:
            self.scenario["steps"].append(step)
            player.do(step)

    def _cause(self, player: Player, step_id: str) -> dict[str, Any] | None:
        instance = player.instance
        if instance.done:
            return None
        if any(item.step.id == step_id for item in instance.work_items):
            return {"complete": step_id, "answers": self._answers(step_id)}
        for one in instance.waiting:
            if one.step_id == step_id:
                payload = {"reply": TEXT} if one.message in ANSWERED else {}
                return {"message": one.message, **({"payload": payload} if payload else {})}
        for due in instance.timers:
            if due.step_id == step_id:
                seconds = math.ceil((due.due_at - player.now).total_seconds())
                return {"advance": iso_length(max(1, seconds))}
        return None

    def _answers(self, step_id: str) -> dict[str, Any]:
        kept = self.answers.get(step_id) or [None]
        found = kept.pop(0)
        if found is not None:
            return dict(found)
        form = self.definition.forms.get(self.definition.steps[step_id].form or "")
        asked = form.schema.get("properties") if form is not None else None
        if not isinstance(asked, Mapping):
            return {}
        text = 'what was answered at "%(step)s" was not kept; the last known answers stand there'
        self._note(Told(text, step=step_id))
        return {n: self.course.at_end[n] for n in asked if self.course.at_end.get(n) is not None}

    def _decisions(self) -> dict[str, Any]:
        """What each ruleset decided, once for each time that a step asked it."""
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        left = list(self.course.decided)
        for step_id, outcome, at in self.course.log:
            step = self.definition.steps.get(step_id)
            if outcome != "completed" or step is None or not step.ruleset:
                continue
            hit = next((one for one in left if one[0] == step.ruleset and one[1] == at), None)
            if hit is not None:
                left.remove(hit)
            found[step.ruleset].append(dict(hit[2]) if hit else {})
        return {
            name: said[0] if all(one == said[0] for one in said) else said
            for name, said in found.items()
        }

    def _compare(self, player: Player, real: Counter[str]) -> None:
        for failure in player.instance.failures:
            self._note(
                Told('"%(step)s" failed: %(why)s', step=failure.step_id, why=failure.message)
            )
        for problem in player.problems:
            self._note(problem)
        mine = _times(player)
        less = [one for one in real if mine[one] < real[one]]
        more = [one for one in mine if mine[one] > real[one]]
        if less:
            self._note(Told("the ticket also passed %(found)s", found=less))
        if more:
            self._note(Told("the ticket did not pass %(found)s", found=more))
        if self.course.cancelled:
            self._note(Told("the ticket was closed by hand; the process itself did not end"))

    def _note(self, note: Told) -> None:
        if note not in self.notes:
            self.notes.append(note)


def _times(player: Player) -> Counter[str]:
    return Counter(one.step_id for one in player.passed if one.outcome == "completed")
