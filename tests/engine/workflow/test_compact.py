"""Cut history changes nothing: a compacted instance walks in step with one that forgets nothing."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.spiff.parser import SpiffBpmnParser
from SpiffWorkflow.util.task import TaskState

from engine.workflow.instance import Instance
from engine.workflow.waiting import all_tasks

NOW = datetime(2030, 1, 7, 8, 0, tzinfo=UTC)
REACHED = TaskState.WAITING | TaskState.READY | TaskState.STARTED


def many(sequential: str) -> str:
    """A repetition over the list `people`."""
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{sequential}">'
        "<bpmn:loopDataInputRef>people</bpmn:loopDataInputRef>"
        '<bpmn:inputDataItem id="person"/></bpmn:multiInstanceLoopCharacteristics>'
    )


def everything(pen: Any) -> Any:
    """Loops, joins, borders, an event gateway, a call, a subprocess and repetitions in one."""
    box = pen("box").start("x_start").user("x_work").end("x_end")
    box.border("x_late", "x_work", pen.timer_event("P2D")).user("x_other")
    box.flow("x_start", "x_work", "x_end").flow("x_late", "x_other", "x_end")
    p = pen().start().rule("route", "routing").user("triage").gate("exclusive", "which", "work")
    p.user("work").border("late", "work", pen.timer_event("P1D"), False)
    p.service("warn", "note", text="'late'").end("warned")
    p.border("reply", "work", p.message_event("customer_replied"), False).user("read").end(
        "was_read"
    )
    p.border("stop", "work", p.message_event("withdraw"))
    p.node("callActivity", "call", attrs='calledElement="asked"')
    p.border("call_late", "call", pen.timer_event("P3D"))
    p.gate("parallel", "split").user("a", "b").gate("parallel", "join")
    p.node("subProcess", "inner", box.body())
    p.node("userTask", "each", many("false")).node("userTask", "turn", many("true"))
    p.gate("eventBased", "wait").catch("quiet", pen.timer_event("P2D"))
    p.catch("again", p.message_event("customer_replied"))
    p.gate("exclusive", "ok", "done").end()
    p.flow("start", "route", "triage", "which").flow("which", "call", when="kind == 'call'")
    p.flow("which", "split", when="kind == 'split'").flow("which", "each", when="kind == 'many'")
    p.flow("which", "work", "wait").flow("wait", "quiet", "ok").flow("wait", "again", "triage")
    p.flow("late", "warn", "warned").flow("reply", "read", "was_read").flow("stop", "ok")
    p.flow("call", "triage").flow("call_late", "inner", "triage")
    p.flow("split", "a", "join", "triage").flow("split", "b", "join")
    p.flow("each", "turn", "triage").flow("ok", "triage", when="not finish").flow("ok", "done")
    return p


def asked(pen: Any) -> Any:
    """The called process."""
    drawn = pen("asked").start("q_start").user("q_ask").end("q_end")
    drawn.border("q_reply", "q_ask", drawn.message_event("customer_replied"), False)
    drawn.script("q_note", "noted = true").end("q_noted").flow("q_reply", "q_note", "q_noted")
    return drawn.flow("q_start", "q_ask", "q_end")


def signature(instance: Instance) -> list[str]:
    """Everything that rests, with its state and data, in an order of its own."""
    return sorted(
        f"{t.task_spec.name} {t.state} {json.dumps(t.data, sort_keys=True)}"
        for t in all_tasks(instance._workflow)
        if t.has_state(REACHED) and not t.workflow.completed
    )


def walk(definition: Any, desk: Any, seed: int, steps: int) -> int:
    """One random walk of both; the biggest number of tasks that the compacted one kept."""
    dice = random.Random(seed)
    facts = {"ticket": {"number": "1"}, "people": ["ana", "bo"], "kind": "", "finish": False}
    whole, _ = Instance.start(definition, facts, desk, NOW)
    short, _ = Instance.start(definition, facts, desk, NOW)
    now, most = NOW, 0
    for number in range(steps):
        short = Instance.load(definition, json.loads(json.dumps(short.dump())), desk)
        most = max(most, len(all_tasks(short._workflow)))
        assert signature(whole) == signature(short), (seed, number)
        if short.done:
            break
        answers = {
            "kind": dice.choice(["work", "call", "split", "many", ""]),
            "finish": dice.random() < 0.05,
            f"v{number % 3}": number,
        }
        move = dice.choice(["do", "do", "do", "tell", "wait", "stop"])
        now += timedelta(hours=dice.choice([1, 30, 60])) if move == "wait" else timedelta(0)
        results = []
        for one in (whole, short):
            items = sorted(
                one.work_items, key=lambda i: (i.step.id, json.dumps(i.data, sort_keys=True))
            )
            if move == "do" and items:
                pick = items[random.Random(f"{seed}/{number}").randrange(len(items))]
                progress = one.complete(pick.task_id, answers, now)
            elif move in ("tell", "stop"):
                name = "withdraw" if move == "stop" else "customer_replied"
                progress = one.message(name, {"said": number}, now)
            else:
                progress = one.tick(now)
            results.append(sorted((p.step_id, p.outcome) for p in progress.passed))
        assert results[0] == results[1], (seed, number, move)
    assert whole.done == short.done
    return most


@pytest.mark.parametrize("seed", range(30))
def test_a_compacted_instance_walks_in_step(pen: Any, define: Any, desk: Any, seed: int) -> None:
    definition = define(everything(pen), asked=asked(pen))
    assert walk(definition, desk, seed, 40) < 120


@pytest.mark.parametrize("rounds", [100, pytest.param(500, marks=pytest.mark.long)])
def test_the_size_is_flat_over_many_rounds(pen: Any, begin: Any, rounds: int) -> None:
    drawn = pen().start().user("work").gate("parallel", "split").user("a", "b")
    drawn.gate("parallel", "join").gate("exclusive", "ok", "done").end()
    drawn.border("late", "work", pen.timer_event("P1D"), False)
    drawn.service("warn", "note", text="'late'").end("warned").flow("late", "warn", "warned")
    drawn.flow("start", "work", "split", "a", "join", "ok", "done").flow("split", "b", "join")
    drawn.flow("ok", "work", when="again")
    run = begin(drawn)
    sizes = set()
    for _ in range(rounds):
        run.wait(days=2)
        run.do("work")
        run.do("b")
        run.do("a", again=True)
        sizes.add((len(run.text), len(all_tasks(run.instance._workflow))))
    assert run.open == ["work"]
    assert max(sizes)[0] < 4_000
    assert max(sizes)[0] - min(sizes)[0] < 600
    assert len({tasks for _, tasks in sizes}) <= 2


def test_the_size_is_flat_below_an_open_side_branch(pen: Any, begin: Any) -> None:
    drawn = pen().start().user("work").gate("exclusive", "ok", "done").end()
    drawn.border("reply", "work", drawn.message_event("customer_replied"), False)
    drawn.user("side").end("side_end").flow("reply", "side", "side_end")
    drawn.flow("start", "work", "ok", "done").flow("ok", "work", when="again")
    run = begin(drawn)
    run.tell("customer_replied")
    sizes = []
    for _ in range(200):
        run.do("work", again=True)
        sizes.append(len(all_tasks(run.instance._workflow)))
    assert run.open == ["side", "work"]
    assert len(set(sizes[5:])) == 1


@pytest.mark.parametrize("seed", range(5))
def test_our_steps_move_as_the_library_does(pen: Any, define: Any, desk: Any, seed: int) -> None:
    drawn = pen().start().user("triage").gate("exclusive", "which", "work").user("work")
    drawn.gate("parallel", "split").user("a", "b").gate("parallel", "join").script("n", "m = 1")
    drawn.user("check").gate("exclusive", "ok", "done").end()
    drawn.flow("start", "triage", "which").flow("which", "split", when="par")
    drawn.flow("which", "work", "n").flow("split", "a", "join", "n").flow("split", "b", "join")
    drawn.flow("n", "check", "ok", "done").flow("ok", "work", when="again")
    parser = SpiffBpmnParser()
    parser.add_bpmn_str(drawn.xml())
    other = BpmnWorkflow(parser.get_spec("sample"), {}, script_engine=PythonScriptEngine())
    facts = {"again": False}
    other.task_tree.data.update(facts)
    other.do_engine_steps()
    mine, _ = Instance.start(define(drawn), facts, desk, NOW)
    dice = random.Random(seed)
    for number in range(25):
        ready = sorted(
            other.get_tasks(state=TaskState.READY, manual=True),
            key=lambda t: (t.task_spec.bpmn_id, json.dumps(t.data, sort_keys=True)),
        )
        items = sorted(
            mine.work_items, key=lambda i: (i.step.id, json.dumps(i.data, sort_keys=True))
        )
        assert [(t.task_spec.bpmn_id, t.data) for t in ready] == [
            (i.step.id, i.data) for i in items
        ]
        if not items:
            break
        pick = dice.randrange(len(items))
        answers: dict[str, Any] = {f"v{number}": number}
        if items[pick].step.id in (
            "triage",
            "work",
            "check",
        ):  # not in branches: there ours merge better
            answers |= {"par": dice.random() < 0.5, "again": dice.random() < 0.5}
        ready[pick].data.update(answers)
        ready[pick].run()
        other.do_engine_steps()
        mine.complete(items[pick].task_id, answers, NOW)
        mine = Instance.load(mine.definition, mine.dump(), desk)
    assert mine.done == other.is_completed()
