"""What tickets tell each other: signals to all that wait, and the words of parents and children."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from engine.commands.due import fire_timer
from engine.commands.merge import merge_tickets
from engine.commands.process_names import check_names
from engine.commands.processes import opened
from engine.commands.reclassify import reclassify
from engine.commands.tickets import close_ticket, reopen_ticket, unlink_tickets
from engine.tickets import queries
from engine.tickets.flow import Incident, ProcessInstance
from engine.tickets.models import Ticket, TicketLink
from engine.timers.models import Timer
from engine.timers.sweep import sweep
from tests.engine.commands.drawn import Pen, publish, take
from tests.lost import unmoved


def go(town):
    while sweep(town.desk, fire_timer):
        pass


def history(town, number, *whats):
    found = town.see(number, lambda w, t: queries.history(w.session, t))
    return [(h.what, h.before, h.after, h.cause, h.reason) for h in found if h.what in whats]


def state(town, number):
    return town.see(number, lambda w, t: t.state.name)


def listener(key="listens", *, interrupting=True) -> Pen:
    pen = Pen(key).start().user("work").end().end("heard")
    pen.border("ear", "work", pen.signal_event("vpn is back"), interrupting)
    return pen.flow("start", "work", "done").flow("ear", "heard")


def shouter(key="shouts") -> Pen:
    pen = Pen(key).start().user("mend").end()
    pen.node("intermediateThrowEvent", "shout", pen.signal_event("vpn is back"))
    return pen.flow("start", "mend", "shout", "done")


def test_a_signal_reaches_every_ticket_that_waits_for_it_each_in_its_own_transaction(town):
    publish(town, listener(), shouter())
    ears = [take(town, "listens") for _ in range(5)]
    other, mouth = take(town, "incident"), take(town, "shouts")
    town.complete("agnes", mouth, "mend", {})
    assert history(town, mouth, "signal") == [
        ("signal", "5", "vpn is back", "step", "shouts v1: shout")
    ]
    assert all(town.steps(number) == ["work"] for number in ears)
    assert sweep(town.desk, fire_timer) == 5
    assert [state(town, number) for number in ears] == ["closed successful"] * 5
    assert history(town, ears[0], "signal heard") == [
        ("signal heard", "", "vpn is back", "ticket", mouth)
    ]
    assert history(town, other, "signal heard") == []
    late = take(town, "listens")
    go(town)
    assert town.steps(late) == ["work"]


def test_who_waits_for_a_signal_is_found_by_an_index(town):
    query = "select instance_id from subscription where message = 'signal:vpn is back'"
    sqlite = town.desk.settings.sqlite
    with town.desk.database.pool.connect() as connection:  # which nobody commits
        if not sqlite:  # of a handful of rows it would read all, be it in the key's index
            connection.execute(text("set local enable_seqscan = off"))
            connection.execute(text("alter table subscription drop constraint pk_subscription"))
        rows = connection.execute(text(f"explain {'query plan ' if sqlite else ''}{query}"))
        assert "ix_subscription_message" in " ".join(str(row) for row in rows)


def test_a_ticket_that_has_gone_on_meanwhile_does_not_hear(town):
    publish(town, listener(), shouter())
    gone, ear, mouth = take(town, "listens"), take(town, "listens"), take(town, "shouts")
    town.complete("agnes", mouth, "mend", {})
    town.do("ada", gone, lambda w, t: close_ticket(w, t))
    go(town)
    assert state(town, ear) == "closed successful"
    assert history(town, gone, "signal heard") == []


def test_tickets_that_set_each_other_going_are_stopped(town):
    """Each throws what the other waits for, for ever."""
    for key, hears, says in (("one", "a", "b"), ("two", "b", "a")):
        pen = Pen(key).start().user("work").end().end("said")
        pen.border("ear", "work", pen.signal_event(hears), interrupting=False)
        pen.node("intermediateThrowEvent", "shout", pen.signal_event(says))
        publish(town, pen.flow("start", "work", "done").flow("ear", "shout", "said"))
    numbers = [take(town, "one"), take(town, "two")]
    pen = Pen("first").start().end("done", '<bpmn:signalEventDefinition signalRef="signal_0"/>')
    pen.signals["a"] = "signal_0"
    publish(town, pen.flow("start", "done"))
    take(town, "first")
    for _ in range(20):
        if not sweep(town.desk, fire_timer):
            break
    else:
        raise AssertionError("they never come to rest")
    heard = [h for n in numbers for h in history(town, n, "signal heard")]
    stopped = [h for n in numbers for h in history(town, n, "rule problem")]
    assert len(heard) == 5
    assert len(stopped) == 1


# Parents and children


def parent(title="'Part ' + part", **more) -> Pen:
    """For each part a subtask; the parent goes on when all have ended."""
    pen = Pen("whole").start().script("list_parts", 'parts = ["desk", "chair"]')
    each = (
        '<bpmn:multiInstanceLoopCharacteristics isSequential="true">'
        "<bpmn:loopDataInputRef>parts</bpmn:loopDataInputRef>"
        '<bpmn:inputDataItem id="part"/></bpmn:multiInstanceLoopCharacteristics>'
    )
    pen.service("make", "create_child", title=title, type="'part'", queue="'HR'",
                variables="{&quot;what&quot;: part}", **more)  # fmt: skip
    pen.parts[-1] = pen.parts[-1].replace("</bpmn:serviceTask>", f"{each}</bpmn:serviceTask>")
    pen.catch("all_done", pen.message_event("children_done")).user("look").end()
    return pen.flow("start", "list_parts", "make", "all_done", "look", "done")


def part() -> Pen:
    pen = Pen("part").start().user("work").script("tell", 'result = "made: " + ticket.title').end()
    return pen.flow("start", "work", "tell", "done")


def family(town) -> tuple[str, list[str]]:
    publish(town, part(), parent())
    number = take(town, "whole", queue="Service Desk")
    children = town.see(
        number, lambda w, t: [other.number for kind, other in queries.linked(w.session, w.actor, t)]
    )
    return number, children


def test_the_parent_waits_until_all_its_subtasks_have_ended(town):
    number, children = family(town)
    assert len(children) == 2
    assert town.steps(number) == []
    facts = [town.see(n, lambda w, t: (t.title, t.queue.name, t.customer)) for n in children]
    assert facts == [("Part desk", "HR", None), ("Part chair", "HR", None)]
    made = history(town, children[0], "created", "link")
    assert ("link", "", f"parent {number}", "step", "whole v1: make") in made
    assert {h[2] for h in history(town, number, "link")} == {f"child {c}" for c in children}
    assert number not in unmoved(town.desk)
    town.complete("bruno", children[0], "work", {})
    go(town)
    assert town.steps(number) == []
    town.complete("bruno", children[1], "work", {})
    go(town)
    assert town.steps(number) == ["look"]
    told = [h for h in history(town, number, "message") if h[2] == "children_done"]
    assert told == [("message", "", "children_done", "ticket", children[1])]


@pytest.mark.parametrize("how", ["closed", "removed", "merged"])
def test_a_subtask_that_is_ended_by_hand_holds_nobody_up(town, how):
    number, children = family(town)
    town.complete("bruno", children[0], "work", {})
    if how == "merged":
        into = take(town, "incident")
        town.do("ada", children[1], lambda w, t: merge_tickets(w, t, ticket(w, into)))
    else:
        name = "removed" if how == "removed" else "closed unsuccessful"
        town.do("ada", children[1], lambda w, t: close_ticket(w, t, name))
    go(town)
    assert town.steps(number) == ["look"]


def ticket(work, number):
    return work.session.scalar(select(Ticket).where(Ticket.number == number))


def test_a_subtask_opened_again_before_the_parent_heard_counts_as_open(town):
    number, children = family(town)
    for child in children:
        town.complete("bruno", child, "work", {})
    town.do("ada", children[0], lambda w, t: reopen_ticket(w, t))
    go(town)
    assert town.steps(number) == []
    town.complete("bruno", children[0], "work", {})
    go(town)
    assert town.steps(number) == ["look"]


def test_a_subtask_begun_again_knows_what_its_parent_handed_over(town):
    worker = Pen("part").start().script("read", "mine = what").user("work").end()
    publish(town, worker.flow("start", "read", "work", "done"), parent())
    number = take(town, "whole")
    kid = town.see(number, lambda w, t: queries.linked(w.session, w.actor, t)[0][1].number)

    def known(work, ticket):
        data = opened(work, ticket, queries.instance_of(work.session, ticket))[1].data
        return data["mine"], data["parent"], data.get("reopened", False)

    assert town.see(kid, known) == ("desk", number, False)
    for _ in range(2):
        town.complete("bruno", kid, "work", {})
        town.do("ada", kid, lambda w, t: reopen_ticket(w, t))
        assert town.see(kid, known) == ("desk", number, True)
    town.do("ada", kid, lambda w, t: reclassify(w, t, "incident"))
    town.do("ada", kid, lambda w, t: reclassify(w, t, "part"))
    assert town.see(kid, known) == ("desk", number, False)


def test_a_parent_without_open_subtasks_does_not_wait(town):
    pen = Pen("alone").start().catch("all_done", Pen("x").message_event("children_done"))
    pen.messages["children_done"] = "message_children_done"
    pen.service("never", "message_children", name="'x'").user("look").end()
    publish(town, pen.flow("start", "never", "all_done", "look", "done"))
    number = take(town, "alone")
    go(town)
    assert town.steps(number) == ["look"]


def test_a_family_is_parted_by_nobody(town):
    number, children = family(town)
    town.do("ada", number, lambda w, t: unlink_tickets(w, t, ticket(w, children[0])))
    kinds = town.see(number, lambda w, t: [k for k, _ in queries.linked(w.session, w.actor, t)])
    assert kinds == ["child", "child"]
    kinds = town.see(
        children[0], lambda w, t: [k for k, _ in queries.linked(w.session, w.actor, t)]
    )
    assert kinds == ["parent"]


def test_each_subtask_that_ends_tells_its_result_and_none_is_lost_meanwhile(town):
    """The parent looks at one after the other; the second ends before the first is looked at."""
    pen = parent()
    pen.parts = [p for p in pen.parts if "all_done" not in p and 'id="done"' not in p
                 and "look_done" not in p]  # fmt: skip
    pen.catch("one_done", pen.message_event("child_done")).gate("exclusive", "all", "done").end()
    pen.script("count", "seen = seen + 1").flow("make", "one_done", "look", "count", "all", "done")
    pen.flow("all", "one_done", when="children_open > 0 or seen < children")
    pen.parts = [p.replace("<bpmn:script>parts", "<bpmn:script>seen = 0\nparts") for p in pen.parts]
    publish(town, part(), pen)
    number = take(town, "whole", queue="Service Desk")
    children = [n.number for n in town.see(
        number, lambda w, t: [o for _, o in queries.linked(w.session, w.actor, t)])]  # fmt: skip
    for child in children:
        town.complete("bruno", child, "work", {})
    go(town)

    def data(work, found):
        row = work.session.scalars(
            select(ProcessInstance).where(ProcessInstance.ticket_id == found.id)
        ).one()
        from engine.commands.processes import opened

        return opened(work, found, row)[1].work_items[0].data

    seen = []
    for _ in children:
        go(town)
        found = town.see(number, data)
        seen.append((found["child"], found["child_result"], found["child_state"]))
        assert found["children_open"] == 0
        town.complete("agnes", number, "look", {})
    assert sorted(seen) == [
        (children[0], "made: Part desk", "closed successful"),
        (children[1], "made: Part chair", "closed successful"),
    ]
    go(town)
    assert state(town, number) == "closed successful"
    assert (
        town.desk.read(lambda w: w.session.scalars(select(Timer.kind)).all()).count("message") == 0
    )


def test_parent_and_child_talk_and_the_end_of_the_parent_is_told(town):
    child = Pen("part").start().service("hello", "message_parent", name="'hello'",
                                        variables="{&quot;from_below&quot;: what}")  # fmt: skip
    child.user("work").end().end("left").end("answered")
    child.border("over", "work", child.message_event("parent_ended"))
    child.border("answer", "work", child.message_event("answer"), interrupting=False)
    child.flow("start", "hello", "work", "done").flow("over", "left")
    child.script("keep", "result = word").flow("answer", "keep", "answered")
    whole, what = Pen("whole").start(), "{&quot;what&quot;: 7}"
    whole.service("make", "create_child", "number", title="'One'", type="'part'", variables=what)
    whole.catch("greeted", whole.message_event("hello")).user("look").end()
    whole.service(
        "say", "message_children", name="'answer'", variables="{&quot;word&quot;: from_below}"
    )
    whole.user("last").flow("start", "make", "greeted", "look", "say", "last", "done")
    publish(town, child, whole)
    number = take(town, "whole")
    go(town)
    assert town.steps(number) == ["look"]
    town.complete("agnes", number, "look", {})
    go(town)
    kid = town.see(number, lambda w, t: queries.linked(w.session, w.actor, t)[0][1].number)
    assert [h[2] for h in history(town, kid, "message")] == ["answer"]
    assert town.steps(kid) == ["work"]
    town.do("ada", number, lambda w, t: close_ticket(w, t))
    go(town)
    assert state(town, kid) == "closed successful"
    assert ("message", "", "parent_ended", "ticket", number) in history(town, kid, "message")


def test_a_family_is_bounded(town):
    """A process that makes a ticket of its own kind would do so without end."""
    pen = Pen("whole").start().service("make", "create_child", title="'Again'", type="'whole'")
    publish(town, pen.user("work").end().flow("start", "make", "work", "done"))
    take(town, "whole")

    def asked(work):
        incidents = work.session.scalars(select(Incident.message)).all()
        return len(work.session.scalars(select(TicketLink)).all()), incidents

    made, incidents = town.desk.read(asked)
    assert made == 3
    assert len(incidents) == 1
    assert "levels deep" in incidents[0]


def test_a_ticket_has_a_bounded_number_of_subtasks(town, monkeypatch):
    monkeypatch.setattr("engine.commands.children.MOST_CHILDREN", 1)
    publish(town, part(), parent())
    number = take(town, "whole")
    found = town.see(number, lambda w, t: w.session.scalars(select(Incident.message)).all())
    assert ["at most 1 subtasks" in text for text in found] == [True]


def test_a_subtask_of_a_type_or_queue_that_the_desk_has_not_is_named_before_and_an_incident_after(
    town,
):
    pen = Pen("whole").start().user("work").end()
    pen.service("make", "create_child", title="'One'", type="'nonsense'", queue="'No such queue'")
    pen.flow("start", "work", "make", "done")
    files = {"process.bpmn": pen.xml()}
    found = town.desk.read(lambda w: check_names(w.session, "whole", files, {}))
    assert [(p.code, p.element) for p in found] == [("unknown-value", "make")] * 2
    publish(town, pen)
    number = take(town, "whole")
    town.complete("agnes", number, "work", {})
    incidents = town.desk.read(lambda w: w.session.scalars(select(Incident.message)).all())
    assert len(incidents) == 1
    assert "no ticket type" in incidents[0]


def test_what_nobody_awaits_is_kept_up_to_a_bound(town, monkeypatch):
    monkeypatch.setattr("engine.commands.between.MOST_KEPT", 2)
    child = Pen("part").start()
    for name in ("a", "b", "c"):
        child.service(name, "message_parent", name=f"'{name}'")
    child.user("work").end().flow("start", "a", "b", "c", "work", "done")
    whole = Pen("whole").start().service("make", "create_child", title="'One'", type="'part'")
    publish(town, child, whole.user("look").end().flow("start", "make", "look", "done"))
    number = take(town, "whole")
    go(town)
    kept = town.desk.read(lambda w: w.session.scalars(select(Timer.carries)).all())
    assert sorted(c["message"] for c in kept if c) == ["a", "b"]
    assert "'c'" in history(town, number, "rule problem")[0][2]
    town.do("ada", number, lambda w, t: close_ticket(w, t))
    go(town)
    mine = town.see(number, lambda w, t: select(Timer.kind).where(Timer.ticket_id == t.id))
    assert "message" not in town.desk.read(lambda w: w.session.scalars(mine).all())


def test_a_signal_that_sets_itself_off_is_stopped_and_told_once(town):
    publish(town, listener(interrupting=False))
    pen = Pen("round").start().user("work").end().end("said")
    pen.border("ear", "work", pen.signal_event("vpn is back"), interrupting=False)
    pen.node("intermediateThrowEvent", "shout", pen.signal_event("vpn is back"))
    pen.user("first").node("intermediateThrowEvent", "begin", pen.signal_event("vpn is back"))
    pen.gate("parallel", "fork").end("begun").flow("start", "fork", "work", "done")
    publish(town, pen.flow("fork", "first", "begin", "begun").flow("ear", "shout", "said"))
    number, ear = take(town, "round"), take(town, "listens")
    town.complete("agnes", number, "first", {})
    go(town)
    assert len(history(town, number, "signal")) == 1
    assert len(history(town, ear, "signal heard")) == 1
    found = town.desk.read(lambda w: w.session.scalars(select(Incident.message)).all())
    assert {"circle" in text for text in found} == {True}
