"""An instance from start to end, written as JSON and read again between all calls."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.errors import NotFound
from engine.workflow.instance import Instance


@pytest.fixture
def simple(pen: Any) -> Any:
    """start → triage → decide by urgency → work or end."""
    drawn = pen().start().rule("route", "routing").user("triage").gate("exclusive", "which", "done")
    drawn.user("work").end()
    drawn.flow("start", "route", "triage", "which").flow("which", "work", when="urgent")
    return drawn.flow("which", "done").flow("work", "done")


def test_a_completed_step_leads_on_by_its_answers(simple: Any, begin: Any, desk: Any) -> None:
    desk.decisions["routing"] = {"queue": "Network"}
    run = begin(simple)
    assert run.open == ["triage"]
    assert run.instance.work_items[0].data["queue"] == "Network"
    progress = run.do("triage", urgent=True)
    assert [(p.step_id, p.outcome) for p in progress.passed] == [
        ("triage", "completed"), ("which", "entered"), ("which", "completed"), ("work", "entered"),
    ]  # fmt: skip
    done = run.do("work")
    assert done.done
    assert done.end_steps == ["done"]
    assert run.instance.live_steps == []
    assert run.instance.data["urgent"] is True


def test_a_step_that_is_not_open_is_not_found(simple: Any, begin: Any, now: datetime) -> None:
    run = begin(simple)
    first = run.instance.work_items[0].task_id
    run.do("triage", urgent=True)
    for task_id in (first, "no-id", "00000000-0000-0000-0000-000000000000", ""):
        with pytest.raises(NotFound):
            run.instance.complete(task_id, {}, now)


def test_answers_are_copied(simple: Any, begin: Any, now: datetime) -> None:
    run = begin(simple)
    answers: dict[str, Any] = {"urgent": True, "list": [1]}
    run.instance.complete(run.instance.work_items[0].task_id, answers, now)
    answers["list"].append(2)
    assert run.instance.data["list"] == [1]


def test_fresh_facts_reach_open_and_waiting_steps_and_stay(pen: Any, begin: Any) -> None:
    drawn = pen().start().user("work").catch("later", pen.timer_event("P1D")).user("last").end()
    drawn.border("late", "work", pen.timer_event("P5D"), False).user("side").end("side_end")
    drawn.flow("start", "work", "later", "last", "done").flow("late", "side", "side_end")
    run = begin(drawn)
    run.instance.refresh({"ticket": {"priority": "5 very high", "tags": ["b"]}})
    run.reload()
    run.do("work")
    run.instance.refresh({"ticket": {"priority": "1 very low"}})
    run.reload()
    run.wait(days=2)
    assert run.instance.work_items[0].data["ticket"] == {"priority": "1 very low"}


def test_a_message_reaches_everybody_who_waits(pen: Any, begin: Any) -> None:
    drawn = pen().start().gate("parallel", "split")
    drawn.catch("one", drawn.message_event("hello")).catch("two", drawn.message_event("hello"))
    drawn.gate("parallel", "join").user("after").end()
    drawn.flow("start", "split", "one", "join", "after", "done").flow("split", "two", "join")
    run = begin(drawn)
    assert [w.message for w in run.instance.waiting] == ["hello", "hello"]
    assert run.tell("hello", said="yes").delivered
    assert run.open == ["after"]
    assert run.instance.work_items[0].data["said"] == "yes"
    assert not run.tell("hello").delivered
    assert not run.tell("unknown").delivered


def test_an_outer_interruption_leaves_nothing_for_the_inner_receiver(pen: Any, begin: Any) -> None:
    inner = pen("inside").start("i_start")
    event = inner.message_event("stop")
    inner.catch("i_catch", event).service("i_note", "note", text="'inner'").end("i_end")
    inner.flow("i_start", "i_catch", "i_note", "i_end")
    drawn = pen().start().node("subProcess", "box", inner.body()).end()
    drawn.border("cut", "box", drawn.message_event("stop")).user("after")
    drawn.flow("start", "box", "done").flow("cut", "after", "done")
    run = begin(drawn)
    progress = run.tell("stop")
    assert run.open == ["after"]
    assert run.desk.effects == []
    outcomes = {(p.step_id, p.outcome) for p in progress.passed}
    assert {("box", "cancelled"), ("i_catch", "cancelled"), ("cut", "completed")} <= outcomes


def test_a_non_interrupting_message_can_come_again_and_again(pen: Any, begin: Any) -> None:
    drawn = pen().start().user("work").end()
    drawn.border("reply", "work", drawn.message_event("customer_replied"), False)
    drawn.service("tell", "notify", to="'owner'", template="'replied'").end("told")
    drawn.flow("start", "work", "done").flow("reply", "tell", "told")
    run = begin(drawn)
    sizes = []
    for number in range(20):
        assert run.tell("customer_replied", number=number).delivered
        sizes.append(len(run.text))
    assert len(run.desk.effects) == 20
    assert max(sizes[2:]) - min(sizes[2:]) < 40  # only the digits of the number grow
    assert run.do("work").done


def test_timers_fire_once_each_in_order_of_their_due_time(pen: Any, begin: Any) -> None:
    drawn = pen().start().user("work").end()
    for key, text in (("c", "P3D"), ("a", "P1D"), ("b", "P2D")):
        drawn.border(key, "work", pen.timer_event(text), False)
        drawn.service(f"say_{key}", "note", text=f"'{key}'").end(f"end_{key}")
        drawn.flow(key, f"say_{key}", f"end_{key}")
    drawn.flow("start", "work", "done")
    run = begin(drawn)
    assert [d.step_id for d in run.instance.timers] == ["a", "b", "c"]
    run.wait(hours=1)
    assert run.desk.effects == []
    run.wait(days=30)
    assert [params["text"] for _, params in run.desk.effects] == ["a", "b", "c"]
    run.wait(days=30)
    assert len(run.desk.effects) == 3
    assert run.instance.next_due is None


def test_a_timer_started_by_a_late_one_counts_from_now(pen: Any, begin: Any, now: datetime) -> None:
    drawn = pen().start().catch("first", pen.timer_event("P1D"))
    drawn.catch("second", pen.timer_event("P1D")).end().flow("start", "first", "second", "done")
    run = begin(drawn)
    run.wait(days=10)
    assert run.instance.next_due == now + timedelta(days=11)
    assert run.wait(days=1).done


def test_an_interrupting_timer_cancels_the_step(pen: Any, begin: Any) -> None:
    drawn = pen().start().user("work", "other").end()
    drawn.border("late", "work", pen.timer_event("PT4H"))
    drawn.flow("start", "work", "done").flow("late", "other", "done")
    run = begin(drawn)
    progress = run.wait(hours=4)
    assert run.open == ["other"]
    assert ("work", "cancelled") in {(p.step_id, p.outcome) for p in progress.passed}
    assert run.instance.timers == []


def test_the_desk_may_move_a_timer(pen: Any, begin: Any, now: datetime) -> None:
    drawn = pen().start().catch("rest", pen.timer_event("P1D")).end().flow("start", "rest", "done")
    run = begin(drawn)
    run.instance.set_due(run.instance.timers[0].task_id, now + timedelta(days=9))
    run.reload()
    assert run.instance.next_due == now + timedelta(days=9)
    assert not run.wait(days=8).done
    assert run.wait(days=1).done
    with pytest.raises(NotFound):
        run.instance.set_due("nothing", now)


@pytest.mark.parametrize("winner", ["short", "reply", "moved"])
def test_the_first_event_behind_an_event_gateway_wins(pen: Any, begin: Any, winner: str) -> None:
    drawn = pen().start().gate("eventBased", "wait").end()
    drawn.catch("short", pen.timer_event("P1D")).catch("long", pen.timer_event("P9D"))
    drawn.catch("reply", drawn.message_event("customer_replied"))
    drawn.flow("start", "wait")
    for key in ("short", "long", "reply"):
        drawn.user(f"after_{key}").flow("wait", key, f"after_{key}", "done")
    run = begin(drawn)
    assert [d.step_id for d in run.instance.timers] == ["short", "long"]
    assert run.instance.live_steps == ["wait"]
    assert all(len(d.task_id) == 36 for d in run.instance.timers)
    if winner == "moved":
        run.instance.set_due(run.instance.timers[1].task_id, run.now)
        run.reload()
        run.wait(hours=1)
        assert run.open == ["after_long"]
    elif winner == "reply":
        run.tell("customer_replied", text="hello")
        assert run.open == ["after_reply"]
        assert run.instance.work_items[0].data["text"] == "hello"
    else:
        run.wait(days=20)
        assert run.open == ["after_short"]
    assert run.instance.timers == []
    assert run.instance.waiting == []


def test_a_repeating_timer_fires_as_often_as_written(pen: Any, begin: Any) -> None:
    drawn = pen().start().user("work").end()
    drawn.border("again", "work", pen.timer_event("R3/P1D", "timeCycle"), False)
    drawn.service("remind", "note", text="'again'").end("said").flow("again", "remind", "said")
    drawn.flow("start", "work", "done")
    run = begin(drawn)
    run.wait(days=1)
    assert len(run.desk.effects) == 1
    run.wait(days=50)
    assert len(run.desk.effects) == 3
    assert run.instance.timers == []
    assert run.do("work").done


def test_a_failed_step_rests_and_nothing_typed_is_lost(pen: Any, begin: Any, desk: Any) -> None:
    drawn = pen().start().user("triage").rule("route", "routing").user("work").end()
    drawn.flow("start", "triage", "route", "work", "done")
    desk.broken.add("routing")
    run = begin(drawn)
    progress = run.do("triage", summary="all I typed")
    assert [(f.step_id, f.message) for f in progress.failures] == [("route", "routing is broken")]
    assert ("route", "failed") in [(p.step_id, p.outcome) for p in progress.passed]
    assert run.instance.live_steps == ["route"]
    assert not run.instance.done
    assert run.retry().failures[0].step_id == "route"
    desk.broken.clear()
    desk.decisions["routing"] = {"queue": "HR"}
    assert run.retry().failures == []
    assert run.instance.work_items[0].data["summary"] == "all I typed"
    assert run.instance.work_items[0].data["queue"] == "HR"


@pytest.mark.parametrize("broken", ["script", "gateway", "service", "timer", "list"])
def test_any_automatic_step_may_fail_and_be_mended(pen: Any, begin: Any, broken: str) -> None:
    drawn = pen().start().user("first")
    if broken == "script":
        drawn.script("step", "x = fact + 1")
    elif broken == "service":
        drawn.service("step", "note", text="fact")
    elif broken == "timer":
        drawn.catch("step", "<bpmn:timerEventDefinition><bpmn:timeDuration>span</bpmn:timeDuration>"
                    "</bpmn:timerEventDefinition>")  # fmt: skip
    elif broken == "list":
        repeat = "<bpmn:loopDataInputRef>facts</bpmn:loopDataInputRef>"
        repeat += '<bpmn:inputDataItem id="item"/>'
        drawn.node("userTask", "step", f"<bpmn:multiInstanceLoopCharacteristics>{repeat}"
                   "</bpmn:multiInstanceLoopCharacteristics>")  # fmt: skip
    else:
        drawn.gate("exclusive", "step", "done").flow("step", "first", when="fact > 9")
    drawn.end().flow("start", "first", "step", "done")
    run = begin(drawn)
    assert [f.step_id for f in run.do("first", typed="kept").failures] == ["step"]
    assert run.instance.live_steps == ["step"]
    run.instance.refresh({"fact": 1, "span": "P1D", "facts": [1]})
    run.reload()
    assert run.retry().failures == []
    if broken == "timer":
        run.wait(days=1)
    elif broken == "list":
        assert run.instance.work_items[0].data["item"] == 1
        run.do("step")
    assert run.instance.done
    assert run.instance.data["typed"] == "kept"


def test_a_gateway_that_fails_is_where_the_ticket_stands(pen: Any, begin: Any) -> None:
    drawn = pen().start().gate("inclusive", "which").user("a", "b").end()
    drawn.flow("which", "a", when="nowhere").flow("which", "b", when="nowhere")
    run = begin(drawn.flow("start", "which").flow("a", "done").flow("b", "done"))
    assert run.instance.live_steps == ["which"]
    assert list(run.instance.places.values()) == ["which"]
    assert run.instance.joins == []


def test_a_failure_in_one_branch_stops_neither_the_other_nor_the_end(
    pen: Any, begin: Any, desk: Any
) -> None:
    drawn = pen().start().gate("parallel", "split").service("bad", "note", text="'x'").user("good")
    drawn.end("end_bad").end("end_good")
    drawn.flow("start", "split", "bad", "end_bad").flow("split", "good", "end_good")
    desk.broken.add("note")
    run = begin(drawn)
    assert not run.do("good").done
    assert [f.step_id for f in run.instance.failures] == ["bad"]
    desk.broken.clear()
    assert run.retry().done


def test_a_failing_step_with_a_side_branch_is_not_skipped(pen: Any, begin: Any, desk: Any) -> None:
    drawn = pen().start().service("bad", "note", text="'x'").user("next").end().end("side")
    drawn.border("late", "bad", pen.timer_event("P1D"), False)
    drawn.flow("start", "bad", "next", "done").flow("late", "side")
    desk.broken.add("note")
    run = begin(drawn)
    run.wait(days=2)
    assert run.open == []
    assert [f.step_id for f in run.instance.failures] == ["bad"]
    desk.broken.clear()
    run.retry()
    assert run.open == ["next"]


def test_a_circle_without_anybody_in_it_stops(pen: Any, begin: Any) -> None:
    drawn = pen().start().script("again", "n = n + 1").gate("exclusive", "turn", "done").end()
    drawn.flow("start", "again", "turn").flow("turn", "again", when="n < limit")
    drawn.flow("turn", "done")
    assert begin(drawn, {"n": 0, "limit": 300}).instance.data["n"] == 300
    run = begin(drawn, {"n": 0, "limit": 10**9})
    assert "circle" in run.instance.failures[0].message
    run.instance.refresh({"limit": 0})
    assert run.retry().done


def test_cancel_ends_everything(pen: Any, begin: Any) -> None:
    called = pen("asked").start("a_start").user("ask").end("a_end").flow("a_start", "ask", "a_end")
    drawn = pen().start().gate("parallel", "split").user("work")
    drawn.node("callActivity", "call", attrs='calledElement="asked"').gate("parallel", "join").end()
    drawn.flow("start", "split", "work", "join", "done").flow("split", "call", "join")
    run = begin(drawn, asked=called)
    assert run.open == ["ask", "work"]
    progress = run.instance.cancel()
    cancelled = {p.step_id for p in progress.passed if p.outcome == "cancelled"}
    assert cancelled == {"ask", "call", "work"}
    assert progress.done
    run.reload()
    assert run.instance.done
    assert run.open == []
    assert run.instance.live_steps == []
    assert run.instance.cancel().passed == []


def test_a_called_step_takes_the_lane_of_its_caller(pen: Any, begin: Any) -> None:
    called = pen("asked").start("a_start").user("ask").end("a_end").flow("a_start", "ask", "a_end")
    drawn = pen().start().node("callActivity", "call", attrs='calledElement="asked"').end()
    drawn.flow("start", "call", "done").lane("The boss", "call", assign="manager")
    run = begin(drawn, asked=called)
    item = run.instance.work_items[0]
    assert (item.step.id, item.lane, item.assign) == ("ask", "The boss", "manager")
    assert set(run.instance.live_steps) == {"call", "ask"}
    assert run.do("ask", answer=1).done
    assert run.instance.data["answer"] == 1


def test_a_terminating_end_ends_the_other_branches(pen: Any, begin: Any) -> None:
    drawn = pen().start().gate("parallel", "split").user("a", "b").end("end_b")
    drawn.end("stop", "<bpmn:terminateEventDefinition/>")
    drawn.flow("start", "split", "a", "stop").flow("split", "b", "end_b")
    run = begin(drawn)
    progress = run.do("a")
    assert progress.done
    assert progress.end_steps == ["stop"]
    assert ("b", "cancelled") in {(p.step_id, p.outcome) for p in progress.passed}


def test_an_error_inside_a_subprocess_is_caught_outside(pen: Any, begin: Any) -> None:
    inner = pen().start("i_start").user("try").gate("exclusive", "ok", "i_end").end("i_end")
    inner.end("oops", "<bpmn:errorEventDefinition/>").flow("ok", "oops", when="bad")
    inner.flow("i_start", "try", "ok", "i_end")
    drawn = pen().start().node("subProcess", "box", inner.body()).user("mend").end()
    drawn.border("caught", "box", "<bpmn:errorEventDefinition/>")
    drawn.flow("start", "box", "done").flow("caught", "mend", "done")
    run = begin(drawn)
    run.do("try", bad=True)
    assert run.open == ["mend"]
    assert begin(drawn).do("try", bad=False).done


@pytest.mark.parametrize("sequential", ["true", "false"])
def test_a_step_for_each_entry_of_a_list(pen: Any, begin: Any, sequential: str) -> None:
    repeat = (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{sequential}">'
        "<bpmn:loopDataInputRef>people</bpmn:loopDataInputRef>"
        "<bpmn:loopDataOutputRef>answers</bpmn:loopDataOutputRef>"
        '<bpmn:inputDataItem id="person"/><bpmn:outputDataItem id="answer"/>'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    drawn = pen().start().user("ask", inner=repeat).user("after").end()
    drawn.flow("start", "ask", "after", "done")
    run = begin(drawn, {"people": ["ana", "bo", "cy"]})
    asked = []
    while "ask" in run.open:
        asked.append(run.instance.work_items[0].data["person"])
        progress = run.do("ask", answer=asked[-1].upper())
    assert asked == ["ana", "bo", "cy"]
    assert run.open == ["after"]
    assert run.instance.work_items[0].data["answers"] == ["ANA", "BO", "CY"]
    assert [p.outcome for p in progress.passed if p.step_id == "ask"] == ["completed"]
    assert begin(drawn, {"people": []}).open == ["after"]


def test_the_state_carries_no_diagram(simple: Any, begin: Any) -> None:
    run = begin(simple)
    assert "routing" not in run.text
    assert "urgent" not in run.text
    assert len(run.text) < 1500


def test_a_loaded_instance_does_the_same(simple: Any, begin: Callable[..., Any]) -> None:
    run = begin(simple)
    once, twice = run.reload().dump(), run.reload().dump()
    assert once == twice


def test_the_wall_clock_does_not_count(pen: Any, define: Any, desk: Any) -> None:
    drawn = pen().start().catch("rest", pen.timer_event("P1D")).end().flow("start", "rest", "done")
    long_ago = datetime(1999, 12, 31, 23, 0, tzinfo=UTC)
    instance, _ = Instance.start(define(drawn), {}, desk, long_ago)
    assert instance.next_due == datetime(2000, 1, 1, 23, 0, tzinfo=UTC)
    assert not instance.tick(long_ago + timedelta(hours=23)).done
    instance = Instance.load(instance.definition, instance.dump(), desk)
    assert instance.message("other", {}, long_ago + timedelta(days=5)).done is False
    assert instance.tick(long_ago + timedelta(hours=24)).done


def test_a_message_thrown_inside_is_received_inside(pen: Any, begin: Any) -> None:
    drawn = pen().start().gate("parallel", "split").user("work").gate("parallel", "join").end()
    drawn.catch("wait", drawn.message_event("ready"))
    drawn.node("intermediateThrowEvent", "tell", drawn.message_event("ready"))
    drawn.flow("start", "split", "wait", "join", "done").flow("split", "work", "tell", "join")
    run = begin(drawn)
    assert run.do("work").done


def test_an_escalation_inside_opens_a_step_outside(pen: Any, begin: Any) -> None:
    inner = pen().start("i_s").node("intermediateThrowEvent", "cry",
        "<bpmn:escalationEventDefinition/>").user("go_on").end("i_e")  # fmt: skip
    inner.flow("i_s", "cry", "go_on", "i_e")
    drawn = pen().start().user("first").node("subProcess", "box", inner.body()).user("boss").end()
    drawn.border("heard", "box", "<bpmn:escalationEventDefinition/>", False).end("told")
    drawn.flow("start", "first", "box", "done").flow("heard", "boss", "told")
    run = begin(drawn)
    run.do("first")
    assert run.open == ["boss", "go_on"]
    run.do("boss")
    assert run.do("go_on").done


def test_a_transaction_can_be_cancelled_from_inside(pen: Any, begin: Any) -> None:
    inner = pen().start("i_s").user("try").end("i_e", "<bpmn:cancelEventDefinition/>")
    drawn = pen().start().node("transaction", "box", inner.flow("i_s", "try", "i_e").body())
    drawn.border("undone", "box", "<bpmn:cancelEventDefinition/>").user("mend").end()
    drawn.flow("start", "box", "done").flow("undone", "mend", "done")
    run = begin(drawn)
    run.do("try")
    assert run.open == ["mend"]
    assert run.do("mend").done


@pytest.mark.parametrize("border", ["time", "message"])
def test_an_interruption_that_leads_straight_to_an_end_ends_the_process(
    pen: Any, begin: Any, border: str
) -> None:
    drawn = pen().start().user("work").end().end("given_up")
    event = pen.timer_event("P3D") if border == "time" else drawn.message_event("withdraw")
    drawn.border("cut", "work", event).flow("cut", "given_up").flow("start", "work", "done")
    run = begin(drawn)
    progress = run.wait(days=4) if border == "time" else run.tell("withdraw")
    assert progress.done
    assert progress.end_steps == ["given_up"]


def test_what_a_form_asks_and_nobody_says_is_null(
    pen: Any, define: Any, desk: Any, now: Any
) -> None:
    properties = (
        '<spiffworkflow:properties><spiffworkflow:property name="formJsonSchemaFilename"'
        ' value="ask.schema.json"/></spiffworkflow:properties>'
    )
    drawn = pen().start().node("userTask", "ask", ext=properties).gate("exclusive", "g", "plain")
    drawn.user("plain", "special").end().flow("start", "ask", "g", "plain", "done")
    drawn.flow("g", "special", "done", when='why != null and why != ""')
    fields = {"why": {"type": "string"}, "queue": {"type": "string"}}
    schema = {"type": "object", "properties": fields}
    definition = define(drawn, forms={"ask.schema.json": schema})
    for answers, wanted in (({}, "plain"), ({"why": "x"}, "special")):
        instance, _ = Instance.start(definition, {"queue": "HR"}, desk, now)
        instance.complete(instance.work_items[0].task_id, answers, now)
        assert instance.live_steps == [wanted]
        assert instance.data == {"why": None, "queue": "HR"} | answers
