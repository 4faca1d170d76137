"""The ticket that shows a finding becomes an example of the draft, seen before it is kept."""

from __future__ import annotations

from typing import Any

import pytest

from engine.commands.rules_drafts import edit_rules, rules_draft_of, save_rules_draft, standing
from engine.rules.editing import put_rule
from engine.rules.examples import read_examples

LATE = {
    "id": "late",
    "title": {"de": "<b>Zu spät</b>", "en": "<b>Late</b>"},
    "when": {"all": [{"fact": "ticket.type", "op": "is", "value": "change"}]},
    "then": [{"set": {"queue": "HR"}}],
}


@pytest.fixture
def shadowed(web: Any) -> Any:
    """A rule that never fires, since an earlier one stops."""
    web.town.desk.run(
        lambda work: edit_rules(work, "routing", 0, lambda text: put_rule(text, LATE)),
        web.town.actor("ada"),
    )
    return web.login("ada")


def examples(web: Any) -> list[dict[str, Any]]:
    text = web.town.desk.run(lambda work: standing(work.session).examples["routing"])
    return read_examples(text)[0]


def form_of(page: Any) -> Any:
    return next(form for form in page.forms.values() if "expect" in form.fields)


def opened(web: Any) -> Any:
    """The page that the finding leads to."""
    return web.get("/rules/routing/rule/late").click("Keep as an example")


def test_the_ticket_of_a_finding_is_kept_as_what_is_decided_now(shadowed: Any) -> None:
    before = examples(shadowed)
    page = opened(shadowed)
    assert "change" in page.html.find(class_="witness").text
    form = form_of(page)
    assert "late" in form["name"].value
    form["name"] = "A change: <b>is one</b>"
    form.submit()
    (kept,) = [one for one in examples(shadowed) if one not in before]
    assert kept["name"] == "A change: <b>is one</b>"
    assert kept["facts"]["ticket.type"] == "change"
    assert kept["expect"]["rules"] == ["change"]
    assert kept["expect"]["set"] == {"queue": "Change Board"}
    page = form_of(opened(shadowed))
    page["name"] = "A change: <b>is one</b>"
    again = page.submit(status=422)
    assert "There is an example with this name already." in again.text
    assert "<b>is one" not in again.text


def test_the_rule_can_be_asked_for_and_the_example_is_red_until_it_fires(shadowed: Any) -> None:
    form = form_of(opened(shadowed))
    form["expect"] = "fires"
    form.submit()
    assert examples(shadowed)[-1]["expect"] == {"rules": ["late"]}
    assert "Examples that come out otherwise" in shadowed.get("/rules/routing/examples").text


def test_what_is_not_found_any_more_and_others_find_nothing(shadowed: Any) -> None:
    path = opened(shadowed).request.path
    shadowed.get(path[:-1] + ("0" if path[-1] != "0" else "1"), status=404)
    shadowed.get(path.replace("routing", "priority"), status=404)
    shadowed.get(path.replace("routing", "none"), status=404)

    def broken(work: Any) -> None:
        draft = rules_draft_of(work.session, "routing")
        save_rules_draft(work, "routing", draft.revision, text="rules: [")

    shadowed.login("agnes")
    shadowed.get(path, status=404)
    shadowed.post(path, {"name": "x"}, status=404)
    shadowed.login("ada")
    shadowed.town.desk.run(broken, shadowed.town.actor("ada"))
    shadowed.get(path, status=404)


def test_while_another_ruleset_cannot_be_read_nothing_can_be_asked(shadowed: Any) -> None:
    path = opened(shadowed).request.path
    shadowed.town.desk.run(
        lambda work: save_rules_draft(work, "priority", 0, text="rules: ["),
        shadowed.town.actor("ada"),
    )
    page = shadowed.get(path, status="*")
    assert "cannot be asked before their text is mended" in page.text
    shadowed.post(path, {"name": "x"}, status=422)


def test_the_table_leads_there_too(shadowed: Any) -> None:
    found = shadowed.get("/rules/routing/table/problems").json["problems"]["late"]
    assert found[0]["shown"] == opened(shadowed).request.path
