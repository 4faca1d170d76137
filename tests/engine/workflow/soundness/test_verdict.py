"""Three answers about a process: sound; unsound with a course that shows it; undecided, and why."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.workflow import soundness_of
from engine.workflow.definition import check_files
from engine.workflow.scenario import run_scenario
from engine.workflow.soundness import Soundness
from tests.engine.workflow.soundness.blocks import defined

ASK = (
    '<spiffworkflow:properties><spiffworkflow:property name="formJsonSchemaFilename"'
    ' value="ask.schema.json"/></spiffworkflow:properties>'
)
FORM = {
    "type": "object",
    "properties": {
        "vip": {"type": "boolean"},
        "kind": {"type": "string", "enum": ["a", "b"]},
        "amount": {"type": "integer", "minimum": 0},
        "reason": {"type": "string", "minLength": 3},
    },
    "required": ["vip", "kind", "amount", "reason"],
}


def files_of(drawn: Any) -> dict[str, bytes]:
    return {"process.bpmn": drawn.xml(), "ask.schema.json": json.dumps(FORM).encode()}


def verdict(drawn: Any, **shared: Any) -> Soundness:
    others = {key: {"process.bpmn": one.xml()} for key, one in shared.items()}
    return soundness_of("sample", files_of(drawn), others)


def asked(pen: Any) -> Any:
    return pen().start().node("userTask", "ask", ext=ASK).flow("start", "ask")


def meeting_by_fact(p: Any, first: str, second: str) -> Any:
    """Two ways out for some; they meet again where the same is asked once more."""
    p.gate("exclusive", "g1", "solo").gate("parallel", "fork").user("a", "b", "solo")
    p.gate("exclusive", "m").gate("exclusive", "g2", "done").gate("parallel", "join")
    p.end().end("done2").flow("ask", "g1").flow("g1", "fork", when=first).flow("g1", "solo", "m")
    p.flow("fork", "a", "m", "g2").flow("fork", "b", "join", "done2")
    return p.flow("g2", "join", when=second).flow("g2", "done")


def test_paths_that_meet_because_the_same_is_asked_twice_are_sound(pen: Any) -> None:
    assert verdict(meeting_by_fact(asked(pen), "vip", "vip")).verdict == "sound"
    assert verdict(meeting_by_fact(asked(pen), "amount > 5", "amount >= 6")).verdict == "sound"
    assert verdict(meeting_by_fact(asked(pen), 'kind == "a"', 'kind != "b"')).verdict == "sound"


def test_they_are_not_where_something_else_is_asked(pen: Any) -> None:
    found = verdict(meeting_by_fact(asked(pen), "amount > 5", "amount > 6"))
    assert found.verdict == "unsound"
    assert found.scenario is not None
    assert found.scenario["steps"][0]["answers"]["amount"] == 6
    assert len(found.scenario["steps"][0]["answers"]["reason"]) >= 3


def test_they_are_not_where_a_step_between_may_change_the_answer(pen: Any) -> None:
    p = asked(pen).node("userTask", "again", ext=ASK)
    p.gate("exclusive", "g1", "solo").gate("parallel", "fork").user("b", "solo")
    p.gate("exclusive", "m").gate("exclusive", "g2", "done").gate("parallel", "join")
    p.end().end("done2").flow("ask", "g1").flow("g1", "fork", when="vip").flow("g1", "solo", "m")
    p.flow("fork", "again", "m", "g2").flow("fork", "b", "join", "done2")
    found = verdict(p.flow("g2", "join", when="vip").flow("g2", "done"))
    assert found.verdict == "unsound"
    assert found.element == "join"


def test_a_fact_of_the_ticket_may_change_in_between_which_is_said(pen: Any) -> None:
    found = verdict(meeting_by_fact(asked(pen), "ticket.vip", "ticket.vip"))
    assert found.verdict == "undecided"
    assert "ticket.vip" in found.reason


def test_what_cannot_be_told_apart_is_undecided(pen: Any) -> None:
    found = verdict(meeting_by_fact(asked(pen), "len(reason) > amount", "amount < len(reason)"))
    assert found.verdict != "unsound"


def test_a_counter_example_plays_on_the_machine(pen: Any) -> None:
    p = asked(pen).gate("exclusive", "s", "b").user("a", "b").gate("parallel", "j").end()
    p.flow("ask", "s").flow("s", "a", "j", "done", when="vip").flow("s", "b", "j")
    found = verdict(p)
    assert (found.verdict, found.element) == ("unsound", "j")
    assert found.scenario is not None
    assert run_scenario(defined(files_of(p)), found.scenario) == []
    assert [s.get("complete") for s in found.scenario["steps"]] == ["ask", "a", None]


def test_paths_that_do_not_wait_for_each_other_are_unsound(pen: Any) -> None:
    p = pen().start().gate("parallel", "s").user("a", "b", "c").gate("exclusive", "j").end()
    found = verdict(p.flow("start", "s", "a", "j", "c", "done").flow("s", "b", "j"))
    assert found.verdict == "unsound"
    assert "twice" in found.reason


def test_parallel_paths_may_end_by_themselves_or_at_the_same_end(pen: Any) -> None:
    p = pen().start().gate("parallel", "s").user("a", "b", "c").end().end("other")
    p.flow("start", "s", "a", "done").flow("s", "b", "done").flow("s", "c", "other")
    assert verdict(p).verdict == "sound"


def test_a_gateway_where_nothing_holds_is_unsound(pen: Any) -> None:
    p = asked(pen).gate("exclusive", "x").user("a").end()
    p.flow("ask", "x").flow("x", "a", "done", when="amount < 10")
    found = verdict(p.flow("x", "done", when="amount > 10"))
    assert (found.verdict, found.element) == ("unsound", "x")
    assert found.scenario is not None
    assert found.scenario["steps"] == [{
        "complete": "ask",
        "answers": {"amount": 10, "vip": False, "kind": "a", "reason": "text"},
    }]  # fmt: skip


def test_a_gateway_whose_conditions_leave_nothing_open_is_sound(pen: Any) -> None:
    p = asked(pen).gate("exclusive", "x").user("a").end()
    p.flow("ask", "x").flow("x", "a", "done", when='kind == "a"')
    assert verdict(p.flow("x", "done", when='kind == "b"')).verdict == "sound"


def test_a_circle_without_a_way_out_is_unsound(pen: Any) -> None:
    p = pen().start().gate("exclusive", "m").user("b").gate("exclusive", "x", "m").end()
    p.flow("start", "m", "b", "x").flow("x", "m")
    found = verdict(p.flow("x", "done", when="1 == 2"))
    assert found.verdict == "unsound"
    assert "end" in found.reason


def test_a_step_behind_a_condition_that_cannot_hold_is_told(pen: Any) -> None:
    p = asked(pen).gate("exclusive", "x", "done").user("never").end()
    p.flow("ask", "x").flow("x", "never", "done", when='kind == "c"').flow("x", "done")
    problems = check_files("sample", files_of(p), {})
    dead = [(x.severity, x.element) for x in problems if x.code == "dead-step"]
    assert dead == [("warning", "never")]
    assert verdict(p).verdict == "sound"


def test_a_step_that_the_drawing_never_leads_to_is_an_error(pen: Any) -> None:
    inner = pen("x").start("s2").user("u").end("e2").flow("s2", "u", "e2")
    p = pen().start().node("subProcess", "box", inner.body()).user("help").end().end("other")
    p.border("oops", "box", "<bpmn:errorEventDefinition/>")
    p.flow("start", "box", "done").flow("oops", "help", "other")
    problems = check_files("sample", files_of(p), {})
    assert {x.element for x in problems if x.code == "dead-step"} == {"oops", "help", "other"}


@pytest.mark.parametrize("away", [True, False])
def test_what_an_event_on_the_border_can_end_is_not_called_unsound(pen: Any, away: bool) -> None:
    inner = pen("x").start("s2").user("u").gate("exclusive", "x", "v").user("v")
    inner.gate("parallel", "j").end("e2").flow("s2", "u", "x").flow("x", "j", when="1 == 1")
    inner.flow("x", "v", "j", "e2")
    p = pen().start().node("subProcess", "box", inner.body()).user("help").end().end("other")
    p.border("late", "box", p.timer_event("P1D"), away)
    p.flow("start", "box", "done").flow("late", "help", "other")
    assert verdict(p).verdict == ("undecided" if away else "unsound")


def test_what_is_wrong_in_a_called_process_is_shown_from_its_caller(pen: Any) -> None:
    called = pen("called").start("s2").gate("parallel", "f").user("a", "b").end("e2").end("e3")
    called.gate("exclusive", "x", "b").gate("parallel", "j")
    called.flow("s2", "f", "a", "x").flow("x", "j", when="ticket.vip").flow("x", "b", "e3")
    called.gate("exclusive", "y", "e4").end("e4").flow("f", "y").flow(
        "y", "j", "e2", when="ticket.priority == 1"
    )
    called.flow("y", "e4")
    p = pen().start().user("first").node("callActivity", "call", attrs='calledElement="called"')
    found = verdict(p.end().flow("start", "first", "call", "done"), called=called)
    assert (found.verdict, found.element) == ("unsound", "j")
    assert found.scenario is not None
    assert found.scenario["steps"][0]["complete"] == "first"
    assert "ticket" in found.scenario
    assert found.problems[0].message.startswith("called: ")


def test_events_that_happen_again_and_again_beside_a_step_are_sound(pen: Any) -> None:
    p = pen().start().user("work").end().user("look").end("seen").gate("parallel", "f")
    p.border("asked", "work", p.message_event("asked"), False).gate("parallel", "j").user("note")
    p.flow("start", "work", "done").flow("asked", "f", "look", "j", "seen").flow("f", "note", "j")
    assert verdict(p).verdict == "sound"


def test_too_many_states_are_undecided_not_forgotten(pen: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("engine.workflow.soundness.scopes.BUDGET", 3)
    monkeypatch.setattr("engine.workflow.soundness.scopes.LEAST", 3)
    p = pen().start().user("a", "b", "c", "d").end().flow("start", "a", "b", "c", "d", "done")
    found = verdict(p)
    assert found.verdict == "undecided"
    assert [x.code for x in check_files("sample", files_of(p), {}) if x.code == "undecided"]


def test_what_has_errors_is_undecided(pen: Any) -> None:
    assert verdict(pen().start().end()).verdict == "undecided"
    assert soundness_of("sample", {"process.bpmn": b"<x/>"}, {}).verdict == "undecided"


def test_a_circle_in_which_nobody_waits_is_unsound_whatever_decides_it(pen: Any) -> None:
    p = pen().start().script("a", "x = 1").gate("exclusive", "g", "done").end()
    found = verdict(p.flow("start", "a", "g").flow("g", "a", when="ticket.vip").flow("g", "done"))
    assert found.verdict == "unsound"
    assert found.scenario is not None
    assert found.scenario["ticket"] == {"vip": True}


def test_one_in_which_somebody_waits_is_undecided(pen: Any) -> None:
    p = pen().start().user("a").gate("exclusive", "g", "done").end()
    found = verdict(p.flow("start", "a", "g").flow("g", "a", when="ticket.vip").flow("g", "done"))
    assert found.verdict == "undecided"


def many_branches(p: Any, draw: Any) -> Any:
    """Twelve parallel branches, each of ten times what is drawn."""
    p.start().gate("parallel", "f").gate("parallel", "j").end().flow("start", "f").flow("j", "done")
    for branch in range(12):
        last = "f"
        for number in range(10):
            last = draw(p, last, f"b{branch}s{number}")
        p.flow(last, "j")
    return p


def chosen(p: Any, last: str, key: str) -> str:
    p.node("userTask", key, ext=ASK).gate("exclusive", f"{key}x", f"{key}m").user(f"{key}u")
    p.gate("exclusive", f"{key}m").flow(last, key, f"{key}x").flow(f"{key}x", f"{key}m")
    p.flow(f"{key}x", f"{key}u", f"{key}m", when="vip")
    return f"{key}m"


def interrupted(p: Any, last: str, key: str) -> str:
    p.user(key).border(f"{key}e", key, p.message_event(key)).gate("exclusive", f"{key}m")
    p.flow(last, key, f"{key}m").flow(f"{key}e", f"{key}m")
    return f"{key}m"


def accompanied(p: Any, last: str, key: str) -> str:
    p.user(key).border(f"{key}e", key, p.message_event(key), False).user(f"{key}u")
    p.end(f"{key}d").flow(last, key).flow(f"{key}e", f"{key}u", f"{key}d")
    return key


def repeated(p: Any, last: str, key: str) -> str:
    p.gate("exclusive", f"{key}h").node("userTask", key, ext=ASK)
    p.gate("exclusive", f"{key}x", f"{key}u").user(f"{key}u").flow(last, f"{key}h", key, f"{key}x")
    p.flow(f"{key}x", f"{key}h", when="vip").flow(f"{key}x", f"{key}u")
    return f"{key}u"


@pytest.mark.parametrize("draw", [chosen, interrupted, accompanied, repeated])
def test_parallel_branches_full_of_decisions_are_decided(pen: Any, draw: Any) -> None:
    assert verdict(many_branches(pen(), draw)).verdict == "sound"


def test_a_fault_at_the_end_of_one_of_many_branches_is_found(pen: Any) -> None:
    p = many_branches(pen(), chosen).gate("exclusive", "x", "last").user("last").end("away")
    p.node("userTask", "asked", ext=ASK).flow("f", "asked", "x").flow("x", "away", when="vip")
    found = verdict(p.flow("x", "last", "j"))
    assert (found.verdict, found.element) == ("unsound", "j")


def test_a_circle_that_sends_out_tokens_is_a_circle(pen: Any) -> None:
    p = pen().start().user("a").gate("parallel", "f").user("b").end().flow("start", "a", "f", "a")
    found = verdict(p.flow("f", "b", "done"))
    assert found.verdict == "unsound"


def test_an_end_beside_a_circle_is_not_called_dead(pen: Any) -> None:
    p = pen().start().user("a").gate("parallel", "f").gate("inclusive", "i")
    p.end("stop", "<bpmn:terminateEventDefinition/>").flow("start", "a", "f", "a")
    problems = check_files("sample", files_of(p.flow("f", "i", "stop")), {})
    assert [x.element for x in problems if x.code == "dead-step"] == []


@pytest.mark.parametrize(("ways", "decided"), [(8, True), (9, False)])
def test_every_combination_of_the_ways_of_an_inclusive_gateway_is_looked_at(
    pen: Any, ways: int, decided: bool
) -> None:
    p = pen().start().gate("inclusive", "g", "w0").gate("inclusive", "j").end().flow("start", "g")
    for number in range(ways + 1):
        p.user(f"w{number}").flow(f"w{number}", "j")
        p.flow("g", f"w{number}", when=f"len(ticket.tags) > {number}" if number else "")
    found = verdict(p.flow("j", "done"))
    assert (found.verdict == "sound") is decided
