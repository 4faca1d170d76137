"""Whom a lane means: words, expressions over the variables, and callers of shared processes."""

from __future__ import annotations

from typing import Any

import pytest

from engine.workflow.assignment import meant
from engine.workflow.definition import check_files

TEAM = 'expression: "group:" + team'


def assigned(run: Any) -> list[tuple[str, list[str]]]:
    return [(item.step.id, item.meant()[0]) for item in run.instance.work_items]


@pytest.mark.parametrize(
    ("assign", "words"),
    [
        (None, []),
        ("owner", ["owner"]),
        (TEAM, ["group:network"]),
        ("expression: who", ["person:max@example.com"]),
        ('expression: ["manager", who]', ["manager", "person:max@example.com"]),
        ('expression: "manager" if ticket.vip else "owner"', ["owner"]),
    ],
)
def test_words_stand_and_expressions_are_computed(assign: str, words: list[str]) -> None:
    data = {"team": "network", "who": "max@example.com", "ticket": {"vip": False}}
    assert meant(assign, data, None) == (words, "")


@pytest.mark.parametrize(
    ("assign", "why"),
    [
        ("expression: nobody_set_this", "there is no value"),
        ("expression: 1 + 1", "it gave 2, which means nobody"),
        ('expression: ["", null, "nonsense"]', "means nobody"),
        ('expression: "x" * 90000', "numbers only"),
        ("expression: ().__class__", "not allowed"),
    ],
)
def test_what_leads_nowhere_says_why(assign: str, why: str) -> None:
    words, problem = meant(assign, {}, None)
    assert words == []
    assert why in problem
    assert len(problem) < 300


def test_a_repetition_takes_its_own_entry_of_a_list() -> None:
    entries = 'expression: ["owner", "manager"]'
    assert [meant(entries, {}, number)[0] for number in range(3)] == [["owner"], ["manager"], []]


@pytest.mark.parametrize("sequential", ["false", "true"])
@pytest.mark.parametrize(
    "assign",
    ["expression: approver", "expression: approvers", 'expression: "person:" + approver'],
)
def test_each_repetition_goes_to_somebody_else(
    begin: Any, pen: Any, assign: str, sequential: str
) -> None:
    each = (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{sequential}">'
        "<bpmn:loopDataInputRef>approvers</bpmn:loopDataInputRef>"
        '<bpmn:inputDataItem id="approver"/></bpmn:multiInstanceLoopCharacteristics>'
    )
    p = pen().start().user("approve", inner=each).end().flow("start", "approve", "done")
    p.lane("Approvers", "approve", assign=assign.replace('"', "&quot;"))
    run = begin(p, {"approvers": ["a@example.com", "b@example.com"]})
    seen = []
    while run.open:
        now = assigned(run)
        seen.append(now[0][1])
        if sequential == "false" and len(seen) == 1:
            assert [words for _, words in now] == [
                ["person:a@example.com"],
                ["person:b@example.com"],
            ]
        run.do("approve")
    assert seen == [["person:a@example.com"], ["person:b@example.com"]]


@pytest.mark.parametrize("cardinality", ["false", "true"])
def test_a_subprocess_for_each_entry_counts_for_the_steps_in_it(
    begin: Any, pen: Any, cardinality: str
) -> None:
    each = (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{cardinality}">'
        "<bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
    )
    inner = pen().start("s2").user("look").end("e2").flow("s2", "look", "e2").body()
    p = pen().start().node("subProcess", "part", inner + each).end().flow("start", "part", "done")
    p.lane("Parts", "part", assign='expression: ["owner", "manager"]'.replace('"', "&quot;"))
    run = begin(p)
    seen = []
    while run.open:
        seen.append(assigned(run)[0][1])
        run.do("look")
    assert seen == [["owner"], ["manager"]]


CALLER = [None, "", "group:callers", TEAM]
CALLED = [None, "", "customer", 'expression: "queue:" + team']
GIVES = {"group:callers": "group:callers", TEAM: "group:red", "customer": "customer",
         'expression: "queue:" + team': "queue:red"}  # fmt: skip


@pytest.mark.parametrize("caller", CALLER)
@pytest.mark.parametrize("called", CALLED)
def test_the_callers_lane_holds_unless_the_called_one_says_who(
    begin: Any, pen: Any, caller: str | None, called: str | None
) -> None:
    """None: no lane at all; "": a lane that does not say who does it."""
    inner = pen("part").start("s2").user("inside").end("e2").flow("s2", "inside", "e2")
    outer = pen("whole").start().node("callActivity", "call", attrs='calledElement="part"').end()
    outer.flow("start", "call", "done")
    if called is not None:
        inner.lane("Inner", "inside", assign=called.replace('"', "&quot;"))
    if caller is not None:
        outer.lane("Outer", "call", assign=caller.replace('"', "&quot;"))
    run = begin(outer, {"team": "red"}, part=inner)
    wanted = GIVES.get(called or "") or GIVES.get(caller or "")
    assert assigned(run) == [("inside", [wanted] if wanted else [])]
    name = "Inner" if called else "Outer" if caller else None
    expected = name or ("Inner" if called == "" else "Outer" if caller == "" else None)
    assert run.instance.work_items[0].lane == expected


def lint(pen: Any, assign: str) -> list[tuple[str, str]]:
    p = pen().start().user("work").end().flow("start", "work", "done")
    p.script("unused", 'team = "red"')
    p.lane("Who", "work", assign=assign.replace("<", "&lt;").replace('"', "&quot;"))
    found = check_files("sample", {"process.bpmn": p.xml()}, {})
    return [(x.code, x.message) for x in found if x.element == "lane_0"]


def test_expressions_of_lanes_are_checked_before_publishing(pen: Any) -> None:
    assert lint(pen, TEAM) == []
    assert lint(pen, "expression: ticket.owner") == []
    assert lint(pen, "expression: open(")[0][0] == "expression"
    assert lint(pen, "expression:")[0][0] == "expression"
    assert lint(pen, 'expression: "grup:x"')[0][0] == "lane-assign"
    assert lint(pen, "grup:x")[0][0] == "lane-assign"
    code, message = lint(pen, 'expression: "group:" + taem')[0]
    assert code == "unknown-name"
    assert '"taem"' in message
