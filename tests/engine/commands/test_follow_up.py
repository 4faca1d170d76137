"""Rules and processes lead to each other, and come to an end."""

from __future__ import annotations

import shutil

import pytest

from engine.commands.candidates import read_rules
from engine.commands.publish import publish_process, publish_rules
from engine.commands.tickets import change_ticket
from engine.tickets import queries
from tests.engine.workflow.conftest import Pen
from tests.town import ROOT

HEAD = "title: {de: A, en: A}\n"
ONCE = f"ruleset: notification\n{HEAD}events: [step.entered]\n"


@pytest.fixture
def put(town, tmp_path):
    """`put(pen, name=text)` puts a diagram for incidents and rulesets in force."""

    def publish(pen, **rulesets):
        folder = tmp_path / "rules"
        shutil.copytree(ROOT / "rules", folder)
        for name, text in rulesets.items():
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
            (folder / "examples" / f"{name}.yaml").unlink(missing_ok=True)
        rules = read_rules(folder)
        town.desk.run(lambda w: publish_rules(w, rules) and None)
        files = {"process.bpmn": pen.xml()}
        town.desk.run(lambda w: publish_process(w, "incident", files, {}) and None)

    return publish


def history(town, number, what):
    entries = town.see(number, lambda w, t: queries.history(w.session, t))
    return [(h.after, h.cause, h.actor) for h in reversed(entries) if h.what == what]


def test_a_rule_that_sends_a_step_back_to_itself_does_so_once(town, put):
    pen = Pen("incident").start().user("a").end()
    pen.border("again", "a", pen.message_event("again")).flow("start", "a", "done")
    rule = f"rules:\n  - id: one\n    {HEAD}    then: [{{message: again}}]\n"
    put(pen.flow("again", "a"), notification=ONCE + rule)
    number = town.report()
    assert town.steps(number) == ["a"]
    assert [(a, c) for a, c, _ in history(town, number, "message")] == [("again", "rule")]


def test_a_default_that_does_so_does_it_once_too(town, put):
    pen = Pen("incident").start().user("a").rule("ask", "round").end()
    pen.border("again", "a", pen.message_event("again")).flow("start", "ask", "a", "done")
    default = "default: [{message: again}]\nrules: []\n"
    put(pen.flow("again", "ask"), round=f"ruleset: round\n{HEAD}{default}")
    number = town.report()
    assert town.steps(number) == ["a"]
    assert [(a, c) for a, c, _ in history(town, number, "message")] == [("again", "rule")]


def relay(count, more=""):
    """Rules of which each hands on to the next by a tag."""
    rules = "rules:\n"
    for n in range(count):
        seen = f"{{fact: ticket.tags, op: has, value: t{n - 1}}}, " if n else ""
        when = f"all: [{seen}{{fact: ticket.title, op: is_empty, value: false}}]"
        none = f"none: [{{fact: ticket.tags, op: has, value: t{n}}}]"
        rules += f"  - id: rule-{n}\n    {HEAD}    when: {{{when}, {none}}}\n"
        rules += f"    then: [{more}{{add_tag: t{n}}}]\n    stop: true\n"
    return rules


def test_messages_that_lead_to_ever_more_rules_are_stopped_and_the_ticket_says_it(town, put):
    pen = Pen("incident").start().user("a").rule("ask", "round").end()
    pen.border("again", "a", pen.message_event("again")).flow("start", "ask", "a", "done")
    rules = relay(8, "{message: again}, ")
    put(pen.flow("again", "ask"), round=f"ruleset: round\n{HEAD}{rules}")
    number = town.report()
    assert town.steps(number) == ["a"]
    assert len(history(town, number, "message")) == 4
    ((said, cause, _),) = history(town, number, "rule problem")
    assert ("stopped" in said, cause) == (True, "rule")


@pytest.mark.parametrize(("links", "done", "told"), [(5, 5, 0), (8, 5, 1)])
def test_a_chain_ends_after_five_links_and_is_told_only_where_it_would_have_gone_on(
    town, put, links, done, told
):
    events = "events: [ticket.created, ticket.changed]\n"
    put(
        Pen("incident").start().user("a").end().flow("start", "a", "done"),
        notification=f"ruleset: notification\n{HEAD}{events}{relay(links)}",
    )
    number = town.report()
    tags = town.see(number, lambda w, t: [one for one in t.tags if one.startswith("t")])
    assert sorted(tags) == [f"t{n}" for n in range(done)]
    assert len(history(town, number, "rule problem")) == told


def test_what_a_rule_that_ends_the_asking_has_done_is_not_undone_by_those_behind_it(town, put):
    events = "events: [ticket.created, ticket.changed]\n"
    rules = f"""default: [{{add_tag: rest}}]
rules:
  - id: first
    {HEAD}    when: {{all: [{{fact: ticket.title, op: contains, value: vpn}}]}}
    then: [{{set: {{priority: 5}}}}]
    stop: true
  - id: second
    {HEAD}    when: {{all: [{{fact: ticket.type, op: is, value: incident}}]}}
    then: [{{set: {{priority: 1}}}}]
"""
    put(
        Pen("incident").start().user("a").end().flow("start", "a", "done"),
        notification=f"ruleset: notification\n{HEAD}{events}{rules}",
    )
    number = town.report(title="VPN drops")
    seen = town.see(number, lambda w, t: (t.priority.rank, "rest" in t.tags))
    assert seen == (5, False)


def test_a_message_that_comes_of_a_decision_within_a_move_reaches_the_process_after_it(town, put):
    """A step is done, the rules decide a priority, and that priority ends the other branch."""
    pen = Pen("incident").start().gate("parallel", "fork").user("a", "b", "called").end().end("e")
    pen.rule("ask", "decide").border("urgent", "b", pen.message_event("urgent")).end("f")
    pen.flow("start", "fork", "a", "ask", "done").flow("fork", "b", "e").flow(
        "urgent", "called", "f"
    )
    decide = f"ruleset: decide\n{HEAD}default: [{{set: {{priority: 5}}}}]\nrules: []\n"
    hears = f"""ruleset: notification
{HEAD}events: [ticket.changed]
rules:
  - id: urgent
    {HEAD}    when: {{all: [{{fact: ticket.priority, op: changed_to, value: 5}}]}}
    then: [{{message: urgent}}]
"""
    put(pen, decide=decide, notification=hears)
    number = town.report()
    assert sorted(town.steps(number)) == ["a", "b"]
    town.complete("agnes", number, "a", {})
    assert town.steps(number) == ["called"]
    assert [(a, c) for a, c, _ in history(town, number, "message")] == [("urgent", "rule")]
    town.complete("agnes", number, "called", {})
    assert town.see(number, lambda w, t: t.state.ended)


def test_a_step_that_a_rule_has_ended_at_once_is_not_announced(town, put):
    pen = Pen("incident").start().gate("parallel", "fork").user("a", "b", "next").end().end("e")
    pen.border("stop_a", "a", pen.message_event("stop"))
    pen.border("stop_b", "b", '<bpmn:messageEventDefinition messageRef="message_stop"/>')
    pen.end("f").end("g").flow("start", "fork", "a", "done").flow("fork", "b", "e")
    pen.flow("stop_a", "next", "f").flow("stop_b", "g")
    rules = f"""rules:
  - id: stop
    {HEAD}    when: {{all: [{{fact: step.id, op: in, value: [a, b]}}]}}
    then: [{{message: stop}}, {{note: stopped}}]
"""
    put(pen, notification=ONCE + rules)
    number = town.report()
    assert town.steps(number) == ["next"]
    notes = town.see(number, lambda w, t: [a.body for a in queries.articles(w.session, w.actor, t)])
    assert notes.count("stopped") == 1


CHANGED = f"ruleset: notification\n{HEAD}events: [ticket.changed]\n"


def changed_rule(*atoms):
    when = "".join(f"        - {{{atom}}}\n" for atom in atoms)
    then = "    then: [{note: heard}]\n"
    return f"{CHANGED}rules:\n  - id: one\n    {HEAD}    when:\n      all:\n{when}{then}"


def test_a_ticket_that_is_closed_among_other_changes_is_told_of_once(town, put):
    text = changed_rule("fact: ticket.state, op: changed_to, value: closed successful")
    put(Pen("incident").start().user("a").end().flow("start", "a", "done"), notification=text)
    number = town.report()
    wanted = {"priority": 4, "state": "closed successful"}
    town.do("ada", number, lambda work, ticket: change_ticket(work, ticket, wanted))
    assert len([c for _, c, _ in history(town, number, "article") if c == "rule"]) == 1


def test_another_customer_and_company_are_heard_of_at_once(town, put):
    text = changed_rule(
        "fact: customer.email, op: changed_from, value: clara@example.org",
        "fact: customer.organisation, op: is, value: Sample Ltd",
        "fact: customer.vip, op: is, value: true",
    )
    put(Pen("incident").start().user("a").end().flow("start", "a", "done"), notification=text)
    number, wanted = town.report(), {"customer": "sam@example.net"}
    town.do("ada", number, lambda work, ticket: change_ticket(work, ticket, wanted))
    assert len([c for _, c, _ in history(town, number, "article") if c == "rule"]) == 1


def test_another_team_that_makes_a_ticket_free_is_heard_of(town, put):
    text = changed_rule("fact: ticket.owner, op: changed", "fact: ticket.owner, op: is_empty")
    put(Pen("incident").start().user("a").end().flow("start", "a", "done"), notification=text)
    number = town.report()
    for wanted in ({"owner": "agnes@example.com"}, {"queue": "HR"}):
        town.do("ada", number, lambda work, ticket: change_ticket(work, ticket, wanted))  # noqa: B023
    assert len([c for _, c, _ in history(town, number, "article") if c == "rule"]) == 1
