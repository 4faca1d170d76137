"""Rules are changed, reviewed, put in force and put back on pages; nothing typed gets lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.catalogue.published import RulesInForce
from engine.catalogue.rules_drafting import RulesProposal
from engine.commands.rules_drafts import edit_rules, rules_draft_of
from engine.rules.editing import drop_rule, put_rule, rules_of
from tests.town import ROOT

TEXT = (ROOT / "rules/routing.yaml").read_text(encoding="utf-8")
FAX = {
    "id": "fax",
    "title": {"de": "Fax <b>", "en": "Fax <b>"},
    "when": {"all": [{"fact": "ticket.title", "op": "contains_word", "value": "<i>telex</i>"}]},
    "then": [{"set": {"queue": "Purchasing"}}],
    "stop": True,
}


def drafted(web: Any, change: Any, name: str = "routing") -> int:
    def command(work: Any) -> int:
        draft = rules_draft_of(work.session, name)
        return edit_rules(work, name, draft.revision if draft else 0, change).revision

    made: int = web.town.desk.run(command, web.town.actor("ada"))
    return made


def with_fax(text: str) -> str:
    return put_rule(text, FAX, before=rules_of(text)[0]["id"])


def publish(web: Any, change: Any = None, **typed: str) -> None:
    """Put a change in force on the page, every warning acknowledged."""
    if change is not None:
        drafted(web, change)
    page = web.get("/rules/review-changes")
    form = page.forms[len(page.forms) - 1]
    for name, value in typed.items():
        form[name] = value
    for box in form.fields.get("seen", ()):
        box.checked = True
    form.submit().follow()


def test_what_is_drafted_shows_on_every_page_and_decides_nothing(web: Any) -> None:
    web.login("ada")
    assert "draft-bar" not in web.get("/rules").text
    drafted(web, lambda text: drop_rule(with_fax(text), "vpn"))
    for page in ("/rules", "/rules/routing", "/rules/routing/text", "/rules/notification"):
        assert "2 changes" in web.get(page).text
    page = web.get("/rules/routing").text
    assert "Fax &lt;b&gt;" in page
    assert "&lt;i&gt;telex&lt;/i&gt;" in page
    assert 'class="rule gone"' in page
    assert "Fax" not in web.get("/rules/escalation").text


def test_a_text_is_kept_with_what_is_wrong_with_it(web: Any) -> None:
    web.login("ada")
    page = web.get("/rules/routing/text")
    form = page.forms["text"]
    form["text"] = TEXT.replace("queue: Complaints", "queue: Nowhere")
    page = form.submit().follow()
    assert "Nowhere" in page.text
    assert 'class="finding"' in page.text
    form = page.forms["text"]
    form["text"] = "rules: ["
    page = form.submit().follow()
    assert "cannot be read" in web.get("/rules/routing").text
    assert "This stops it" in web.get("/rules/review-changes").text


def test_whoever_was_slower_keeps_what_they_typed(web: Any) -> None:
    web.login("ada")
    page = web.get("/rules/routing/text")
    form = page.forms["text"]
    drafted(web, with_fax)
    drafted(web, lambda text: drop_rule(text, "fax"))
    form["revision"] = "1"
    form["text"] = "# mine\n" + TEXT
    page = form.submit(status=409)
    assert "# mine" in page.text
    assert "has changed this draft meanwhile" in page.text


def test_drafts_are_reviewed_published_compared_and_put_back(web: Any) -> None:
    web.login("ada")
    assert "Nothing has been changed" in web.get("/rules/review-changes").text
    drafted(web, with_fax)
    page = web.get("/rules/review-changes")
    assert "Fax &lt;b&gt;" in page.text
    form = page.forms[len(page.forms) - 1]
    form["note"] = "Telex goes to purchasing"
    page = form.submit().follow()
    assert "Telex goes to purchasing" in page.text
    assert "Release 2 is in force." in page.text
    assert "Fax &lt;b&gt;" in web.get("/rules/all-releases/compare?a=1&b=2").text
    page = web.post("/rules/all-releases/1/back").follow()
    assert "Release 1 is in force again." in page.text
    assert "put back" not in web.get("/rules/routing").text


def test_what_changed_meanwhile_is_not_published_unseen(web: Any) -> None:
    web.login("ada")
    drafted(web, with_fax)
    page = web.get("/rules/review-changes")
    form = page.forms[len(page.forms) - 1]
    form["note"] = "My reason"
    drafted(web, lambda text: drop_rule(text, "hr"))
    page = form.submit(status=409)
    assert "My reason" in page.text


def test_an_example_that_comes_out_otherwise_is_told_with_what_it_expected(web: Any) -> None:
    web.login("ada")
    drafted(web, lambda text: drop_rule(text, "vpn"))
    page = web.get("/rules/review-changes").text
    assert "Network::VPN" in page
    assert "can be published once nothing stops it" in page
    assert "Network::VPN" in web.get("/rules/routing/examples").text


def test_a_ruleset_is_begun_left_out_and_taken_back(web: Any) -> None:
    web.login("ada")
    page = web.post("/rules", {"name": "Not a name", "title_en": "Classes"}, status=422)
    assert "Classes" in page.text
    web.post("/rules", {"name": "classes", "title_en": "Classes", "events": "ticket.created"})
    assert "There are no rules yet" in web.get("/rules/classes").text
    web.post("/rules/escalation/remove", {"revision": "0"})
    assert "removed" in web.get("/rules").text
    web.get("/rules/escalation", status=404)
    web.post("/rules/classes/discard", {"revision": "1"})
    web.get("/rules/classes", status=404)


@pytest.mark.parametrize("path", [
    "/rules/all-releases/compare?a=1&b=9999", "/rules/all-releases/compare?a=x&b=1",
    "/rules/all-releases/compare", "/rules/none/text", "/rules/none/examples",
])  # fmt: skip
def test_what_is_not_there_is_not_found(web: Any, path: str) -> None:
    web.login("ada").get(path, status=404)


@pytest.mark.parametrize("sent", [
    {"revision": "routing"}, {"revision": "routing:-1"}, {"revision": "routing:" + "9" * 30},
])  # fmt: skip
def test_odd_revisions_are_refused(web: Any, sent: dict[str, str]) -> None:
    web.login("ada").post("/rules/review-changes", sent, status=422)


def test_others_than_owners_and_admins_see_and_change_nothing(web: Any) -> None:
    web.login("agnes")
    for path in ("/rules/review-changes", "/rules/all-releases", "/rules/routing/text"):
        web.get(path, status=404)
    web.post("/rules/routing/text", {"text": "x", "revision": "0"}, status=404)
    web.post("/rules/all-releases/1/back", status=404)


def test_changes_wait_for_their_time_and_are_withdrawn(web: Any) -> None:
    web.login("ada")
    revision = drafted(web, with_fax)
    sent = {"revision": f"routing:{revision}", "note": "From May on"}
    assert "From May on" in web.post("/rules/review-changes", {**sent, "due_at": "x"}, status=422)
    web.post("/rules/review-changes", {**sent, "due_at": "2001-01-01T08:00"}, status=422)
    page = web.post("/rules/review-changes", {**sent, "due_at": "2100-01-01T08:00"}).follow()
    assert "These changes come in force" in page.text
    assert "waits for its time" in web.get("/rules").text
    web.post("/rules/routing/text", {"text": TEXT, "revision": revision}, status=422)
    assert "can be changed again" in web.post("/rules/withdraw-changes").follow().text


def test_with_four_eyes_changes_are_proposed_on_a_ticket(web: Any) -> None:
    desk = web.town.desk
    desk.settings = replace(desk.settings, approve_rules=True)
    web.login("ada")
    revision = drafted(web, with_fax)
    page = web.get("/rules/review-changes")
    assert "A second admin looks at it" in page.text
    page = web.post("/rules/review-changes", {"revision": f"routing:{revision}"}).follow()
    assert "Open the ticket on which it is decided" in page.text
    (ticket,) = (a["href"] for a in page.html.find_all("a") if "on which it is decided" in a.text)
    assert "/rules/review-changes" in links_to_changes(web, ticket)
    assert links_to_changes(web, f"/tickets/{web.town.report()}") == ""


def test_who_approves_sees_the_warnings_that_were_acknowledged(web: Any) -> None:
    desk = web.town.desk
    desk.settings = replace(desk.settings, approve_rules=True)
    web.login("ada")
    publish(web, lambda text: put_rule(text, SHADOWED))
    warning = web.get("/rules/review-changes").html.select_one("#warnings")
    assert "rule 'vpn' stops before it" in warning.text
    assert "acknowledged by Ada" in warning.text
    assert warning.select_one(".witness dd").text == "vpn <b>"


def test_what_failed_at_its_time_is_told_in_the_words_of_whoever_reads_it(web: Any) -> None:
    web.login("ada")
    drafted(web, with_fax)
    publish(web, due_at="2100-01-01T08:00")

    def fail(work: Any) -> None:
        said = ["The rules were not published.", "routing: there is no queue called 'Purchasing'",
                "Other rules came in force since this draft began: routing."]  # fmt: skip
        work.session.get(RulesProposal, 1).failed = "\n".join(said)

    web.town.desk.run(fail)
    assert "not put in force at its time" in web.get("/rules").html.select_one(".draft-bar").text
    told = web.get("/rules/review-changes?language=de").html.select_one(".notice.bad").text
    assert "„Purchasing“ gibt es nicht" in told
    assert "Seit Beginn dieses Entwurfs" in told
    assert "rules were" not in told


def links_to_changes(web: Any, ticket: str) -> str:
    """Where the page of a ticket leads for what is decided on it."""
    links = web.get(ticket).html.find("main").find_all("a")
    return " ".join(link["href"] for link in links if "What changes" in link.text)


def test_a_warning_comes_with_its_ticket_and_the_way_to_its_rule(web: Any) -> None:
    web.login("ada")
    shadowed = {**FAX, "when": {"all": [{"fact": "ticket.type", "op": "is", "value": "change"}]}}
    drafted(web, lambda text: put_rule(text, shadowed))
    warning = web.get("/rules/review-changes").html.select_one("#warnings")
    assert "rule 'change' stops before it" in warning.text
    assert "change" in warning.select_one(".witness dd").text
    assert warning.select_one("a")["href"].endswith("/rules/routing#rule-fax")


def test_examples_that_change_are_reviewed_too(web: Any) -> None:
    web.login("ada")
    page = web.get("/rules/routing/examples")
    form = page.forms["text"]
    form["text"] = form["text"].value.replace(
        "facts: {ticket.title: Drucker", "facts: {ticket.title: Der Drucker", 1
    )
    form.submit()
    page = web.get("/rules/review-changes")
    assert "Der Drucker" in page.html.select_one(".difference ins").text
    assert "1 change" in web.get("/rules").html.select_one(".draft-bar").text


def test_drafts_that_say_what_is_in_force_are_not_published(web: Any) -> None:
    web.login("ada")
    revision = drafted(web, lambda text: text + "# more\n")
    drafted(web, lambda text: text.removesuffix("# more\n"))
    page = web.get("/rules/review-changes")
    assert "nothing to publish" in page.text
    sent = {"revision": f"routing:{revision + 1}"}
    assert "Nothing has been changed" in web.post("/rules/review-changes", sent, status=422).text


def test_while_changes_wait_no_page_offers_to_change_them(web: Any) -> None:
    web.login("ada")
    drafted(web, with_fax)
    assert "Move down" in web.get("/rules/routing").text
    publish(web, due_at="2100-01-01T08:00")
    page = web.get("/rules/routing").text
    assert "wait for their time; withdraw them" in page
    assert not any(one in page for one in ("Move down", "New rule", "Throw the changes away"))
    assert web.get("/rules/routing/table").text.count("withdraw them to go on") == 1


def test_an_overtaken_draft_is_put_on_top_of_what_is_in_force(web: Any) -> None:
    web.login("ada")
    revision = drafted(web, with_fax)

    def others(work: Any) -> None:
        row = work.session.get(RulesInForce, 1)
        texts = dict(row.release.documents)
        row.release.documents = texts | {"routing": drop_rule(texts["routing"], "hr")}

    web.town.desk.run(others)
    assert "Other rules came in force in routing" in web.get("/rules/review-changes").text
    page = web.post("/rules/routing/merge", {"revision": revision}).follow().text
    assert "on top of what is in force now" in page
    assert "Other rules came in force" not in page


def test_the_rule_that_people_keep_correcting_comes_first_where_that_is_asked(web: Any) -> None:
    from datetime import timedelta

    from engine.commands.rule_figures import count_all

    desk = web.town.desk
    number = web.town.report(title="VPN drops")
    start = desk.clock()
    desk.clock = lambda: start + timedelta(minutes=10)
    web.login("agnes").post(f"/tickets/{number}/change", {"queue": "Network"})
    desk.clock = lambda: start + timedelta(minutes=20)
    page = web.login("ada").get("/rules/routing").text
    assert "It decided 1 time." in page  # also before the worker has counted
    assert "corrected</span>" not in page
    count_all(desk)
    page = web.get("/rules/routing").text
    assert "It decided 1 time." in page
    assert "1 time corrected" in page
    assert page.index("Already placed") < page.index("VPN to Network")
    page = web.get("/rules/routing?sort=corrected").text
    assert page.index("VPN to Network") < page.index("Already placed")
    assert "1 time corrected" in web.get("/rules/routing?queue=Network&period=7").text
    assert "1 time corrected" not in web.get("/rules/routing?queue=HR").text
    web.get("/rules/routing?queue=<b>&period=x&sort=y")


SHADOWED = {
    "id": "vpn-again",
    "title": {"de": "VPN noch einmal", "en": "VPN again"},
    "order": 55,
    "when": {"all": [{"fact": "ticket.title", "op": "contains_word", "value": "VPN <b>"}]},
    "then": [{"set": {"queue": "Purchasing"}}],
}


def test_a_finding_shows_a_ticket_in_words(web: Any) -> None:
    web.login("ada")
    drafted(web, lambda text: put_rule(text, SHADOWED))
    page = web.get("/rules/routing").text
    assert "can never fire: rule &#39;vpn&#39; stops before it" in page
    assert "A ticket that shows it" in page
    assert "<dt>the subject</dt><dd>vpn &lt;b&gt;</dd>" in page
    german = web.get("/rules/routing?language=de").text
    assert "Diese Regel kann nie greifen: Die Regel „vpn“ macht vorher Schluss" in german
    assert "Ein Ticket, an dem es sich zeigt" in german
    assert "<dt>der Betreff</dt>" in german


def test_a_hint_has_not_to_be_acknowledged(web: Any) -> None:
    web.login("ada")
    drafted(
        web, lambda text: text.replace("[VPN, Fernzugriff, Einwahl", "[VPN, VPN-Zugang, Einwahl")
    )
    page = web.get("/rules/routing").text
    assert "finds nothing that" in page
    assert ">hint<" in page
    assert 'name="seen"' not in web.get("/rules/review-changes").text
