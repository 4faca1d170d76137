"""Steps find their person by what the process knows; what leads nowhere stays visible."""

from __future__ import annotations

import pytest

from engine.tickets import queries
from engine.tickets.flow import WorkItem
from tests.engine.commands.drawn import Pen, publish, take


def who(town, number):
    """(kind, name) of whom each open step waits for."""

    def of(item: WorkItem) -> tuple[str, str]:
        if item.person is not None:
            return item.kind, item.person.login
        return item.kind, item.group.name if item.group else item.role or item.queue.name

    return town.see(number, lambda w, t: [of(i) for i in queries.open_items(w.session, t)])


def noted(town, number):
    found = town.see(number, lambda w, t: queries.history(w.session, t))
    return [h.after for h in found if h.what == "step problem"]


def drawn(assign: str, *script: str) -> Pen:
    pen = Pen("asks").start().script("know", *script).user("work").end()
    pen.flow("start", "know", "work", "done")
    return pen.lane("Who", "work", assign=assign.replace('"', "&quot;"))


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("assign", "value", "found"),
    [
        ('expression: "group:" + team', "hr", ("group", "hr")),
        ('expression: "queue:" + team', "Network::VPN", ("queue", "Network::VPN")),
        ('expression: "role:" + team', "admin", ("role", "admin")),
        ("expression: team", "Bruno@example.com", ("person", "bruno@example.com")),
        ("expression: [team, 'manager']", "gone@example.com", ("person", "max@example.org")),
        ("expression: ['owner', team]", "group:hr", ("group", "hr")),
    ],
)
def test_an_expression_says_who(town, assign, value, found):
    publish(town, drawn(assign, f'team = "{value}"'))
    number = take(town, "asks", queue="Service Desk")
    assert who(town, number) == [found]
    assert noted(town, number) == []


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("assign", "value", "why"),
    [
        ('expression: "group:" + team', "no such group", "nobody found"),
        ('expression: "role:" + team', "wizard", "nobody found"),
        ("expression: team", "gone@example.com", "nobody found"),
        ("expression: team.lead", "red", "no field"),
        ("expression: nothing_set_this", "red", "no value"),
    ],
)
def test_what_leads_nowhere_falls_to_the_queue_with_a_record(town, assign, value, why):
    publish(town, drawn(assign, f'team = "{value}"'))
    number = take(town, "asks", queue="Service Desk")
    assert who(town, number) == [("queue", "Service Desk")]
    assert why in noted(town, number)[0]


def test_each_of_several_approvers_has_a_step_of_their_own(town):
    each = (
        "<bpmn:multiInstanceLoopCharacteristics>"
        "<bpmn:loopDataInputRef>approvers</bpmn:loopDataInputRef>"
        '<bpmn:inputDataItem id="approver"/></bpmn:multiInstanceLoopCharacteristics>'
    )
    pen = (
        Pen("asks").start().script("know", 'approvers = ["olga@example.com", "bruno@example.com"]')
    )
    pen.user("work", inner=each).end().flow("start", "know", "work", "done")
    publish(town, pen.lane("Who", "work", assign="expression: approver"))
    number = take(town, "asks")
    assert who(town, number) == [("person", "olga@example.com"), ("person", "bruno@example.com")]
    town.complete("bruno", number, "work", {})
    assert who(town, number) == [("person", "olga@example.com")]
