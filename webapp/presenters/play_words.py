"""What happens in a play, in the reader's words: steps, messages, times, effects, differences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pyramid.request import Request

from engine.errors import VorgangError
from engine.workflow import Definition
from engine.workflow.events import SIGNAL
from engine.workflow.sandbox import Effect
from engine.workflow.timers import parse_duration
from engine.workflow.told import Told
from engine.workflow.waiting import OpenTask
from webapp.i18n import N_
from webapp.presenters.problem_words import finding_said
from webapp.presenters.told_words import TOLD

MESSAGES = {
    "customer_replied": N_("The customer answers"),
    "agent_replied": N_("An agent writes to the customer"),
    "confirm": N_("The customer confirms the solution"),
    "reopen": N_("The customer says it is not settled"),
    "withdraw": N_("The customer withdraws"),
    "clock_warning": N_("A promised time runs short"),
    "clock_breached": N_("A promised time is missed"),
    "clock_escalated": N_("A missed time is still open"),
    "child_done": N_("A subtask is done"),
    "children_done": N_("The last subtask is done"),
    "parent_ended": N_("The ticket above it has ended"),
}
PEOPLE = {
    "customer": N_("the customer"),
    "manager": N_("the customer's manager"),
    "owner": N_("the ticket's owner"),
    "responsible": N_("the person responsible"),
    "queue": N_("the team of the ticket's queue"),
    "lead": N_("the team's lead"),
    "lead_manager": N_("the manager of the team's lead"),
}
PLACES = {
    "queue": N_("the team of the queue “%(name)s”"),
    "group": N_("the group “%(name)s”"),
    "role": N_("everybody who is “%(name)s”"),
    "person": "%(name)s",
}
EFFECTS = {
    "notify": N_("would tell %(whom)s (text “%(template)s”)"),
    "set": N_("would set %(what)s"),
    "note": N_("would write an internal note: “%(text)s”"),
    "tag": N_("would add the tag “%(text)s”"),
    "raise_priority": N_("would raise the priority by %(text)s"),
    "watch": N_("would let %(whom)s watch the ticket"),
    "add_tag": N_("would add the tag “%(text)s”"),
    "remove_tag": N_("would take away the tag “%(text)s”"),
    "assign": N_("would hand the ticket out (%(what)s)"),
    "webhook": N_("would call the webhook “%(text)s”"),
    "reply": N_("would write to the customer: “%(text)s”"),
    "signal": N_("would send the signal “%(text)s” to other tickets"),
    "create_ticket": N_("would make a subtask: %(what)s"),
    "create_child": N_("would make a subtask: %(what)s"),
    "message_parent": N_("would tell the ticket above it: %(what)s"),
    "message_children": N_("would tell its subtasks: %(what)s"),
    "publish_draft": N_("would publish the draft"),
    "return_draft": N_("would give the draft back"),
    "other": N_("would do “%(name)s” with %(what)s"),
}
LONGEST = 300


class Words:
    """Says things about one process to one reader."""

    def __init__(self, request: Request, definition: Definition | None) -> None:
        self.request, self.definition = request, definition

    def _(self, text: str) -> str:
        return str(self.request.translate(text))

    def step(self, step_id: str) -> str:
        """What a step is called; its id where it has no name."""
        step = self.definition.steps.get(step_id) if self.definition else None
        return str(self.request.reader.pick(step.title) or step.name) if step else step_id

    def steps(self, step_ids: Iterable[str]) -> str:
        """Several steps in a sentence."""
        names = list(dict.fromkeys(self._("“%(step)s”") % {"step": self.step(one)}
                                   for one in step_ids))  # fmt: skip
        return ", ".join(names) or self._("no step")

    def message(self, name: str) -> str:
        """What a message of the desk means; another one by its name."""
        if name.startswith(SIGNAL):
            return self._(N_("Signal “%(name)s”")) % {"name": name.removeprefix(SIGNAL)}
        return self._(MESSAGES[name]) if name in MESSAGES else name

    def whom(self, words: Any) -> str:
        """Whom an assignment or a notice means."""
        text = str(words or "")
        kind, _, name = text.partition(":")
        if name and kind in PLACES:
            return self._(PLACES[kind]) % {"name": name.strip()}
        known = PEOPLE.get(text or "queue")
        return self._(known) if known else text

    def for_whom(self, task: OpenTask) -> str:
        """Who would have an open step."""
        meant, wrong = task.meant()
        whom = self.whom(meant[0] if meant else "")
        return f"{whom} ({self.said(wrong)})" if wrong else whom

    def effect(self, effect: Effect) -> str:
        """What would be done."""
        params = effect.params if isinstance(effect.params, Mapping) else {"text": effect.params}
        values = {
            "whom": self.whom(params.get("to", params.get("text"))),
            "template": params.get("template", ""),
            "text": _short(params.get("text", params.get("name", ""))),
            "name": effect.name,
            "what": self._what(params),
        }
        return self._(EFFECTS.get(effect.name, EFFECTS["other"])) % values

    def said(self, reason: str) -> str:
        """Why something could not be done."""
        return finding_said(reason, self.request.reader.language)

    def told(self, problem: str) -> str:
        """Why something went another way."""
        if not isinstance(problem, Told):
            return self.said(problem)
        values = {
            name: self.steps(value) if isinstance(value, list | tuple)
            else self.step(str(value)) if name == "step" else value
            for name, value in problem.values.items()
        }  # fmt: skip
        if name := problem.values.get("name"):
            values["name"] = self.message(str(name))
        if why := problem.values.get("why"):
            values["why"] = self.said(str(why))
        return self._(TOLD.get(problem.template, problem.template)) % values

    def explain(self, error: VorgangError) -> str:
        """What the desk refuses, with what went another way in it said here, too."""
        values = {name: self.told(value) if isinstance(value, str) else value
                  for name, value in error.values.items()}  # fmt: skip
        said = self._(error.template)
        return said % values if values else said

    def length(self, iso: Any) -> str:
        """A while in words."""
        try:
            now = datetime(2030, 1, 7)  # noqa: DTZ001 - only the distance counts
            return str(
                self.request.reader.duration((parse_duration(iso).after(now) - now).total_seconds())
            )
        except (ValueError, OverflowError):
            return str(iso)

    def values(self, found: Mapping[str, Any]) -> str:
        """Variables in a sentence."""
        return ", ".join(f"{name} = {_short(value)}" for name, value in found.items()) or "–"

    def _what(self, params: Mapping[str, Any]) -> str:
        if set(params) == {"field", "value"}:
            return self.values({str(params["field"]): params["value"]})
        return self.values(params)


def _short(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return str(value).lower() if value is not None else "–"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
