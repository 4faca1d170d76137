"""Where a process is tried: a ticket that exists nowhere, rules that are only asked, effects that
are only listed. Nothing in here reaches the desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from engine.workflow.definition import Step
from engine.workflow.office_hours import office_hours
from engine.workflow.script_engine import Hooks
from engine.workflow.state import as_json

TICKET: dict[str, Any] = {
    "number": "1",
    "title": "",
    "body": "",
    "queue": "",
    "type": "",
    "priority": 3,
    "state": "new",
    "service": "",
    "sla": "",
    "channel": "web",
    "owner": "",
    "responsible": "",
    "customer": "",
    "customer_name": "",
    "organisation": "",
    "vip": False,
    "language": "en",
    "tags": [],
}
CHILD = "create_child"  # the one effect that answers: with the number of the new ticket
SETTABLE = ("queue", "priority", "type", "service", "sla", "owner", "responsible", "state", "title")


@dataclass(frozen=True)
class Decided:
    """What a ruleset decides: variables for the process, and what else it would do."""

    variables: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)  # those that it looked at
    effects: tuple[tuple[str, Any], ...] = ()
    messages: tuple[str, ...] = ()
    trace: Mapping[str, Any] = field(default_factory=dict)  # what explains it


class Rules(Protocol):
    """Somebody who says what a ruleset would decide about a ticket, without doing any of it."""

    def ask(
        self,
        ruleset: str,
        ticket: Mapping[str, Any],
        data: Mapping[str, Any],
        step: Step,
        now: datetime,
    ) -> Decided:
        """What the ruleset decides; may raise, which makes the step a failure."""
        ...


@dataclass(frozen=True)
class Asked:
    """A ruleset that was asked; `stated` when the scenario said what it decides."""

    step_id: str
    ruleset: str
    stated: bool
    decided: Decided


@dataclass(frozen=True)
class Effect:
    """Something that would be done on the desk: by a step, a rule, or an answer of a form."""

    step_id: str
    name: str
    params: Any
    source: str = "step"


class Sandbox:
    """Hooks of a process that is only tried."""

    def __init__(
        self, scenario: Mapping[str, Any], hooks: Hooks | None = None, rules: Rules | None = None
    ) -> None:
        self.stated: Mapping[str, Any] = scenario.get("rulesets") or {}
        self.hooks, self.rules = hooks, rules
        self.ticket = as_json({**TICKET, **dict(scenario.get("ticket") or {})})
        self.now: datetime = datetime.min.replace(tzinfo=UTC)
        self.asked: list[Asked] = []
        self.effects: list[Effect] = []
        self.messages: list[str] = []

    def decide(self, ruleset: str, data: Mapping[str, Any], step: Step) -> Mapping[str, Any]:
        """What the scenario says that the ruleset decides, else the rules, else nothing."""
        decided, stated = self._decided(ruleset, data, step), ruleset in self.stated
        self.asked.append(Asked(step.id, ruleset, stated, decided))
        self.take(decided.variables)
        for name, value in decided.effects:
            self._list(Effect(step.id, name, value, "rule"))
        self.messages += decided.messages
        return {**decided.variables, "ticket": as_json(self.ticket)}

    def effect(self, name: str, params: Mapping[str, Any], step: Step) -> Any:
        """Note the effect; its answer comes from the hooks, if there are any, else is made up."""
        self._list(Effect(step.id, name, as_json(dict(params))))
        if self.hooks is not None:
            return self.hooks.effect(name, params, step)
        made = sum(one.name == CHILD for one in self.effects)
        return f"{self.ticket['number']}-{made}" if name == CHILD else None

    def signal(self, name: str, step: Step) -> None:
        """Note a signal, which nobody hears here but the process itself."""
        self._list(Effect(step.id, "signal", {"name": name}))

    def working_time(self, start: datetime, days: int, seconds: int) -> datetime:
        """By the calendar of the hooks, else Monday to Friday from 8 to 18 in UTC."""
        if self.hooks is not None:
            return self.hooks.working_time(start, days, seconds)
        return office_hours(start, days, seconds)

    def take(self, values: Mapping[str, Any]) -> None:
        """Let values that mean a field of the ticket set it."""
        for name, value in values.items():
            if str(name).startswith("custom."):
                self.ticket[str(name).removeprefix("custom.")] = as_json(value)
            elif name == "priority":
                self.ticket["priority"] = rank_of(value)
            elif name in SETTABLE:
                self.ticket[name] = as_json(value)

    def say(self, step: Step, text: str) -> None:
        """Note that the answer of a form would be sent."""
        self._list(Effect(step.id, "reply", {"text": text}, "form"))

    def _decided(self, ruleset: str, data: Mapping[str, Any], step: Step) -> Decided:
        if ruleset in self.stated:
            return Decided(as_json(dict(self._statement(ruleset))))
        if self.rules is not None:
            return self.rules.ask(ruleset, as_json(self.ticket), data, step, self.now)
        if self.hooks is not None:
            return Decided(dict(self.hooks.decide(ruleset, data, step)))
        return Decided()

    def _statement(self, ruleset: str) -> Mapping[str, Any]:
        """What is stated; of a list one for each time it is asked, the last for all others."""
        said = self.stated[ruleset] or {}
        if not isinstance(said, list):
            return dict(said)
        before = sum(one.ruleset == ruleset for one in self.asked)
        return dict(said[min(before, len(said) - 1)] or {})

    def _list(self, effect: Effect) -> None:
        self.effects.append(effect)
        if effect.name == "set" and isinstance(effect.params, Mapping):
            one = effect.params
            self.take({str(one["field"]): one.get("value")} if "field" in one else one)
        tags = self.ticket["tags"] if isinstance(self.ticket["tags"], list) else []
        if effect.name in ("tag", "add_tag"):
            named = effect.params.get("name") if isinstance(effect.params, Mapping) else None
            self.ticket["tags"] = list(dict.fromkeys([*tags, named or str(effect.params)]))
        elif effect.name == "remove_tag":
            self.ticket["tags"] = [tag for tag in tags if tag != str(effect.params)]


def rank_of(value: Any) -> Any:
    """A priority as expressions see it: its rank, which begins its name ("4 high")."""
    text = str(value).strip()
    return int(text[0]) if text[:1] in tuple("12345") else value
