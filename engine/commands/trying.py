"""Asking the rules in force about a ticket that exists nowhere: what they would decide, undone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine.catalogue.models import State
from engine.commands.hooks import PLACED
from engine.commands.working_facts import WorkingFacts
from engine.errors import NotFound
from engine.rules import Release
from engine.work import Work
from engine.workflow.definition import Step
from engine.workflow.player import START
from engine.workflow.sandbox import TICKET, Decided

LISTED = ("add_tag", "remove_tag", "note", "notify", "assign", "create_ticket", "start_process",
          "link", "webhook", "raise_priority", "watch")  # fmt: skip


class RulesInForce:
    """The rules as they are today; a play's clock only says how old the ticket has become."""

    def __init__(self, work: Work, release: Release) -> None:
        self.work, self.release = work, release
        rows = work.session.execute(select(State.name, State.type))
        self.state_types = {row.name: row.type for row in rows}

    def ask(
        self,
        ruleset: str,
        ticket: Mapping[str, Any],
        data: Mapping[str, Any],
        step: Step,
        now: datetime,
    ) -> Decided:
        """What a ruleset decides; a ticket is told to it as on the desk."""
        facts = self._facts(ticket, now) | _answers(data)
        facts |= {
            "step.id": step.id,
            "step.lane": step.lane or "",
            "ticket.placed": data.get(PLACED) is True,
        }
        today = self.work.now + (now - START)
        times = WorkingFacts(self.work.session).times(
            str(ticket.get("sla") or ""), str(ticket.get("queue") or "")
        )
        evaluation = self.release.evaluate(ruleset, facts, now=today, times=times)
        variables: dict[str, Any] = {}
        for decision in evaluation.decisions:
            if decision.action in ("set", "variable"):
                variables |= dict(decision.value)
        listed = [d for d in evaluation.decisions if d.action in LISTED]
        return Decided(
            variables,
            evaluation.trace["facts"],
            tuple((d.action, d.value) for d in listed),
            tuple(str(d.value) for d in evaluation.decisions if d.action == "message"),
            evaluation.trace,
        )

    def _facts(self, ticket: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        email = str(ticket.get("customer") or "")
        state = str(ticket.get("state") or "")
        facts = {
            f"ticket.{name}": ticket.get(name)
            for name in TICKET
            if name not in ("customer", "customer_name", "organisation", "vip")
        }
        custom = {f"custom.{n}": value for n, value in ticket.items() if n not in TICKET}
        at = self.work.now + (now - START)
        working = WorkingFacts(self.work.session).of(
            str(ticket.get("sla") or ""), str(ticket.get("queue") or ""), self.work.now, at
        )
        return custom | facts | working | {
            "ticket.state_type": self.state_types.get(state, "open"),
            "ticket.created": self.work.now.isoformat(),
            "ticket.age_minutes": int((now - START).total_seconds() // 60),
            "customer.email": email,
            "customer.domain": email.rpartition("@")[2],
            "customer.name": ticket.get("customer_name"),
            "customer.organisation": ticket.get("organisation"),
            "customer.vip": ticket.get("vip") is True,
            "customer.internal": ticket.get("internal") is True,
        }  # fmt: skip


def rules_in_force(work: Work) -> RulesInForce | None:
    """Somebody to ask for what rules would decide; None before the first publishing."""
    try:
        return RulesInForce(work, work.desk.library.release(work.session))
    except NotFound:
        return None


def _answers(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        f"form.{name}": value
        for name, value in data.items()
        if name != PLACED and isinstance(value, str | int | float | bool)
    }
