"""A play: where it stands after each step, what would be done, and how it becomes an example."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from engine.errors import Invalid
from engine.workflow.play import back, begun, going_on, onward, recorded, stage
from engine.workflow.player import START
from engine.workflow.sandbox import Decided
from engine.workflow.scenario import run_scenario

STATE = "<spiffworkflow:ticketState>{}</spiffworkflow:ticketState>"
FORM = (
    "<spiffworkflow:properties><spiffworkflow:property name='formJsonSchemaFilename'"
    " value='sort.schema.json'/></spiffworkflow:properties>"
)
FORMS = {
    "sort.schema.json": {
        "type": "object",
        "properties": {
            "queue": {"type": "string"},
            "priority": {"enum": ["3 normal", "4 high"]},
            "hint": {"type": "string"},
            "text": {"type": "string"},
        },
    },
    "sort.ui.json": {
        "fields": {
            "queue": {"ticket": "queue"},
            "priority": {"ticket": "priority"},
            "hint": {},
            "text": {"article": True},
        }
    },
}


@pytest.fixture
def definition(pen: Any, define: Any) -> Any:
    """route → sort (form) → tell → wait for a reply or three days → more or end."""
    drawn = pen().start().rule("route", "routing").node("userTask", "sort", ext=FORM)
    drawn.service("tell", "notify", to="'customer'", template="'got_it'")
    drawn.gate("eventBased", "wait").catch("quiet", pen.timer_event("P3D"))
    drawn.catch("reply", drawn.message_event("customer_replied")).gate("exclusive", "how", "done")
    drawn.user("more").end(ext=STATE.format("closed successful"))
    drawn.flow("start", "route", "sort", "tell", "wait", "quiet", "done")
    drawn.flow("wait", "reply", "how").flow("how", "done")
    drawn.flow("how", "more", when="ticket.priority >= 4").flow("more", "done")
    return define(drawn, FORMS)


class Asked:
    """Rules in force, as a play asks them."""

    def __init__(self, **decided: Any) -> None:
        self.decided = decided
        self.facts: list[Any] = []

    def ask(self, ruleset: str, ticket: Any, data: Any, step: Any, now: Any) -> Decided:
        """What was prepared."""
        self.facts.append((ruleset, dict(ticket), step.id, now))
        return Decided(**self.decided)


def play(*steps: Any, **more: Any) -> dict[str, Any]:
    return {"steps": list(steps), **more}


SORT = {"complete": "sort", "answers": {"priority": "4 high", "hint": "x", "text": "Wait a bit"}}


def test_at_the_beginning_the_first_step_is_open_with_what_its_form_shows(definition: Any) -> None:
    scenario = play(ticket={"queue": "Network"}, rulesets={"routing": {"priority": "4 high"}})
    now = stage(definition, scenario)
    assert now.live == ("sort",)
    assert now.now == START
    assert not now.over
    assert [one.step.id for one in now.open] == ["sort"]
    assert now.open[0].values == {"queue": "Network", "priority": "4 high"}
    assert now.ticket["priority"] == 4
    assert [(one.ruleset, one.stated) for one in now.asked] == [("routing", True)]


def test_rules_in_force_are_asked_about_the_ticket_and_only_listed(definition: Any) -> None:
    rules = Asked(
        variables={"queue": "HR"},
        effects=(("notify", {"to": "queue"}),),
        facts={"ticket.title": "x"},
    )
    now = stage(definition, play(ticket={"title": "x"}), rules)
    assert now.ticket["queue"] == "HR"
    assert now.variables["queue"] == "HR"
    assert now.variables["ticket"]["queue"] == "HR"
    assert [(e.name, e.source, e.step_id) for e in now.effects] == [("notify", "rule", "route")]
    assert rules.facts[0][0] == "routing"
    assert rules.facts[0][1]["title"] == "x"
    assert now.asked[0].decided.facts == {"ticket.title": "x"}


def test_a_message_that_a_rule_sends_reaches_the_process(
    definition: Any, pen: Any, define: Any
) -> None:
    drawn = pen().start().user("do").rule("ask", "routing").user("wait")
    drawn.border("gone", "wait", drawn.message_event("withdraw")).end().end("left")
    drawn.flow("start", "do", "ask", "wait", "done").flow("gone", "left")
    now = stage(define(drawn), play({"complete": "do"}), Asked(messages=("withdraw",)))
    assert now.ended == ("left",)


def test_what_would_be_done_is_listed_in_its_order(definition: Any) -> None:
    now = stage(definition, play(SORT))
    assert [(e.name, e.source, e.params) for e in now.effects] == [
        ("reply", "form", {"text": "Wait a bit"}),
        ("notify", "step", {"to": "customer", "template": "got_it"}),
    ]
    assert now.messages == ["customer_replied"]
    assert [(t.step_id, t.due_at) for t in now.timers] == [("quiet", START + timedelta(days=3))]
    assert now.ticket["priority"] == 4
    assert now.variables["hint"] == "x"


def test_the_path_is_steps_and_flows_in_the_order_of_their_first_time(definition: Any) -> None:
    now = stage(definition, play(SORT, {"message": "customer_replied"}, {"complete": "more"}))
    assert now.over
    assert now.ended == ("done",)
    assert now.ticket["state"] == "closed successful"
    assert now.done_steps == (
        "start", "route", "sort", "tell", "wait", "reply", "how", "more", "done",
    )  # fmt: skip
    assert now.flows == (
        "start_route", "route_sort", "sort_tell", "tell_wait", "wait_reply", "reply_how",
        "how_more", "more_done",
    )  # fmt: skip


def test_time_fires_what_is_due_when_it_is_due(pen: Any, define: Any) -> None:
    drawn = pen().start().catch("one", pen.timer_event("P3D")).catch("two", pen.timer_event("P7D"))
    definition = define(drawn.user("do").end().flow("start", "one", "two", "do", "done"))
    assert stage(definition, play({"advance": "P9D"})).live == ("two",)
    assert stage(definition, play({"advance": "P10D"})).live == ("do",)
    late = stage(definition, play({"advance": "P10D", "missed": True}))
    assert late.live == ("two",)
    assert late.now == START + timedelta(days=10)
    assert stage(definition, play({"advance": "P10D"})).now == late.now


def test_a_time_that_comes_without_end_is_stopped(pen: Any, define: Any) -> None:
    drawn = pen().start().user("do").service("say", "notify", to="'queue'", template="'x'")
    drawn.border("tick", "do", pen.timer_event("R/PT1M", "timeCycle"), interrupting=False)
    drawn.end().end("said").flow("start", "do", "done").flow("tick", "say", "said")
    now = stage(define(drawn), play({"advance": "P1Y"}))
    assert "more than 200 times" in now.problems[0]


def test_a_step_that_fails_shows_its_reason_and_the_play_goes_on(pen: Any, define: Any) -> None:
    drawn = pen().start().user("do").script("reckon", "x = ticket.nothing + 1").end()
    definition = define(drawn.flow("start", "do", "reckon", "done"))
    now = stage(definition, play({"complete": "do"}, {"retry": True}))
    assert [f.step_id for f in now.failures] == ["reckon"]
    assert not now.problems
    with pytest.raises(Invalid, match="cannot be kept"):
        recorded(definition, play({"complete": "do"}))


def test_a_step_back_leaves_the_last_one_out(definition: Any) -> None:
    scenario = play(SORT, {"message": "customer_replied"}, effects=["notify"])
    assert stage(definition, scenario).live == ("more",)
    assert begun(scenario, 1) == {"steps": [SORT]}
    assert stage(definition, begun(scenario, 1)).live == ("wait",)
    assert begun(scenario, -4)["steps"] == []


def test_steps_are_gone_through_with_what_they_expect() -> None:
    expects = {"expect": ["wait"]}
    scenario = play(expects, SORT, expects, {"advance": "P1D"}, {"expect_end": "done"}, effects=[])
    assert [onward(scenario, at) for at in (0, 1, 3, 5, 9)] == [1, 3, 5, 5, 5]
    assert [back(scenario, at) for at in (5, 4, 3, 1, 0)] == [3, 3, 1, 0, 0]
    assert going_on(scenario, 5) == {"steps": [SORT, {"advance": "P1D"}]}
    assert going_on(scenario, 2) == {"steps": [SORT]}


def test_one_of_several_repetitions_is_done(pen: Any, define: Any) -> None:
    many = '<bpmn:multiInstanceLoopCharacteristics isSequential="false"><bpmn:loopCardinality>2'
    many += "</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
    definition = define(pen().start().user("do", inner=many).end().flow("start", "do", "done"))
    now = stage(definition, play({"complete": "do", "of": 1}))
    assert [one.task.index for one in now.open] == [0]
    assert stage(definition, play({"complete": "do", "of": 1}, {"complete": "do"})).over
    assert "not open" in stage(definition, play({"complete": "do", "of": 2})).problems[0]


HOSTILE: list[Any] = [
    None, [], "x", 7, {"steps": 7}, {"steps": "x"}, {"steps": [7]}, {"steps": [[]]}, {"ticket": []},
    {"ticket": {"tags": 5, "priority": {}}}, {"rulesets": []}, {"rulesets": {"routing": 5}},
    {"rulesets": {"routing": [5]}}, {"rulesets": {"routing": []}}, {"given": "x"},
    {"steps": [{"complete": ["sort"]}]}, {"steps": [{"complete": "sort", "answers": 5}]},
    {"steps": [{"complete": "sort", "answers": {"text": {"a": []}, "queue": [1]}}]},
    {"steps": [{"complete": "nowhere"}]}, {"steps": [{"message": "x"}]},
    {"steps": [{"message": {}}]},
    {"steps": [{"advance": "P999999Y"}]}, {"steps": [{"advance": 5}]}, {"steps": [{"advance": ""}]},
    {"steps": [{"expect": 5}]}, {"steps": [{"expect": [5]}]}, {"steps": [{"expect_end": "x"}]},
    {"steps": [{"data": []}]}, {"steps": [{"retry": True}] * 301}, {"given": {"x": "y" * 200_000}},
    {"name": 5}, {"name": "x" * 400}, {"effects": "notify"}, {"effects": [[]]},
    {"ticket": {"x": float("nan")}}, {"given": {"ticket": 5}}, {1: 2}, {"steps": [{"jump": "x"}]},
    {"ticket": {"tags": {"a": 1}}, "given": {"__class__": 1}},
]  # fmt: skip


@pytest.mark.parametrize("scenario", HOSTILE, ids=lambda found: str(found)[:40])
def test_whatever_comes_in_gives_a_stage(definition: Any, scenario: Any) -> None:
    now = stage(definition, scenario)
    assert all(isinstance(text, str) and "Traceback" not in text for text in now.problems)
    with suppress(Invalid):
        assert isinstance(recorded(definition, scenario), dict)


def test_what_is_nested_without_end_is_refused(definition: Any) -> None:
    deep: Any = {}
    for _ in range(900):
        deep = {"a": deep}
    for found in (deep, {"given": deep}):
        assert "cannot be played" in stage(definition, found).problems[0]


def test_a_play_becomes_an_example_that_passes(definition: Any) -> None:
    scenario = play(SORT, {"message": "customer_replied"}, {"complete": "more"}, name="High")
    rules = Asked(variables={"queue": "HR"})
    example = recorded(definition, scenario, rules, keep=["hint", "nothing"])
    assert example == {
        "name": "High",
        "rulesets": {"routing": {"queue": "HR"}},
        "steps": [
            {"expect": ["sort"]},
            SORT,
            {"expect": ["wait"]},
            {"message": "customer_replied"},
            {"expect": ["more"]},
            {"complete": "more"},
            {"data": {"hint": "x"}},
            {"expect_end": "done", "state": "closed successful"},
        ],
        "effects": ["notify"],
    }
    assert run_scenario(definition, example) == []


def test_an_expectation_is_taken_anew(definition: Any) -> None:
    old = play(
        {"expect": ["gone"]}, SORT, {"data": {"hint": "old"}}, {"message": "customer_replied"},
        {"expect_end": "done"}, effects=[],
    )  # fmt: skip
    assert run_scenario(definition, old)
    fresh = recorded(definition, old)
    assert fresh["steps"][:4] == [{"expect": ["sort"]}, SORT, {"expect": ["wait"]},
                                  {"data": {"hint": "x"}}]  # fmt: skip
    assert fresh["steps"][-1] == {"expect": ["more"]}
    assert fresh["effects"] == ["notify"]
    assert run_scenario(definition, fresh) == []


def test_decisions_that_differ_each_time_are_kept_as_a_list(pen: Any, define: Any) -> None:
    drawn = pen().start().rule("one", "routing").rule("two", "routing").user("do").end()
    definition = define(drawn.flow("start", "one", "two", "do", "done"))
    stated = {"routing": [{"queue": "A"}, {"queue": "B"}]}
    now = stage(definition, play(rulesets=stated))
    assert now.ticket["queue"] == "B"
    assert recorded(definition, play(rulesets=stated))["rulesets"] == stated

    class Turn:
        asked = 0

        def ask(self, *_: Any) -> Decided:
            self.asked += 1
            return Decided({"queue": "AB"[self.asked % 2]})

    fresh = recorded(definition, play(), Turn())
    assert fresh["rulesets"] == {"routing": [{"queue": "B"}, {"queue": "A"}]}
    assert run_scenario(definition, fresh) == []


def test_a_branch_that_waits_for_another_one_shows_and_whether_that_can_come(
    pen: Any, define: Any
) -> None:
    drawn = pen().start().gate("parallel", "fork").user("one", "other").gate("parallel", "join")
    drawn.end().flow("start", "fork", "one", "join", "done").flow("fork", "other", "join")
    now = stage(define(drawn), play({"complete": "one"}))
    assert (now.joins, now.stuck) == (("join",), False)
    assert stage(define(drawn), play({"complete": "one"}, {"complete": "other"})).joins == ()


def test_what_only_the_rules_in_force_can_do_is_not_kept(pen: Any, define: Any) -> None:
    """A rule that sends the process a message is not there when examples are played."""
    drawn = pen().start().user("do").rule("ask", "routing").user("wait")
    drawn.border("gone", "wait", drawn.message_event("withdraw")).end().end("left")
    definition = define(drawn.flow("start", "do", "ask", "wait", "done").flow("gone", "left"))
    with pytest.raises(Invalid, match="cannot be kept"):
        recorded(definition, play({"complete": "do"}), Asked(messages=("withdraw",)))
