"""Plays a scenario on the real machine, move by move: for examples, for trying a draft, for
counter-examples. There is no second player."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from engine.workflow.definition import Definition, Step
from engine.workflow.instance import Hooks, Instance, Progress
from engine.workflow.sandbox import Rules, Sandbox
from engine.workflow.script_engine import Passed
from engine.workflow.timers import parse_duration
from engine.workflow.told import Told

START = datetime(2030, 1, 7, 8, 0, tzinfo=UTC)  # a Monday morning
ACTIONS = ("expect", "complete", "message", "advance", "expect_end", "retry", "data")
MOST_FIRED = 200  # timers of one stretch of time: who repeats more often waits for nothing new
MOST_PASSED = 2_000  # steps entered and left in one play
LONGEST_SHOWN = 200  # characters of a value in a sentence
CHAIN = 5  # messages of rules that lead to rules again


@dataclass
class Move:
    """What one step of a scenario did; number 0 is the beginning."""

    number: int
    action: str
    subject: Any
    at: datetime
    passed: list[Passed] = field(default_factory=list)
    problems: list[Told] = field(default_factory=list)
    live: tuple[str, ...] = ()
    effects: int = 0  # how many had been listed when it was over
    asked: int = 0


class Player:
    """One play; `strict` calls a step that fails a difference, as examples do."""

    def __init__(
        self,
        definition: Definition,
        scenario: Mapping[str, Any],
        hooks: Hooks | None = None,
        rules: Rules | None = None,
        *,
        strict: bool = True,
    ) -> None:
        self.definition, self.scenario, self.strict = definition, scenario, strict
        self.sandbox = Sandbox(scenario, hooks, rules)
        self.now = START
        self.moves: list[Move] = []
        self.ends: list[str] = []
        self.instance: Instance

    @property
    def problems(self) -> list[Told]:
        """What went another way, in the order in which it did."""
        return [text for move in self.moves for text in move.problems]

    @property
    def passed(self) -> list[Passed]:
        """Everything that was entered and left, in order."""
        return [one for move in self.moves for one in move.passed]

    def play(self) -> Player:
        """Play from the beginning; stops at the first step that goes another way."""
        steps = list(self.scenario.get("steps") or [])
        self.begin()
        for step in steps:
            if self.moves[-1].problems:
                return self
            self.do(step)
        wanted = self.scenario.get("effects")
        if wanted is not None and not self.moves[-1].problems:
            found = [e.name for e in self.sandbox.effects if e.source == "step"]
            if list(wanted) != found:
                texts = {"found": ", ".join(found) or "–", "wanted": ", ".join(wanted) or "–"}
                self._differs(Told("the effects were %(found)s, expected %(wanted)s", **texts))
        return self

    def begin(self) -> None:
        """Begin the process on the ticket."""
        given = dict(self.scenario.get("given") or {})  # what the caller of a shared process sets
        self._open_move(0, "start", None)
        self.instance, progress = Instance.start(
            self.definition, {"ticket": self.sandbox.ticket} | given, self.sandbox, self.now
        )
        self._note(progress)
        self._close_move()

    def do(self, step: Any) -> bool:
        """Play one more step; whether it went as it says."""
        number = len(self.moves)
        actions = [a for a in ACTIONS if isinstance(step, Mapping) and a in step]
        move = self._open_move(number, actions[0] if actions else "", None)
        if len(actions) != 1:
            names = ", ".join(ACTIONS)
            self._differs(Told("needs exactly one of %(names)s", number, names=names))
            return False
        move.subject = step[actions[0]]
        self._reload()
        getattr(self, f"_{actions[0]}")(step)
        self._close_move()
        move.problems = [text.at(number) for text in move.problems]
        return not move.problems

    def _reload(self) -> None:
        """Write and read, as between two requests, with the ticket as it is by then."""
        self.instance = Instance.load(self.definition, self.instance.dump(), self.sandbox)
        self.instance.refresh({"ticket": self.sandbox.ticket})

    def _open_move(self, number: int, action: str, subject: Any) -> Move:
        self.sandbox.now = self.now
        self.moves.append(Move(number, action, subject, self.now))
        return self.moves[-1]

    def _close_move(self) -> None:
        for _ in range(CHAIN):
            messages, self.sandbox.messages = self.sandbox.messages, []
            for name in messages:
                self._reload()
                self._note(self.instance.message(name, {}, self.now))
        move = self.moves[-1]
        move.at, move.live = self.now, tuple(self.instance.live_steps)
        move.effects, move.asked = len(self.sandbox.effects), len(self.sandbox.asked)
        states = [s.state for s in self._steps(move.live) if s.state]
        ended = [s.state for s in self._steps(self.ends) if s.state] if self.instance.done else []
        if ended or states:
            self.sandbox.ticket["state"] = (ended or states)[-1]

    def _steps(self, names: Any) -> list[Step]:
        return [self.definition.steps[name] for name in names if name in self.definition.steps]

    def _note(self, progress: Progress) -> None:
        move = self.moves[-1]
        move.passed += progress.passed
        self.ends += progress.end_steps
        if len(self.passed) > MOST_PASSED:
            self._differs(Told("more than %(most)s steps; it was stopped here", most=MOST_PASSED))
        if self.strict:
            for failure in progress.failures:
                why = failure.message
                self._differs(Told('"%(step)s" failed: %(why)s', step=failure.step_id, why=why))

    def _differs(self, text: Told) -> None:
        self.moves[-1].problems.append(text)

    def _expect(self, step: Mapping[str, Any]) -> None:
        wanted = step["expect"]
        wanted = sorted([wanted] if isinstance(wanted, str) else wanted or [])
        present = sorted(self.instance.live_steps)
        if wanted != present:
            text = "waits at %(found)s, expected %(wanted)s"
            self._differs(Told(text, found=present, wanted=wanted))

    def _complete(self, step: Mapping[str, Any]) -> None:
        items = [i for i in self.instance.work_items if i.step.id == step["complete"]]
        if step.get("of") is not None:  # one of several repetitions
            items = [i for i in items if i.index == step["of"]]
        if not items:
            there = [i.step.id for i in self.instance.work_items]
            text = '"%(step)s" is not open; open are %(found)s'
            self._differs(Told(text, step=step["complete"], found=there))
            return
        answers = dict(step.get("answers") or {})
        self._carry_form(items[0].step, answers)
        self._note(self.instance.complete(items[0].task_id, answers, self.now))

    def _carry_form(self, step: Step, answers: Mapping[str, Any]) -> None:
        """Let answers that mean a ticket field set it, and list those that would be sent."""
        form = self.definition.forms.get(step.form or "")
        fields = form.ui.get("fields") if form is not None else None
        for name, looks in fields.items() if isinstance(fields, Mapping) else ():
            value = answers.get(name)
            if not isinstance(looks, Mapping) or value in (None, ""):
                continue
            if looks.get("ticket"):
                self.sandbox.take({str(looks["ticket"]): value})
            if looks.get("article"):
                self.sandbox.say(step, str(value))
        self.instance.refresh({"ticket": self.sandbox.ticket})

    def _message(self, step: Mapping[str, Any]) -> None:
        payload = step.get("payload") or {}
        progress = self.instance.message(str(step["message"]), payload, self.now)
        self._note(progress)
        if not progress.delivered:
            self._differs(Told('nobody waits for the message "%(name)s"', name=step["message"]))

    def _advance(self, step: Mapping[str, Any]) -> None:
        """Let time pass; what is due on the way happens when it is due, as on the desk.

        With `missed` the desk stood still meanwhile: all of it happens at the end, in its order.
        """
        until = parse_duration(step["advance"]).after(self.now)
        if step.get("missed") is True:
            self.now = self.sandbox.now = until
            self._note(self.instance.tick(self.now))
            return
        for _ in range(MOST_FIRED):
            due = self.instance.next_due
            if due is None or due > until or self.instance.done:
                break
            self.now = self.sandbox.now = max(due, self.now)
            self._note(self.instance.tick(self.now))
            self._reload()
        else:
            text = "more than %(most)s times came in that while; it was stopped there"
            self._differs(Told(text, most=MOST_FIRED))
            return
        self.now = self.sandbox.now = until

    def _retry(self, step: Mapping[str, Any]) -> None:
        self._note(self.instance.retry(self.now))

    def _data(self, step: Mapping[str, Any]) -> None:
        data = self.instance.data
        for name, value in (step["data"] or {}).items():
            if data.get(name) != value:
                text, found = '"%(name)s" is %(found)s, expected %(wanted)s', data.get(name)
                self._differs(Told(text, name=name, found=shown(found), wanted=shown(value)))

    def _expect_end(self, step: Mapping[str, Any]) -> None:
        if not self.instance.done:
            text = "has not ended; waits at %(found)s"
            self._differs(Told(text, found=self.instance.live_steps))
            return
        if step["expect_end"] not in self.ends:
            text, end = 'ended at %(found)s, expected "%(step)s"', step["expect_end"]
            self._differs(Told(text, found=self.ends, step=end))
            return
        state = self.definition.steps[step["expect_end"]].state
        if "state" in step and state != step["state"]:
            text = 'the end sets the state "%(found)s", expected "%(wanted)s"'
            self._differs(Told(text, found=state or "–", wanted=step["state"]))


def shown(value: Any) -> str:
    """A value in a sentence, as it would be written, bounded."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
