"""What a diagram may ask of the desk while it runs: a ruleset's decision, or an effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from engine.commands.carry_out import after_change, do_action
from engine.commands.clocks import calendar_of_ticket
from engine.commands.facts import variables_of
from engine.commands.follow_up import ask
from engine.commands.process_rows import Standing
from engine.errors import Invalid, Unavailable
from engine.sla.working import add_working, add_working_days
from engine.tickets.models import Ticket
from engine.work import Cause, Work
from engine.workflow import Step

PLACED = "placed_on_arrival"  # the process knows it, so that a step tried again does too


class DeskHooks:
    """What a diagram may ask of the desk while it runs: a ruleset's decision, or an effect."""

    def __init__(self, work: Work, ticket: Ticket, version: str) -> None:
        self.work = work
        self.ticket = ticket
        self.version = version
        self.messages: list[tuple[str, Cause]] = []
        self.signals: list[tuple[str, Cause]] = []
        self.fault: Exception | None = None
        self.before = Standing()

    def decide(self, ruleset: str, data: Mapping[str, Any], step: Step) -> Mapping[str, Any]:
        """Ask a ruleset; what it sets changes the ticket and comes back as process variables."""
        with self._faults():
            return self._decide(ruleset, data, step)

    def effect(self, name: str, params: Mapping[str, Any], step: Step) -> Any:
        """Do what a service task says: `notify`, `set`, `note`, `tag`, or ask other tickets."""
        with self._faults():
            return self._effect(name, params, step)

    def signal(self, name: str, step: Step) -> None:
        """A signal that the process has thrown; others hear it when this move is written down.

        Thrown again in the same move, it is the same signal to them.
        """
        if all(name != other for other, _ in self.signals):
            self.signals.append((name, step_cause(self.work, self.version, step)))

    def working_time(self, start: datetime, days: int, seconds: int) -> datetime:
        """By the calendar of the ticket's SLA, else of its queue's, else the desk's own."""
        with self._faults():
            calendar = calendar_of_ticket(self.work, self.ticket)
        return add_working(calendar, add_working_days(calendar, start, days), seconds)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Remember a fault of the database: the machine would call it an incident of the ticket,
        but the whole transaction is lost and must be tried again."""
        try:
            yield
        except (SQLAlchemyError, Unavailable) as error:
            self.fault = self.fault or error
            raise

    def _decide(self, ruleset: str, data: Mapping[str, Any], step: Step) -> Mapping[str, Any]:
        answers = {
            f"form.{name}": value
            for name, value in data.items()
            if isinstance(value, str | int | float | bool)
        }
        placed = answers.pop(f"form.{PLACED}", False) is True
        facts = answers | {
            "step.id": step.id,
            "step.lane": step.lane or "",
            "ticket.placed": placed,
        }
        carried, _ = ask(self.work, self.ticket, ruleset, facts=facts)
        self.messages += carried.messages
        if carried.problems:
            raise Invalid("; ".join(carried.problems))
        return carried.variables | variables_of(self.work, self.ticket)

    def _effect(self, name: str, params: Mapping[str, Any], step: Step) -> Any:
        work = self.work.as_desk().because(step_cause(self.work, self.version, step))
        if name == "notify":
            do_action(work, self.ticket, "notify", params)
        elif name == "set":
            value = {str(params["field"]): params["value"]}
            carried = do_action(work, self.ticket, "set", value)
            after_change(work, self.ticket, carried.changed)
        elif name == "note":
            do_action(work, self.ticket, "note", params["text"])
        elif name == "tag":
            do_action(work, self.ticket, "add_tag", params["name"])
        elif name in ("publish_draft", "return_draft"):
            self._decide_draft(name, params)
        elif name in ("publish_rules", "return_rules"):
            self._decide_rules(name)
        else:
            return self._family(work, name, params)
        return None

    def _family(self, work: Work, name: str, params: Mapping[str, Any]) -> Any:
        from engine.commands.children import create_child, message_children, message_parent

        if name == "create_child":
            return create_child(work, self.ticket, params)
        if name == "message_parent":
            return message_parent(work, self.ticket, params)
        if name == "message_children":
            return message_children(work, self.ticket, params)
        raise Invalid(f"The desk knows no operator {name!r}.")

    def _decide_draft(self, name: str, params: Mapping[str, Any]) -> None:
        from engine.commands.process_approval import publish_approved, return_draft

        decide = publish_approved if name == "publish_draft" else return_draft
        decide(self.work, self.ticket, params)

    def _decide_rules(self, name: str) -> None:
        from engine.commands.rules_approval import publish_approved_rules, return_rules

        decide = publish_approved_rules if name == "publish_rules" else return_rules
        decide(self.work, self.ticket)


def step_cause(work: Work, version: str, step: Step) -> Cause:
    """The cause that a step of a diagram is."""
    return Cause(
        kind="step",
        reason=f"{version}: {step.title.get('en') or step.name or step.id}",
        ref={"version": version, "step": step.id},
        depth=work.cause.depth,
        rules=work.cause.rules,
    )
