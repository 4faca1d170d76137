"""A rule is written as rows of a form, with and without a script; nothing typed gets lost."""

from __future__ import annotations

from typing import Any

import pytest

from engine.commands.rules_drafts import (
    edit_rules,
    rules_draft_of,
    save_rules_draft,
    standing,
)
from engine.outbox.webhook_models import Webhook
from engine.rules.editing import drop_rule, put_head, put_rule, rules_of
from tests.town import ROOT

SETS = ("routing", "priority", "escalation", "notification", "mail_filter", "assignment", "forms")
ODD = {
    "id": "odd",
    "title": {"de": "<i>Ü</i>", "en": "<i>Odd</i>"},
    "when": {
        "all": [
            {"fact": "ticket.title", "op": "contains", "value": ["a\nb", "<b>"]},
            {"fact": "form.level", "op": "is", "value": 5},
            {"none": [{"fact": "ticket.created", "op": "before",
                       "value": "2026-03-01T08:00:07+01:00"}]},
        ],
        "any": [{"fact": "customer.vip", "op": "is", "value": True}],
    },
    "then": [{"variable": {"n": "5", "m": 5}}, {"set": {"queue": "HR", "priority": 2}}],
    "stop": False,
}  # fmt: skip


def drafted(web: Any, rule: Any, name: str = "routing") -> None:
    def command(work: Any) -> None:
        draft = rules_draft_of(work.session, name)
        edit_rules(work, name, draft.revision if draft else 0, lambda text: put_rule(text, rule))

    web.town.desk.run(command, web.town.actor("ada"))


def text_of(web: Any, name: str = "routing") -> str:
    return str(web.town.desk.run(lambda work: standing(work.session).documents[name]))


def rule_of(web: Any, rule: str, name: str = "routing") -> dict[str, Any]:
    return next(one for one in rules_of(text_of(web, name)) if one["id"] == rule)


def form_of(page: Any) -> Any:
    return next(form for form in page.forms.values() if "note" in form.fields)


def press(page: Any, what: str, **more: Any) -> Any:
    """Press a button of the form."""
    form = form_of(page)
    values = [button._value for button in form.fields["do"]]
    return form.submit("do", index=values.index(what), **more)


@pytest.mark.parametrize("name", SETS)
def test_what_nobody_touches_stays_as_it_is_written(web: Any, name: str) -> None:
    web.login("ada")
    for rule in rules_of(text_of(web, name)):
        page = web.get(f"/rules/{name}/rule/{rule['id']}")
        assert press(page, "save").status_int == 303
    press(web.get(f"/rules/{name}/head"), "save")
    assert text_of(web, name) == (ROOT / f"rules/{name}.yaml").read_text(encoding="utf-8")


RECKONED = {
    "id": "reckoned",
    "title": {"de": "Frist", "en": "Due"},
    "when": {
        "all": [
            {"fact": "ticket.created", "op": "older_than_working_hours", "value": 1.5},
            {"fact": "ticket.created", "op": "within_calendar", "value": ["standard", "always"]},
            {"fact": "ticket.created", "op": "before_now", "value": "-3d"},
            {"fact": "ticket.body", "op": "written_in", "value": "de"},
            {"fact": "customer.email", "op": "domain_within", "value": "example.org"},
        ]
    },
    "then": [{"add_tag": "late"}],
}


def test_dates_are_reckoned_with_by_fields_and_the_choices_of_the_desk(web: Any) -> None:
    web.login("ada")
    drafted(web, RECKONED)
    page = web.get("/rules/routing/rule/reckoned")
    assert "Office hours" in page
    assert form_of(page)["w3-value"].value == "-3d"
    form_of(page)["w3-value"] = "+2w"
    form_of(page)["w1-value"] = "8"
    press(page, "save")
    changed = rule_of(web, "reckoned")["when"]["all"]
    assert changed[0]["value"] == 8
    assert changed[1]["value"] == ["standard", "always"]
    assert changed[2]["value"] == "+2w"
    page = web.get("/rules/routing/rule/reckoned")
    form_of(page)["w3-value"] = "soon"
    assert "distance from now" in press(page, "save", expect_errors=True)


def test_what_no_row_can_say_is_kept_and_shown_as_text(web: Any) -> None:
    web.login("ada")
    drafted(web, ODD)
    page = web.get("/rules/routing/rule/odd")
    assert "This can only be changed in the text." in page.text
    assert "&lt;i&gt;Odd&lt;/i&gt;" in page.text
    press(page, "save")
    assert rule_of(web, "odd") == ODD | {"order": rule_of(web, "odd")["order"]}
    form = form_of(web.get("/rules/routing/rule/odd"))
    form["stop"] = True
    press_form(form)
    kept = rule_of(web, "odd")
    assert (kept["when"], kept["then"], kept["stop"]) == (ODD["when"], ODD["then"], True)


def press_form(form: Any, **more: Any) -> Any:
    return form.submit("do", index=len(form.fields["do"]) - 1, **more)


def test_a_rule_is_written_without_a_script(web: Any) -> None:
    web.login("ada")
    page = web.get("/rules/routing/new-rule?at=first")
    form_of(page)["title_de"] = "Größe: Fax & Telex"
    form_of(page)["w1-fact"] = "ticket.title"
    page = press(page, "condition:0")
    form_of(page)["w1-op"] = "contains_word"
    form_of(page)["w2-fact"] = "ticket.queue"
    page = press(page, "group:0")
    form_of(page)["w1-value"] = "Fax\n  Telex\n\n"
    form_of(page)["w2-op"] = "not_in"
    form_of(page)["w3-mode"] = "none"
    page = press(page, "condition:3")
    form_of(page)["w4-fact"] = "ticket.priority"
    form_of(page).fields["w2-value"][0].checked = True
    page = press(page, "action")
    form_of(page)["w4-op"] = "gte"
    form_of(page)["w4-value"] = "4"
    form_of(page)["a0-verb"] = "set.priority"
    form_of(page)["a1-verb"] = "notify"
    page = press(page, "action")
    form_of(page)["a0-value"] = "4"
    form_of(page)["a1-value-to"] = "queue"
    form_of(page)["a1-value-template"] = "assigned"
    form_of(page)["a2-verb"] = "set.queue"
    page = press(page, "action")
    form_of(page)["a2-value"] = "HR"
    form_of(page)["stop"] = True
    form_of(page)["valid_from"] = "2030-07-01T08:00"
    page = press(page, "save").follow()
    assert "Größe: Fax &amp; Telex" in page.text
    rule = rules_of(text_of(web))[0]
    queue = rule["when"]["all"][1]["value"]
    assert rule == {
        "id": "groesse-fax-telex",
        "title": {"de": "Größe: Fax & Telex", "en": "Größe: Fax & Telex"},
        "order": rule["order"],
        "valid_from": "2030-07-01T08:00:00+02:00",
        "when": {"all": [
            {"fact": "ticket.title", "op": "contains_word", "value": ["Fax", "Telex"]},
            {"fact": "ticket.queue", "op": "not_in", "value": queue},
            {"none": [{"fact": "ticket.priority", "op": "gte", "value": 4}]},
        ]},
        "then": [{"set": {"priority": 4}}, {"notify": {"to": "queue", "template": "assigned"}},
                 {"set": {"queue": "HR"}}],
        "stop": True,
    }  # fmt: skip
    assert len(queue) == 1


def test_rows_and_groups_are_taken_away(web: Any) -> None:
    web.login("ada")
    drafted(web, ODD | {"when": {"all": [
        {"fact": "customer.vip", "op": "is", "value": True},
        {"any": [{"fact": "ticket.title", "op": "contains", "value": "x"}]},
        {"fact": "ticket.service", "op": "is_empty", "value": False},
    ]}})  # fmt: skip
    page = press(web.get("/rules/routing/rule/odd"), "remove:2")
    page = press(page, "away:0")
    press(page, "save")
    kept = rule_of(web, "odd")
    assert [one["fact"] for one in kept["when"]["all"]] == ["customer.vip", "ticket.service"]
    assert kept["then"] == [{"variable": {"m": 5}}, {"set": {"queue": "HR", "priority": 2}}]
    page = press(press(web.get("/rules/routing/rule/odd"), "remove:1"), "remove:1")
    assert "the rule always holds" in page.text
    press(page, "save")
    assert "when" not in rule_of(web, "odd")


def test_what_is_wrong_is_said_at_its_row_and_nothing_is_lost(web: Any) -> None:
    web.login("ada")
    page = web.get("/rules/routing/rule/vpn")
    form = form_of(page)
    form["w1-op"] = "matches"
    form["w1-value"] = "(open"
    form["note"] = "Why <b>"
    page = press(page, "save", status=422)
    assert form_of(page)["w1-value"].value == "(open"
    assert form_of(page)["note"].value == "Why <b>"
    row = page.html.find(id="w1-op").find_parent("div")
    assert row.find(class_="finding") is not None
    assert "draft-bar" not in page.text
    form = form_of(web.get("/rules/routing/new-rule"))
    assert "the title is missing" in press_form(form, status=422).text


def test_what_speaks_against_a_drafted_rule_is_said_on_its_form(web: Any) -> None:
    web.login("ada")
    drafted(web, ODD | {"then": [{"set": {"queue": "Nowhere"}}, {"webhook": "away"}]})
    page = web.get("/rules/routing/rule/odd")
    assert "To be mended" in page.text
    assert page.html.find(class_="finding") is not None
    assert form_of(page)["a0-value"].value == "Nowhere"
    assert form_of(page)["a1-value"].value == "away"
    assert "To be mended" not in web.get("/rules/routing/rule/vpn").text


def test_webhooks_are_offered_by_name(web: Any) -> None:
    web.login("ada")
    told = Webhook(name="pager", url="https://pager.example/", salt="x")
    web.town.desk.run(lambda work: work.session.add(told), web.town.actor("ada"))
    script = {"X-Requested-With": "fetch"}
    page = web.post("/rules/routing/new-rule", {"a0-verb": "webhook", "do": "show"}, status=200,
                    headers=script)  # fmt: skip
    assert page.html.find("option", value="pager") is not None


def theirs(web: Any, change: Any, name: str = "routing") -> None:
    """Olga changes the draft meanwhile."""

    def command(work: Any) -> None:
        draft = rules_draft_of(work.session, name)
        edit_rules(work, name, draft.revision if draft else 0, change)

    web.town.desk.run(command, web.town.actor("olga"))


def test_who_changes_another_rule_at_the_same_time_is_in_nobodys_way(web: Any) -> None:
    web.login("ada")
    page = web.get("/rules/routing/rule/vpn")
    fresh = web.get("/rules/routing/new-rule")
    head = web.get("/rules/routing/head")
    theirs(web, lambda text: put_rule(text, ODD, before="vpn"))
    form_of(page)["title_en"] = "Mine"
    assert press(page, "save").status_int == 303
    form_of(fresh)["title_en"] = "Fresh"
    form_of(fresh)["a0-verb"] = "add_tag"
    fresh = press(fresh, "action")
    form_of(fresh)["a0-value"] = "x"
    assert press(fresh, "save").status_int == 303
    form_of(head)["note"] = "Where they go"
    assert press(head, "save").status_int == 303
    assert rule_of(web, "vpn")["title"]["en"] == "Mine"
    assert rule_of(web, "odd")
    assert "Where they go" in text_of(web)


def test_whoever_was_slower_sees_both_and_keeps_or_takes(web: Any) -> None:
    web.login("ada")
    page = web.get("/rules/routing/rule/vpn")
    vpn = rule_of(web, "vpn")
    other = {**vpn, "then": [{"set": {"queue": "HR"}}], "note": "Because <b>"}
    theirs(web, lambda text: put_rule(text, other, instead_of="vpn"))
    form_of(page)["title_en"] = "Mine"
    page = press(page, "save", status=409)
    panel = page.html.find(class_="clash")
    assert "Olga Brandt has changed this meanwhile." in panel.text
    assert [one.text for one in panel.find_all("dt")] == ["As it stands now",
                                                          "As you have typed it"]  # fmt: skip
    now, mine = (one.text for one in panel.find_all("dd"))
    assert "put it into HR" in now
    assert "Because <b>" in now
    assert "Network::VPN" in mine
    assert "Mine" in mine
    assert form_of(page)["title_en"].value == "Mine"
    assert rule_of(web, "vpn")["note"] == "Because <b>"
    assert press(page, "theirs").status_int == 303
    assert form_of(web.get("/rules/routing/rule/vpn"))["a0-value"].value == "HR"
    assert press(page, "save").status_int == 303
    assert rule_of(web, "vpn")["title"]["en"] == "Mine"
    assert rule_of(web, "vpn")["then"] == vpn["then"]


def test_a_rule_that_somebody_deleted_meanwhile_is_not_lost(web: Any) -> None:
    web.login("ada")
    page = web.get("/rules/routing/rule/vpn")
    theirs(web, lambda text: drop_rule(text, "vpn"))
    form_of(page)["title_en"] = "Mine"
    page = press(press(page, "condition:0"), "save", status=409)
    assert "Olga Brandt has deleted this rule meanwhile." in page.text
    assert press(page, "theirs").location.endswith("/rules/routing")
    press(page, "save")
    assert rule_of(web, "vpn")["title"]["en"] == "Mine"


def test_the_head_shows_both_as_well(web: Any) -> None:
    web.login("ada")
    page = web.get("/rules/routing/head")
    theirs(web, lambda text: put_head(text, "default", [{"set": {"queue": "HR"}}]))
    form_of(page)["title_en"] = "Mine"
    page = press(page, "save", status=409)
    now, mine = (one.text for one in page.html.find(class_="clash").find_all("dd"))
    assert "Otherwise put it into HR." in now
    assert "Otherwise put it into Service Desk." in mine
    assert "Mine" in mine
    press(page, "save")
    assert "en: Mine" in text_of(web)


def test_a_script_gets_only_the_rows(web: Any) -> None:
    web.login("ada")
    sent = {"w0-kind": "group:0", "w1-kind": "atom:1", "w1-fact": "form.*", "w1-name": "a",
            "do": "show"}  # fmt: skip
    script = {"X-Requested-With": "fetch"}
    page = web.post("/rules/routing/new-rule", sent, status=200, headers=script)
    assert "w1-name" in page.text
    assert "<html" not in page.text
    assert "draft-bar" not in web.get("/rules").text


def test_the_head_of_a_ruleset_is_changed(web: Any) -> None:
    web.login("ada")
    page = web.get("/rules/routing/head")
    form = form_of(page)
    form["title_en"] = "Where tickets go"
    form["a0-value"] = "HR"
    event = next(one for one in form.fields["events"] if one._value == "ticket.created")
    event.checked = True
    press(page, "save")
    text = text_of(web)
    assert "Where tickets go" in text
    assert "queue: HR" in text
    assert "events: [ticket.created]" in text
    assert rules_of(text) == rules_of((ROOT / "rules/routing.yaml").read_text(encoding="utf-8"))


def test_the_form_leads_back_to_the_row_of_the_table(web: Any) -> None:
    web.login("ada")
    page = web.get("/rules/routing/rule/vpn?back=table")
    assert page.html.find("a", string="Cancel")["href"] == "/rules/routing/table#rule-vpn"
    page = press(page, "condition:0")
    assert press(page, "save").location.endswith("/rules/routing/table#rule-vpn")
    page = web.get("/rules/routing/rule/vpn?back=//elsewhere.example")
    assert press(page, "save").location.endswith("/rules/routing#rule-vpn")


@pytest.mark.parametrize("path", ["rule/vpn", "new-rule", "head"])
def test_a_text_that_cannot_be_read_is_mended_as_text_and_never_replaced(
    web: Any, path: str
) -> None:
    web.login("ada")
    page = web.get(f"/rules/routing/{path}")
    broken = text_of(web) + "  - ]"

    def damage(work: Any) -> None:
        save_rules_draft(work, "routing", 0, text=broken)

    web.town.desk.run(damage, web.town.actor("olga"))
    form_of(page)["title_en"] = "Mine"
    if path == "new-rule":
        form_of(page)["a0-verb"] = "add_tag"
    page = press(page, "save", status=422)
    assert form_of(page)["title_en"].value == "Mine"
    assert text_of(web) == broken
    answer = web.get(f"/rules/routing/{path}", status=303)
    assert answer.location.endswith("/rules/routing/text")
    assert "mend it there" in answer.follow().text


ODD_POSTS: list[list[tuple[str, str]]] = [
    [("do", "remove:0")], [("do", "remove:99999")], [("do", "group:-1")], [("do", "what:1")],
    [("w0-kind", "group:" + "9" * 30), ("do", "show")],
    [("w7-kind", "odd:1"), ("w7-odd", "[" * 50_000), ("do", "show")],
    [("w1-kind", "odd:1"), ("w1-odd", "NaN"), ("a1-odd", '{"x": '), ("do", "show")],
    [("w1-kind", "atom:5"), ("w1-fact", "<script>"), ("w1-op", "<b>"), ("w1-value", "\x01"),
     ("do", "show")],
    [(f"w{n}-kind", f"group:{n}") for n in range(500)] + [("do", "show")],
    [("a0-verb", "set.<script>"), ("a0-value", "x"), ("a1-verb", "notify"),
     ("a1-value-to", "<b>"), ("a2-verb", "__class__.x"), ("do", "show")],
]  # fmt: skip


@pytest.mark.parametrize("sent", ODD_POSTS, ids=range(len(ODD_POSTS)))
def test_odd_posts_are_shown_or_refused_and_do_no_harm(web: Any, sent: Any) -> None:
    web.login("ada")
    page = web.post("/rules/routing/new-rule", sent, status=200)
    assert "<script>" not in page.text.replace('<script type="module"', "")
    web.post("/rules/routing/new-rule", [one for one in sent if one[0] != "do"], status=422)
    assert "draft-bar" not in web.get("/rules").text


@pytest.mark.parametrize("path", [
    "/rules/none/new-rule", "/rules/none/rule/vpn", "/rules/routing/rule/none",
    "/rules/routing/rule/default", "/rules/none/head", "/rules/routing/rule/%3Cb%3E",
])  # fmt: skip
def test_what_is_not_there_is_not_found(web: Any, path: str) -> None:
    web.login("ada").get(path, status=404)
    web.post(path, {"revision": "0"}, status=404)


def test_others_than_owners_and_admins_see_and_change_nothing(web: Any) -> None:
    web.login("agnes")
    for path in ("/rules/routing/new-rule", "/rules/routing/rule/vpn", "/rules/routing/head"):
        web.get(path, status=404)
        web.post(path, {"revision": "0"}, status=404)


def test_rulesets_are_listed_in_the_order_in_which_a_ticket_meets_them(web: Any) -> None:
    web.login("ada")
    page = web.get("/rules")
    names = [code.text for code in page.html.select("td.main-cell code")]
    expected = ("mail_filter", "classification", "classification_service", "routing", "priority",
                "escalation")  # fmt: skip
    places = [names.index(name) for name in expected]
    assert places == sorted(places)
