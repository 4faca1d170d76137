"""Every edit of a diagram with a ticket at every place: it goes on right, or it is said why not."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import Invalid
from engine.workflow.instance import Instance
from engine.workflow.migrate import fitting, move, plan, signature, suggested
from tests.engine.workflow.conftest import Desk, Pen
from tests.engine.workflow.migrating import NOW, Draughtsman, Drawing, Player

STEPS = ("work", "pause", "reply", "choice", "inner", "ask", "a", "each", "turn")
OUTER = {"inner": "box", "ask": "call"}
MOST_MOVES = 13


@lru_cache
def drawn(**edit: Any) -> Any:
    """A definition of the drawing with some of its fields changed."""
    return Draughtsman(Pen, Drawing(**edit)).define()


@lru_cache
def edited(change: Callable[[Drawing], None]) -> Any:
    """A definition after an edit, drawn and read once for the tickets at all places."""
    drawing = Drawing()
    change(drawing)
    return Draughtsman(Pen, drawing).define()


@lru_cache
def before(step: str) -> Callable[[Drawing], None]:
    """Insert a step before this one."""
    return lambda d: d.chain_of(step).insert(d.chain_of(step).index(step), "extra")


@lru_cache
def after(step: str) -> Callable[[Drawing], None]:
    """Insert a step behind this one."""
    return lambda d: d.chain_of(step).insert(d.chain_of(step).index(step) + 1, "extra")


@lru_cache
def gone(step: str) -> Callable[[Drawing], None]:
    """Take this step out; where it was alone there is another one."""
    return lambda d: d.chain_of(step).__setitem__(slice(*_place(d, step)), _instead(d, step))


def _place(d: Drawing, step: str) -> tuple[int, int]:
    index = d.chain_of(step).index(step)
    return index, index + 1


def _instead(d: Drawing, step: str) -> list[str]:
    return ["extra"] if len(d.chain_of(step)) == 1 else []


@lru_cache
def renamed(step: str) -> Callable[[Drawing], None]:
    """Give this step another id."""
    return lambda d: d.names.__setitem__(step, f"{step}_2")


@lru_cache
def decided_anew(step: str) -> Callable[[Drawing], None]:
    """Give this step a lane, the first one a form, and turn the condition at the end round."""

    def change(d: Drawing) -> None:
        d.lanes[step], d.condition, d.forms["work"] = "Second level", "not finish", "work"

    return change


@lru_cache
def border(step: str, what: str) -> Callable[[Drawing], None]:
    """Give the time on this step's border another length, take it away, or add a second one."""
    return {
        "other": lambda d: d.times.__setitem__(f"late_{step}", "PT1H"),
        "none": lambda d: d.no_border.add(step),
        "second": lambda d: d.second_border.add(step),
    }[what]


def at(moves: int, last: bool = False) -> Player:
    """A ticket that many moves from its beginning."""
    state, now, seen = _walked(moves, last)
    definition, desk = drawn(), Desk()
    return Player(Instance.load(definition, state, desk), desk, now, list(seen))


@lru_cache
def _walked(moves: int, last: bool) -> tuple[dict[str, Any], datetime, tuple[str, ...]]:
    player = Player.start(drawn(), Desk())
    player.walk(moves, last)
    return player.reload(), player.now, tuple(player.seen)


def places(player: Player) -> list[str]:
    """Where it stands, callers left out."""
    live = player.instance.live_steps
    return [step for step in live if step not in OUTER.values()]


def moved(player: Player, new: Any, mapping: dict[str, str] | None = None) -> Player:
    """The ticket on the new diagram, nothing of it lost: ids, data, due times."""
    was = player.instance
    items = {i.task_id: i.data for i in was.work_items}
    dues = {t.task_id: t.due_at for t in was.timers}
    steps = sorted((mapping or {}).get(s, s) for s in was.live_steps)
    later = player.now + timedelta(hours=5)
    state = move(was.definition, new, player.reload(), mapping or {}, later)
    made = Player(Instance.load(new, state, player.desk), player.desk, later, list(player.seen))
    now = made.instance
    assert sorted(now.live_steps) == steps
    assert {i.task_id: i.data for i in now.work_items} == items
    kept = {t.task_id: t.due_at for t in now.timers}
    assert {key: due for key, due in kept.items() if key in dues} == {
        key: due for key, due in dues.items() if key in kept
    }
    made.reload()
    return made


# One move at a time; at the eighth either branch of the parallel part may be the one left.
POSITIONS = [*((moves, False) for moves in range(MOST_MOVES)), (7, True)]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("edit", [before, after], ids=["before", "after"])
@pytest.mark.parametrize(("moves", "last"), POSITIONS)
def test_an_inserted_step_is_taken_by_those_who_have_not_passed(
    step: str, edit: Any, moves: int, last: bool
) -> None:
    player = at(moves, last)
    here, passed = places(player), set(player.seen)
    made = moved(player, edited(edit(step)))
    on_the_way = made.to_the_end()
    done = step in passed or (step in ("reply", "choice", "pause") and _behind(step, here))
    ahead = not done and not (edit is before and step in here)
    inside = step in ("each", "turn") and step in here and edit is after
    assert ("extra" in on_the_way) == (ahead or inside), (here, on_the_way)


def _behind(step: str, here: list[str]) -> bool:
    order = ["work", "pause", "reply", "choice", "inner", "ask", "a", "b", "each", "turn", "fix"]
    return min(order.index(one) for one in here) > order.index(step)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("edit", [gone, renamed], ids=["gone", "renamed"])
@pytest.mark.parametrize(("moves", "last"), POSITIONS)
def test_a_ticket_at_a_step_that_is_gone_stays_and_the_others_go(
    step: str, edit: Any, moves: int, last: bool
) -> None:
    player, new = at(moves, last), edited(edit(step))
    if step in places(player):
        found = plan(player.instance.definition, new, player.reload())
        assert found.unplaced == (step,)
        assert [p.target for p in found.places if p.step == step] == [None]
        with pytest.raises(Invalid, match=f'"{step}" is not in the new diagram'):
            moved(player, new)
    else:
        assert step not in moved(player, new).to_the_end()


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(("moves", "last"), POSITIONS)
def test_a_renamed_step_is_mapped_once_by_hand(step: str, moves: int, last: bool) -> None:
    player, new = at(moves, last), edited(renamed(step))
    old = player.instance.definition
    assert suggested(old, new, (step,)) == {step: f"{step}_2"}
    here = places(player)
    made = moved(player, new, {step: f"{step}_2"})
    assert step not in made.to_the_end()
    if step in here and step not in ("pause", "reply", "choice"):
        assert f"{step}_2" in made.seen


@pytest.mark.parametrize("step", ["work", "a", "each"])
@pytest.mark.parametrize(("moves", "last"), POSITIONS)
def test_another_lane_form_or_condition_changes_no_place(step: str, moves: int, last: bool) -> None:
    player, new = at(moves, last), edited(decided_anew(step))
    here = places(player)
    found = plan(player.instance.definition, new, player.reload())
    if step in here:
        place = next(p for p in found.places if p.step == step)
        assert ("lane", "", "Second level") in [(c.what, c.before, c.after) for c in place.changes]
    assert ("form" in {c.what for p in found.places for c in p.changes}) == ("work" in here)
    rest = moved(player, new).to_the_end()
    assert ("fix" in rest) == (here == ["fix"])


@pytest.mark.parametrize("step", ["work", "box", "call", "a", "each"])
@pytest.mark.parametrize(("moves", "last"), POSITIONS)
def test_border_timers_stay_go_and_come(step: str, moves: int, last: bool) -> None:
    late, second = f"late_{step}", f"second_{step}"
    player = at(moves, last)
    waits = {t.step_id: t.due_at for t in player.instance.timers}

    def now(what: str) -> tuple[Player, dict[str, Any]]:
        made = moved(at(moves, last), edited(border(step, what)))
        return made, {t.step_id: t.due_at for t in made.instance.timers}

    made, timers = now("other")
    assert timers == waits  # a time that runs already stays
    made.to_the_end()
    made, timers = now("none")
    assert timers == {key: due for key, due in waits.items() if key != late}
    made.to_the_end()
    made, timers = now("second")
    fresh = {second: made.now + timedelta(days=90)} if late in waits else {}
    assert timers == waits | fresh  # a new one counts from now
    made.instance.tick(made.now + timedelta(days=91))
    said = [params["text"] for _, params in made.desk.effects if params["text"] == second]
    assert len(said) == len(fresh)
    made.to_the_end()


def test_a_border_timer_that_has_fired_is_not_armed_again() -> None:
    player = at(0)
    player.instance.tick(NOW + timedelta(days=100))
    player.now = NOW + timedelta(days=100)
    made = moved(player, edited(lambda d: d.second_border.add("work")))
    assert [t.step_id for t in made.instance.timers] == ["second_work"]
    made = moved(player, edited(lambda d: d.no_border.add("work")))
    assert made.instance.timers == []
    made.to_the_end()


def test_arms_of_an_event_gateway_come_and_go_and_keep_their_times() -> None:
    player = at(3)
    assert player.instance.live_steps == ["choice"]
    due = player.instance.next_due
    for arms in (["again", "quiet"], ["soon", "again", "quiet"], ["soon", "quiet"]):
        new = edited(lambda d, arms=arms: (d.arms.__setitem__(slice(None), arms), None)[1])
        made = moved(at(3), new)
        times = {t.step_id: t.due_at for t in made.instance.timers}
        assert times["quiet"] == due
        assert set(times) == set(arms) - {"again"}
        if "soon" in arms:
            assert times["soon"] == made.now + timedelta(days=4)
        assert bool(made.instance.waiting) == ("again" in arms)
        made.to_the_end()
    new = edited(lambda d: d.arms.__setitem__(0, "soon"))
    found = plan(player.instance.definition, new, player.reload())
    assert ("timer_gone", "quiet") in [(c.what, c.before) for c in found.places[0].changes]


def branches() -> list[Player]:
    """In both branches, then in the right one and in the left one alone."""
    both = next(p for p in (at(n) for n in range(MOST_MOVES)) if places(p) == ["a", "b"])
    right, left = (Player(both.instance, both.desk, both.now, list(both.seen)) for _ in range(2))
    state = both.reload()
    for player, last in ((right, False), (left, True)):
        player.instance = Instance.load(both.instance.definition, state, Desk())
        player.step(last)
    return [both, right, left]


def test_a_branch_more_is_refused_only_inside_the_parallel_part() -> None:
    new = drawn(third=True)
    for player in branches():
        found = plan(player.instance.definition, new, player.reload())
        assert [reason.said() for reason in found.reasons] == [
            'the parallel part before "join" has changed while the ticket is inside it'
        ]
    assert "c" in moved(at(0), new).to_the_end()
    moved(at(8), new).to_the_end()


def test_a_parallel_part_that_is_gone_is_refused_inside_it() -> None:
    new = edited(lambda d: d.chains["main"].remove("block"))
    for player in branches():
        assert not plan(player.instance.definition, new, player.reload()).ok


def test_nobody_is_moved_to_where_a_branch_would_never_come() -> None:
    small = Pen().start().user("one", "two").end().flow("start", "one", "two", "done")
    wide = Pen().start().gate("parallel", "s").user("one", "two").gate("parallel", "j").end()
    wide.flow("start", "s", "one", "j", "done").flow("s", "two", "j")
    from engine.workflow.definition import load_definition

    old, new = (load_definition("sample", {"process.bpmn": p.xml()}, {}) for p in (small, wide))
    state = Instance.start(old, {}, Desk(), NOW)[0].dump()
    assert [r.said() for r in plan(old, new, state).reasons] == [
        'at "j" the ticket would wait for ever for a branch that it never takes'
    ]


def test_two_branches_that_meet_are_not_mapped_to_one() -> None:
    from engine.workflow.definition import load_definition

    def forked(*steps: str) -> Any:
        p = Pen().start().end().gate("parallel", "s").gate("parallel", "j").user(*steps)
        p.flow("start", "s").flow("j", "done")
        for step in steps:
            p.flow("s", step, "j")
        return load_definition("sample", {"process.bpmn": p.xml()}, {})

    old, new = forked("a", "b"), forked("c", "d")
    state = Instance.start(old, {}, Desk(), NOW)[0].dump()
    assert plan(old, new, state, {"a": "c", "b": "d"}).ok
    for target, mapping in ((new, {"a": "c", "b": "c"}), (old, {"a": "b"})):
        assert [r.said() for r in plan(old, target, state, mapping).reasons] == [
            'the parallel part before "j" has changed while the ticket is inside it'
        ]


def test_another_message_or_effect_of_an_event_is_told() -> None:
    from engine.workflow.definition import load_definition

    def drawn_with(heard: str, *, cuts: bool) -> Any:
        p = Pen().start().user("work").end().end("left")
        p.border("ear", "work", p.message_event(heard), cuts)
        p.catch("hear", p.message_event(heard)).flow("start", "work", "hear", "done")
        return load_definition("sample", {"process.bpmn": p.flow("ear", "left").xml()}, {})

    old, new = drawn_with("yes", cuts=True), drawn_with("no", cuts=False)
    player = Player(Instance.start(old, {}, Desk(), NOW)[0], Desk(), NOW, [])
    [place] = plan(old, new, player.reload()).places
    assert [(c.what, c.before, c.after) for c in place.changes] == [
        ("message", "yes", "no"), ("cuts", "ear", "no")
    ]  # fmt: skip
    player.instance.complete(player.instance.work_items[0].task_id, {}, NOW)
    [place] = plan(old, new, player.reload()).places
    assert [(c.what, c.before, c.after) for c in place.changes] == [("message", "yes", "no")]


def test_what_is_repeated_stays_what_it_is_for() -> None:
    player = next(p for p in (at(n) for n in range(MOST_MOVES)) if places(p) == ["each"])
    found = plan(player.instance.definition, drawn(people="names"), player.reload())
    assert "for several at once" in found.reasons[0].said()


def test_a_step_of_another_kind_is_refused_and_not_offered() -> None:
    old, new = drawn(), edited(renamed("work"))
    player = at(0)
    for target in ("pause", "nowhere", "inner", "each [child]", "Start", "work.BoundaryEventSplit"):
        found = plan(old, new, player.reload(), {"work": target})
        assert f'"work" cannot become "{target}"' in found.reasons[0].said()
        assert not found.ok
    offered = fitting(old, new, "work")
    assert offered[0] == "work_2"
    assert set(offered) == {"work_2", "a", "b", "fix"}
    assert fitting(old, new, "pause") == ["pause"]


def test_a_side_branch_needs_the_event_it_came_from() -> None:
    from engine.workflow.definition import load_definition

    def definition(key: str, interrupting: bool = False) -> Any:
        p = Pen().start().user("work", "side").end().end("side_done")
        p.border(key, "work", p.message_event("hello"), interrupting)
        p.flow("start", "work", "done").flow(key, "side", "side_done")
        return load_definition("sample", {"process.bpmn": p.xml()}, {})

    old = definition("told")
    instance, _ = Instance.start(old, {}, Desk(), NOW)
    instance.message("hello", {}, NOW)
    state = instance.dump()
    assert (
        'from which the branch at "side" came'
        in plan(old, definition("other"), state).reasons[0].said()
    )
    assert not plan(old, definition("told", True), state).ok
    made = move(old, definition("other"), state, {"told": "other"}, NOW)
    again = Instance.load(definition("other"), made, Desk())
    assert sorted(again.live_steps) == ["side", "work"]
    assert [w.step_id for w in again.waiting] == ["other"]
    for step in ("work", "side"):
        item = next(i for i in again.work_items if i.step.id == step)
        again.complete(item.task_id, {}, NOW)
    assert again.done


def test_a_failed_step_is_mended_by_the_new_diagram() -> None:
    from engine.workflow.definition import load_definition

    def definition(script: str) -> Any:
        p = Pen().start().user("work").script("sum", script).user("rest").end()
        p.flow("start", "work", "sum", "rest", "done")
        return load_definition("sample", {"process.bpmn": p.xml()}, {})

    old, new = definition("x = missing + 1"), definition("x = 1")
    instance, _ = Instance.start(old, {}, Desk(), NOW)
    instance.complete(instance.work_items[0].task_id, {}, NOW)
    assert instance.failures
    found = plan(old, new, instance.dump())
    assert [(p.step, p.failed) for p in found.places] == [("sum", True)]
    made = Instance.load(new, move(old, new, instance.dump(), {}, NOW), Desk())
    assert [f.step_id for f in made.failures] == ["sum"]
    made.retry(NOW)
    assert made.live_steps == ["rest"]


def test_a_time_that_cannot_be_worked_out_keeps_the_ticket_where_it_is() -> None:
    from engine.workflow.definition import load_definition

    def definition(time: str) -> Any:
        p = Pen().start().user("work").end().flow("start", "work", "done")
        if time:
            p.border("late", "work", p.timer_event("P1D").replace("&quot;P1D&quot;", time))
            p.flow("late", "done")
        return load_definition("sample", {"process.bpmn": p.xml()}, {})

    state = Instance.start(definition(""), {"days": "P3D"}, Desk(), NOW)[0].dump()
    found = plan(definition(""), definition("weeks"), state)
    assert 'a time at "late" cannot be worked out' in found.reasons[0].said()
    made = move(definition(""), definition("days"), state, {}, NOW)
    due = Instance.load(definition("days"), made, Desk()).next_due
    assert due == NOW + timedelta(days=3)


def test_an_ended_process_is_not_moved() -> None:
    player = at(0)
    player.to_the_end()
    assert plan(drawn(), drawn(third=True), player.reload()).reasons[0].said() == (
        "the process has ended"
    )


def test_a_signature_tells_places_apart_and_not_tickets() -> None:
    marks = {}
    for moves in range(MOST_MOVES):
        one, other = at(moves), at(moves)
        other.instance.refresh({"ticket": {"number": "2"}})
        assert signature(one.reload()) == signature(other.reload())
        marks.setdefault(signature(one.reload()), []).append(places(one))
    assert all(len({tuple(p) for p in found}) == 1 for found in marks.values())
    assert len(marks) > 9


EDITS: list[Callable[[Drawing, random.Random], None]] = [
    lambda d, r: before(r.choice([s for s in STEPS if _there(d, s)]))(d),
    lambda d, r: after(r.choice([s for s in STEPS if _there(d, s)]))(d),
    lambda d, r: renamed(r.choice(STEPS))(d),
    lambda d, r: gone(r.choice([s for s in STEPS if _there(d, s)]))(d),
    lambda d, r: d.no_border.add(r.choice(STEPS)),
    lambda d, r: d.second_border.add(r.choice(["work", "box", "a", "turn"])),
    lambda d, r: d.times.__setitem__(r.choice(["late_work", "pause", "quiet"]), "PT3H"),
    lambda d, r: d.arms.__setitem__(slice(None), r.choice([["again", "quiet"], ["quiet", "soon"]])),
    lambda d, r: setattr(d, "third", True),
]


def _there(d: Drawing, step: str) -> bool:
    return any(step in chain for chain in d.chains.values())


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**9))
def test_any_edits_at_any_place_end_or_are_refused(seed: int) -> None:
    dice = random.Random(seed)
    player = Player.start(drawn(), Desk())
    player.dice = dice
    if not player.walk(dice.randrange(MOST_MOVES)):
        return
    drawing = Drawing()
    for _ in range(dice.randint(1, 3)):
        edit = dice.choice(EDITS)
        if edit in EDITS[:2] and _there(drawing, "extra"):
            continue
        edit(drawing, dice)
    if sum(chain.count("extra") for chain in drawing.chains.values()) > 1:
        return
    new = Draughtsman(Pen, drawing).define()
    mapping = dict(drawing.names) if dice.random() < 0.7 else {}
    found = plan(player.instance.definition, new, player.reload(), mapping)
    if not found.ok:
        assert all(reason.said() for reason in found.reasons)
        with pytest.raises(Invalid):
            move(player.instance.definition, new, player.reload(), mapping, NOW)
        return
    made = moved(player, new, mapping)
    assert {p.target for p in found.places} == set(made.instance.live_steps)
    made.dice = dice
    made.to_the_end()


class _Hours(Desk):
    """Hooks of a desk that works every day from midnight on."""

    def working_time(self, start: datetime, days: int, seconds: int) -> datetime:
        return start + timedelta(days=2 * days, seconds=seconds)


def test_times_that_count_working_time_keep_their_due_and_are_counted_anew_later() -> None:
    from engine.workflow.definition import load_definition

    def definition(second: bool) -> Any:
        p = Pen().start().user("work").gate("eventBased", "wait").end()
        work = "<spiffworkflow:timerBasis>working</spiffworkflow:timerBasis>"
        p.node("intermediateCatchEvent", "quiet", p.timer_event("P3D"), ext=work)
        p.catch("again", p.message_event("hello")).end("late_end")
        on_work = 'attachedToRef="work" cancelActivity="false"'
        p.node("boundaryEvent", "late", p.timer_event("P2D"), on_work, work)
        p.flow("late", "late_end")
        if second:
            p.node("boundaryEvent", "later", p.timer_event("P4D"), on_work, work)
            p.flow("later", "late_end")
        first = ["again", "quiet"] if second else ["quiet", "again"]
        p.flow("start", "work", "wait", first[0], "done").flow("wait", first[1], "done")
        return load_definition("sample", {"process.bpmn": p.xml()}, {})

    old, new, hooks = definition(False), definition(True), _Hours()
    instance, _ = Instance.start(old, {}, hooks, NOW)
    assert plan(old, new, instance.dump()).ok
    state = move(old, new, instance.dump(), {}, NOW + timedelta(days=1), hooks)
    made = Instance.load(new, state, hooks)
    assert {t.step_id: t.due_at for t in made.timers} == {
        "late": NOW + timedelta(days=4), "later": NOW + timedelta(days=9)
    }  # fmt: skip
    instance.complete(instance.work_items[0].task_id, {}, NOW)
    made = Instance.load(new, move(old, new, instance.dump(), {}, NOW, hooks), hooks)
    assert {t.step_id: t.due_at for t in made.timers} == {"quiet": NOW + timedelta(days=6)}
    assert not made.recount(NOW)
    hooks.working_time = lambda start, days, seconds: start + timedelta(days=3 * days)  # type: ignore[method-assign]
    assert made.recount(NOW)
    assert {t.step_id: t.due_at for t in made.timers} == {"quiet": NOW + timedelta(days=9)}


def test_a_caller_that_calls_something_else_takes_its_tickets_along_by_hand() -> None:
    from engine.workflow.definition import load_definition

    def definition(called: str, *steps: str) -> Any:
        inner = Pen(called).start("q_start").user(*steps).end("q_end")
        inner.flow("q_start", *steps, "q_end")
        p = Pen().start().node("callActivity", "call", attrs=f'calledElement="{called}"').end()
        p.flow("start", "call", "done")
        return load_definition(
            "sample", {"process.bpmn": p.xml()}, {called: {"process.bpmn": inner.xml()}}
        )

    old, new = definition("asked", "ask"), definition("approval", "decide", "inform")
    state = Instance.start(old, {}, Desk(), NOW)[0].dump()
    assert plan(old, new, state).unplaced == ("ask",)
    assert fitting(old, new, "ask") == ["decide", "inform"]
    made = Instance.load(new, move(old, new, state, {"ask": "decide"}, NOW), Desk())
    assert made.live_steps == ["call", "decide"]
    for _ in range(2):
        made.complete(made.work_items[0].task_id, {}, NOW)
    assert made.done


def test_an_arm_whose_time_cannot_be_worked_out_keeps_the_ticket_where_it_is() -> None:
    from engine.workflow.definition import load_definition

    def definition(*arms: str) -> Any:
        p = Pen().start().gate("eventBased", "wait").end().flow("start", "wait")
        for arm in arms:
            event = p.message_event(arm)
            if arm == "broken":
                event = p.timer_event("P1D").replace("&quot;P1D&quot;", "nothing")
            p.catch(arm, event).flow("wait", arm, "done")
        return load_definition("sample", {"process.bpmn": p.xml()}, {})

    old = definition("hello", "bye")
    state = Instance.start(old, {}, Desk(), NOW)[0].dump()
    found = plan(old, definition("hello", "broken"), state)
    assert 'a time at "wait" cannot be worked out' in found.reasons[0].said()
