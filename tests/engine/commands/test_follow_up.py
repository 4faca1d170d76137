"""Rules and processes lead to each other, and come to an end."""

from __future__ import annotations

import shutil

import pytest

from engine.commands.candidates import read_rules
from engine.commands.publish import publish_process, publish_rules
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


def test_a_default_that_does_so_is_stopped_and_the_ticket_says_it(town, put):
    pen = Pen("incident").start().user("a").rule("ask", "round").end()
    pen.border("again", "a", pen.message_event("again")).flow("start", "ask", "a", "done")
    default = "default: [{message: again}]\nrules: []\n"
    put(pen.flow("again", "ask"), round=f"ruleset: round\n{HEAD}{default}")
    number = town.report()
    assert town.steps(number) == ["a"]
    assert len(history(town, number, "message")) == 4
    ((said, cause, _),) = history(town, number, "rule problem")
    assert ("stopped" in said, cause) == (True, "rule")
