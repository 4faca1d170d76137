"""A token that is moved, skipped or mended goes on as if it had come there by itself."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import Invalid, NotFound
from engine.workflow.instance import Instance
from tests.engine.workflow.random_play import play
from tests.engine.workflow.soundness import blocks as made
from tests.engine.workflow.test_compact import asked, everything

NOW = datetime(2030, 1, 7, 8, 0, tzinfo=UTC)
FACTS = {"ticket": {"number": "1"}, "people": ["ana", "bo"], "kind": "", "finish": False}


def reloaded(instance: Instance, desk: Any) -> Instance:
    return Instance.load(instance.definition, json.loads(json.dumps(instance.dump())), desk)


def at(instance: Instance, step_id: str) -> str:
    """The token at a step."""
    return next(task for task, step in instance.places.items() if step == step_id)


def plays(instance: Instance, desk: Any, dice: random.Random, now: datetime) -> int:
    """Play on until it ends; how many moves that took."""
    for number in range(200):
        if instance.done:
            return number
        items = instance.work_items
        if items:
            item = dice.choice(items)
            answers = {"kind": dice.choice(["work", "split", "many"]), "finish": number > 20}
            instance.complete(item.task_id, answers, now)
        elif instance.waiting and dice.random() < 0.5:
            instance.message(dice.choice(instance.waiting).message, {}, now)
        else:
            now += timedelta(days=4)
            instance.tick(now)
        instance = reloaded(instance, desk)
    raise AssertionError("it never ended: " + ", ".join(instance.live_steps))


@pytest.mark.parametrize("seed", range(60))
def test_from_wherever_it_stands_it_may_be_moved_and_still_ends(
    pen: Any, define: Any, desk: Any, seed: int
) -> None:
    definition = define(everything(pen), asked=asked(pen))
    dice = random.Random(seed)
    instance, _ = Instance.start(definition, FACTS, desk, NOW)
    for number in range(dice.randrange(12)):
        items = instance.work_items
        if not items:
            break
        kind = dice.choice(["work", "call", "split", "many", ""])
        instance.complete(dice.choice(items).task_id, {"kind": kind, f"v{number}": number}, NOW)
        if dice.random() < 0.3:
            instance.message("customer_replied", {}, NOW)
        instance = reloaded(instance, desk)
    if instance.done:
        return
    for _ in range(4):
        task, step = dice.choice(sorted(instance.places.items(), key=lambda one: one[1]))
        before = len(instance.places)
        target = dice.choice(instance.targets(task))
        instance.move(task, target, NOW)
        instance = reloaded(instance, desk)
        if instance.done:
            return
        assert task not in instance.places, (step, target)
        repeated = {"each", "turn", "call", "inner"}
        if not repeated & {step, target} and target not in ("route", "warn", "done", "warned"):
            assert len(instance.places) <= before + 1
    plays(instance, desk, dice, NOW)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(made.blocks(9), st.integers(0, 1000))
def test_whatever_is_sound_still_ends_after_any_moves(block: made.Block, seed: int) -> None:
    known = {"yes": True, "kind": "one", "list": ["a", "b"], "item": "a", "x": 1}
    outcome = play(made.defined(made.draw(block)), seed, known, jumps=8)
    assert outcome.ended, (outcome.moves, outcome.failures, outcome.stuck)


def forked(pen: Any) -> Any:
    p = pen().start().user("before").gate("parallel", "fork").user("a", "a2", "b")
    p.gate("parallel", "join").user("after").end()
    p.flow("start", "before", "fork", "a", "a2", "join", "after", "done")
    return p.flow("fork", "b", "join")


def test_a_branch_is_neither_left_nor_entered(pen: Any, begin: Any) -> None:
    run = begin(forked(pen))
    assert run.instance.targets(at(run.instance, "before")) == ["before", "after", "done"]
    run.do("before")
    a, b = at(run.instance, "a"), at(run.instance, "b")
    assert run.instance.targets(a) == ["a", "a2"]
    assert run.instance.targets(b) == ["b"]
    for task, step in ((a, "after"), (a, "b"), (b, "a"), (a, "join"), (a, "nothing"), (a, "")):
        with pytest.raises(Invalid):
            run.instance.move(task, step, NOW)
    run.instance.move(a, "a2", NOW)
    run.reload()
    assert run.open == ["a2", "b"]
    run.do("b")
    run.do("a2")
    assert run.open == ["after"]


def test_what_was_answered_goes_along(pen: Any, begin: Any) -> None:
    run = begin(forked(pen))
    run.do("before", size=3)
    run.do("a", colour="red")
    run.instance.move(at(run.instance, "a2"), "a", NOW)
    run.reload()
    (data,) = [i.data for i in run.instance.work_items if i.step.id == "a"]
    assert (data["size"], data["colour"]) == (3, "red")


def test_events_on_the_border_go_with_their_step(pen: Any, begin: Any) -> None:
    p = pen().start().user("work", "late", "other").end().end("was_late")
    p.border("timer", "work", p.timer_event("P1D"))
    p.border("reply", "work", p.message_event("customer_replied"), False).user("side").end("sided")
    p.flow("start", "work", "other", "done").flow("timer", "late", "was_late")
    p.flow("reply", "side", "sided")
    run = begin(p)
    run.tell("customer_replied")
    assert run.open == ["side", "work"]
    run.instance.move(at(run.instance, "work"), "other", NOW)
    run.reload()
    assert run.open == ["other", "side"]
    assert run.instance.timers == []
    assert run.instance.waiting == []
    assert run.instance.targets(at(run.instance, "side")) == ["side", "sided"]
    run.instance.move(at(run.instance, "other"), "work", NOW)
    run.reload()
    assert [due.step_id for due in run.instance.timers] == ["timer"]
    run.wait(days=2)
    assert run.open == ["late", "side"]


def test_all_repetitions_are_one_token(pen: Any, begin: Any) -> None:
    many = (
        "<bpmn:multiInstanceLoopCharacteristics>"
        "<bpmn:loopDataInputRef>people</bpmn:loopDataInputRef>"
        '<bpmn:inputDataItem id="person"/></bpmn:multiInstanceLoopCharacteristics>'
    )
    p = pen().start().node("userTask", "each", many).user("other").end()
    run = begin(p.flow("start", "each", "other", "done"), {"people": ["ana", "bo", "cy"]})
    run.do("each")
    run.instance.move(at(run.instance, "each"), "other", NOW)
    run.reload()
    assert run.open == ["other"]
    run.instance.move(at(run.instance, "other"), "each", NOW)
    run.reload()
    assert run.open == ["each", "each", "each"]


def test_a_call_ends_with_all_that_is_in_it(pen: Any, begin: Any) -> None:
    p = pen().start().node("callActivity", "call", attrs='calledElement="asked"').user("other")
    p.end().flow("start", "call", "other", "done")
    run = begin(p, asked=asked(pen))
    inner = at(run.instance, "q_ask")
    assert "other" not in run.instance.targets(inner)
    run.instance.move(at(run.instance, "call"), "other", NOW)
    run.reload()
    assert run.open == ["other"]
    assert run.instance.waiting == []
    with pytest.raises(NotFound):
        run.instance.move(inner, "q_ask", NOW)


def test_events_behind_a_gateway_wait_only_together(pen: Any, begin: Any) -> None:
    p = pen().start().user("ask").gate("eventBased", "wait").catch("quiet", pen.timer_event("P2D"))
    p.catch("reply", p.message_event("customer_replied")).end()
    p.flow("start", "ask", "wait", "quiet", "done").flow("wait", "reply", "done")
    run = begin(p)
    run.do("ask")
    assert run.instance.targets(at(run.instance, "wait")) == ["ask", "done"]


def failing(pen: Any) -> Any:
    p = pen().start().script("count", "total = price * amount").user("check").end()
    return p.flow("start", "count", "check", "done")


def test_a_failed_step_is_skipped_and_leaves_no_result(pen: Any, begin: Any) -> None:
    run = begin(failing(pen))
    (failure,) = run.instance.failures
    progress = run.instance.skip(failure.task_id, NOW)
    run.reload()
    assert run.open == ["check"]
    assert run.instance.failures == []
    assert "total" not in run.instance.work_items[0].data
    assert [p.step_id for p in progress.passed if p.outcome == "completed"] == ["count"]


def test_what_a_failed_step_reads_is_mended(pen: Any, begin: Any) -> None:
    run = begin(failing(pen))
    (failure,) = run.instance.failures
    run.instance.mend(failure.task_id, {"price": 3}, NOW)
    run.reload()
    (again,) = run.instance.failures
    assert "amount" in again.message
    run.instance.mend(again.task_id, {"amount": 4}, NOW)
    run.reload()
    assert run.instance.work_items[0].data["total"] == 12
    with pytest.raises(NotFound):
        run.instance.mend(again.task_id, {"amount": 5}, NOW)


@pytest.mark.parametrize("name", ["", "a b", "x.y", "1st", "a'; drop"])
def test_only_names_are_mended(pen: Any, begin: Any, name: str) -> None:
    run = begin(failing(pen))
    with pytest.raises(Invalid):
        run.instance.mend(run.instance.failures[0].task_id, {name: 1}, NOW)


def test_an_open_step_is_left_without_a_result(pen: Any, begin: Any) -> None:
    run = begin(forked(pen))
    run.instance.skip(at(run.instance, "before"), NOW)
    run.reload()
    run.instance.skip(at(run.instance, "b"), NOW)  # the only step of its branch
    run.reload()
    assert run.open == ["a"]
    run.do("a")
    run.do("a2")
    assert run.open == ["after"]
    for nobody in ("", "x", "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(NotFound):
            run.instance.move(nobody, "after", NOW)
        with pytest.raises(NotFound):
            run.instance.skip(nobody, NOW)


def test_a_call_is_left_with_all_that_is_in_it(pen: Any, begin: Any) -> None:
    p = pen().start().node("callActivity", "call", attrs='calledElement="asked"').user("other")
    p.end().flow("start", "call", "other", "done")
    run = begin(p, asked=asked(pen))
    run.instance.skip(at(run.instance, "call"), NOW)
    run.reload()
    assert run.open == ["other"]
    assert run.instance.waiting == []


def test_a_gateway_that_fails_is_moved_on_but_not_skipped(pen: Any, begin: Any) -> None:
    p = pen().start().gate("exclusive", "which", "b").user("a", "b").end()
    p.flow("start", "which").flow("which", "a", "done", when="size > 3").flow("which", "b", "done")
    run = begin(p)
    (failure,) = run.instance.failures
    with pytest.raises(Invalid):
        run.instance.skip(failure.task_id, NOW)
    run.reload()
    (failure,) = run.instance.failures
    run.instance.move(failure.task_id, "a", NOW)
    run.reload()
    assert run.open == ["a"]
    assert run.instance.failures == []


def test_a_border_that_fails_is_skipped_as_if_nothing_came(pen: Any, begin: Any) -> None:
    p = pen().start().user("work", "late").end()
    p.border("timer", "work", pen.timer_event("x").replace("&quot;x&quot;", "wrong"))
    p.flow("start", "work", "done").flow("timer", "late", "done")
    run = begin(p)
    (failure,) = run.instance.failures
    assert failure.step_id == "timer"
    # The token is that of the step, which would be there twice.
    assert run.instance.targets(failure.task_id) == []
    with pytest.raises(Invalid):
        run.instance.move(failure.task_id, "late", NOW)
    run.instance.skip(failure.task_id, NOW)
    run.reload()
    assert run.open == ["work"]
    run.do("work")
    assert run.instance.done


def test_a_loop_whose_condition_fails_goes_on(pen: Any, begin: Any) -> None:
    loop = (
        '<bpmn:standardLoopCharacteristics testBefore="false"><bpmn:loopCondition>more '
        "and not enough</bpmn:loopCondition></bpmn:standardLoopCharacteristics>"
    )
    p = pen().start().node("userTask", "round", loop).user("other").end()
    run = begin(p.flow("start", "round", "other", "done"))
    run.do("round", more=True)
    (failure,) = run.instance.failures
    run.instance.skip(failure.task_id, NOW)
    run.reload()
    assert run.open == ["other"]
