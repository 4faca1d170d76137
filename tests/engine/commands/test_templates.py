"""The examples of the templates, played by tickets on a desk: with its people, clock and worker."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from sqlalchemy import select

from engine.catalogue.models import TicketType
from engine.commands.due import fire_timer
from engine.commands.processes import opened, send_message
from engine.commands.publish import publish_process
from engine.commands.steps import complete_step
from engine.commands.tickets import close_ticket
from engine.tickets import queries
from engine.tickets.flow import Incident, ProcessInstance
from engine.timers.models import Timer
from engine.timers.sweep import sweep
from engine.workflow.timers import parse_duration
from tests.processes.folders import files_of, shared_files
from tests.processes.test_templates import TEMPLATES, examples


def go(town: Any) -> None:
    while sweep(town.desk, fire_timer):
        pass


def begin(town: Any, key: str) -> str:
    """A ticket that follows a template as its process."""

    def command(work: Any) -> None:
        publish_process(work, key, files_of(f"templates/{key}"), shared_files())
        if work.session.scalar(select(TicketType).where(TicketType.name == key)) is None:
            work.session.add(TicketType(name=key, process_key=key))

    town.desk.run(command)
    number: str = town.report(type=key, queue="Service Desk")
    go(town)
    return number


def stands(town: Any, number: str) -> list[str]:
    """The steps at which the ticket's process stands."""

    def question(work: Any, ticket: Any) -> list[str]:
        row = work.session.scalars(
            select(ProcessInstance).where(
                ProcessInstance.ticket_id == ticket.id, ProcessInstance.status == "running"
            )
        ).one()
        return sorted(opened(work, ticket, row)[1].live_steps)

    found: list[str] = town.see(number, question)
    return found


def do(town: Any, clock: Any, number: str, step: dict[str, Any]) -> None:
    if "complete" in step:

        def complete(work: Any) -> None:
            from engine.tickets.access import ticket_for

            item = next(i for i in queries.open_items(work.session, ticket_for(work, number))
                        if i.step_id == step["complete"])  # fmt: skip
            complete_step(work, item, step.get("answers") or {})

        town.desk.run(complete)
    elif step.get("message") == "children_done":
        others = town.see(number, lambda w, t: queries.linked(w.session, w.actor, t))
        for _, child in others:
            town.do("ada", child.number, lambda w, t: close_ticket(w, t))
    elif "message" in step:
        town.do("ada", number, lambda w, t: send_message(w, t, step["message"]) and None)
    elif "advance" in step:
        until = parse_duration(step["advance"]).after(clock.now)
        while clock.now < until:
            soonest = select(Timer.due_at).where(Timer.kind == "step").order_by(Timer.due_at)
            due = town.desk.read(lambda w, query=soonest: w.session.scalar(query.limit(1)))
            moment = min(due, until) if due and due > clock.now else until
            clock.move(seconds=(moment - clock.now).total_seconds())
            go(town)
    go(town)


@pytest.mark.by_turns
@pytest.mark.parametrize("key", TEMPLATES)
def test_its_examples_come_out_the_same_on_a_desk(town: Any, clock: Any, key: str) -> None:
    for example in examples(key):
        number = begin(town, key)
        for step in example["steps"]:
            if "expect" in step:
                wanted = yaml.safe_load(f"[{step['expect']}]") if isinstance(
                    step["expect"], str) else step["expect"]  # fmt: skip
                assert stands(town, number) == sorted(wanted), example["name"]
            elif "expect_end" in step:
                state = town.see(number, lambda w, t: t.state.name)
                assert state == step.get("state", "closed successful"), example["name"]
            else:
                do(town, clock, number, step)
        assert town.desk.read(lambda w: w.session.scalars(select(Incident.message)).all()) == []


def test_each_subtask_of_an_onboarding_goes_to_its_team(town: Any) -> None:
    number = begin(town, "onboarding")
    plan = {"person": "Kim Berg", "first_day": "2030-02-01", "device": True, "access": True,
            "place": True}  # fmt: skip
    town.complete("agnes", number, "plan", plan)
    groups = town.see(
        number, lambda w, t: [i.group and i.group.name for i in queries.open_items(w.session, t)]
    )
    assert groups == ["service desk", "network", "hr"]


def test_a_signal_of_one_ticket_lets_another_go_on(town: Any) -> None:
    waiting, mending = begin(town, "wait_for_signal"), begin(town, "send_signal")
    town.complete("agnes", mending, "mend", {"result": "A broken cable"})
    go(town)
    assert town.see(waiting, lambda w, t: t.state.name) == "closed successful"
