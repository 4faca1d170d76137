"""Rules are changed in drafts, put in force as a whole, and put back; nothing decides before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from engine.catalogue.published import RulesInForce
from engine.commands import rules_examining
from engine.commands.rules_drafts import (
    discard_rules_draft,
    edit_rules,
    new_ruleset,
    remove_ruleset,
    rules_draft_of,
    save_rules_draft,
    standing,
)
from engine.commands.rules_examining import examine_rules
from engine.commands.rules_publishing import (
    period_at,
    periods,
    publish_rules_drafts,
    roll_back_rules,
)
from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.rules.editing import drop_rule, put_rule, rules_of

FAX = {
    "id": "fax",
    "title": {"de": "Fax", "en": "Fax"},
    "when": {"all": [{"fact": "ticket.title", "op": "contains_word", "value": "telex"}]},
    "then": [{"set": {"queue": "Purchasing"}}],
    "stop": True,
}


def edit(town, change, name="routing", revision=0, by="ada"):
    return town.desk.run(
        lambda work: edit_rules(work, name, revision, change).revision, town.actor(by)
    )


def with_fax(text):
    return put_rule(text, FAX, before=rules_of(text)[0]["id"])


def publish(town, note="Faxes go to purchasing", by="ada", acknowledged=None):
    def command(work):
        examined = examine_rules(work)
        seen = {name: draft.revision for name, draft in examined.stand.drafts.items()}
        marks = [mark for mark, _ in examined.warnings] if acknowledged is None else acknowledged
        return publish_rules_drafts(work, seen, note, marks).number

    return town.desk.run(command, town.actor(by))


def number_in_force(town):
    return town.desk.read(lambda work: work.session.get(RulesInForce, 1).release.number)


def queue_of(town, title):
    number = town.report(title=title)
    return town.see(number, lambda work, ticket: ticket.queue.name)


def test_a_change_decides_only_after_publishing_and_not_after_going_back(town):
    before = number_in_force(town)
    assert queue_of(town, "An old telex") != "Purchasing"
    edit(town, with_fax)
    assert queue_of(town, "A second telex") != "Purchasing"
    after = publish(town)
    assert after == before + 1
    assert queue_of(town, "A third telex") == "Purchasing"
    assert town.desk.read(lambda work: standing(work.session).drafts) == {}
    town.desk.run(
        lambda work: roll_back_rules(work, before, "Not wanted").number, town.actor("ada")
    )
    assert queue_of(town, "A fourth telex") != "Purchasing"


def test_which_release_decided_when_is_kept(town):
    first = number_in_force(town)
    edit(town, with_fax)
    second = publish(town)
    town.desk.run(lambda work: roll_back_rules(work, first).number, town.actor("ada"))
    noon = datetime(2026, 5, 3, 12, tzinfo=UTC)

    def command(work):
        rows = periods(work.session)
        assert [(row.release.number, row.kind) for row in rows[:2]] == [
            (first, "back"), (second, "published"),
        ]  # fmt: skip
        for hours, row in enumerate(reversed(rows)):
            row.since = noon + timedelta(hours=hours)
        work.session.flush()
        found = [period_at(work.session, noon + timedelta(minutes=m)) for m in (-1, 0, 59, 60, 120)]
        return [row and row.release.number for row in found]

    assert town.desk.run(command) == [None, first, first, second, first]


def test_two_who_change_the_same_ruleset_are_told_of_each_other(town):
    revision = edit(town, with_fax)
    edit(town, lambda text: drop_rule(text, "fax"), revision=revision, by="olga")
    with pytest.raises(Conflict) as caught:
        edit(town, with_fax, revision=revision)
    assert caught.value.values["name"] == town.actor("olga").name


def test_what_was_not_seen_is_not_published(town):
    revision = edit(town, with_fax)
    edit(town, lambda text: drop_rule(text, "vpn"), revision=revision)
    with pytest.raises(Conflict):
        town.desk.run(
            lambda work: publish_rules_drafts(work, {"routing": revision}, ""), town.actor("ada")
        )


def test_a_draft_that_others_overtook_is_not_published_over_them(town):
    edit(town, with_fax)

    def others(work):
        row = work.session.get(RulesInForce, 1)
        documents = dict(row.release.documents)
        documents["routing"] += "\n# Somebody published this from a folder.\n"
        row.release.documents = documents

    town.desk.run(others)
    with pytest.raises(Conflict, match="came in force"):
        publish(town)


def test_everything_that_is_wrong_is_said_at_once_and_nothing_comes_in_force(town):
    before = number_in_force(town)
    wrong = FAX | {"then": [{"set": {"queue": "Nowhere"}}]}
    revision = edit(town, lambda text: put_rule(text, wrong, before="placed"))
    with pytest.raises(Invalid) as caught:
        publish(town)
    assert any("Nowhere" in problem.message for problem in caught.value.problems)
    edit(town, lambda text: "rules: [", revision=revision)
    with pytest.raises(Invalid):
        publish(town)
    assert number_in_force(town) == before


def test_an_example_that_comes_out_otherwise_stops_the_publishing(town):
    edit(town, lambda text: drop_rule(text, "vpn"))

    def look(work):
        examined = examine_rules(work)
        return examined.examples, [p.code for p in examined.red["routing"]]

    count, codes = town.desk.read(look)
    assert count > 20
    assert set(codes) == {"example-failed"}
    with pytest.raises(Invalid) as caught:
        publish(town)
    assert {problem.code for problem in caught.value.problems} == {"example-failed"}


def test_only_what_changes_is_tried_on_its_examples_again(town, monkeypatch):
    tried, run = [], rules_examining.run_examples

    def noted(release, ruleset, text):
        tried.append(ruleset.name)
        return run(release, ruleset, text)

    def examined():
        tried.clear()
        found = town.desk.read(examine_rules)
        return found.examples, {name: len(wrong) for name, wrong in found.red.items()}

    rules_examining._tried.cache_clear()
    monkeypatch.setattr(rules_examining, "run_examples", noted)
    count, red = examined()
    assert (len(set(tried)) > 5, red) == (True, {})
    edit(town, lambda text: drop_rule(text, "vpn"))
    changed = examined()
    assert (tried, changed[0], list(changed[1])) == (["routing"], count, ["routing"])
    assert examined() == changed
    assert tried == []


def test_a_warning_has_to_be_acknowledged(town):
    double = FAX | {"id": "fax-again"}
    edit(town, lambda text: put_rule(with_fax(text), double))
    with pytest.raises(Invalid) as caught:
        publish(town, acknowledged=[])
    assert {problem.severity for problem in caught.value.problems} == {"warning"}
    publish(town)


def test_a_new_ruleset_can_be_begun_and_a_ruleset_be_left_out(town):
    title = {"de": "Klassen", "en": "Classes"}
    town.desk.run(
        lambda work: new_ruleset(work, "classes", title, ["ticket.created"]).revision,
        town.actor("ada"),
    )
    edit(town, lambda text: put_rule(text, FAX), name="classes", revision=1)
    town.desk.run(lambda work: remove_ruleset(work, "notification", 0).revision, town.actor("ada"))
    publish(town)
    names = town.desk.read(lambda work: set(standing(work.session).documents))
    assert "classes" in names
    assert "notification" not in names


@pytest.mark.by_turns
@pytest.mark.parametrize("name", ["routing", "Big", "with-dash", "", "x" * 60])
def test_a_name_that_is_taken_or_no_name_is_refused(town, name):
    with pytest.raises(Invalid) as caught:
        town.desk.run(
            lambda work: new_ruleset(work, name, {"de": "X", "en": "X"}), town.actor("ada")
        )
    assert "name" in caught.value.fields


def test_a_discarded_draft_leaves_what_is_in_force(town):
    revision = edit(town, with_fax)
    town.desk.run(lambda work: discard_rules_draft(work, "routing", revision), town.actor("ada"))
    assert town.desk.read(lambda work: rules_draft_of(work.session, "routing")) is None
    with pytest.raises(Invalid, match="Nothing"):
        publish(town)


def test_agents_and_customers_change_no_rules(town):
    for name in ("agnes", "clara"):
        with pytest.raises(NotAllowed):
            edit(town, with_fax, by=name)
        with pytest.raises(NotAllowed):
            town.desk.run(lambda work: roll_back_rules(work, 1), town.actor(name))


def test_what_is_no_text_and_what_is_not_there_is_refused(town):
    for text in ("a\x00b", "\ud800", "x" * (5 * 2**20)):
        with pytest.raises(Invalid):
            town.desk.run(
                lambda work, text=text: save_rules_draft(work, "routing", 0, text=text).revision,
                town.actor("ada"),
            )
    with pytest.raises(NotFound):
        edit(town, with_fax, name="nothing")
    with pytest.raises(NotFound):
        town.desk.run(lambda work: roll_back_rules(work, 4711), town.actor("ada"))


def test_with_four_eyes_nobody_publishes_alone(town):
    edit(town, with_fax)
    town.desk.settings = replace(town.desk.settings, approve_rules=True)
    with pytest.raises(Invalid, match="Somebody else"):
        publish(town)
