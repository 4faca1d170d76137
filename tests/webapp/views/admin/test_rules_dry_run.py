"""Drafts are tried on the past in the browser: figures for all, tickets for those who may read."""

from __future__ import annotations

from typing import Any

from engine.catalogue.models import CustomField
from engine.commands import rules_dry_run
from engine.commands.rules_dry_run import work_on
from engine.commands.views import save_view
from tests.webapp.views.admin.test_rules import drafted, with_fax

NASTY = "A telex <script>alert(1)</script> \u202e"


def with_telex(text: str) -> str:
    return with_fax(text).replace("<i>telex</i>", "telex")


def tried(web: Any, status: int = 303, **fields: Any) -> Any:
    page = web.get("/rules/dry-run")
    form = next(form for form in page.forms.values() if form.action.endswith("/rules/dry-run"))
    for name, value in fields.items():
        form[name] = value
    return form.submit(status=status)


def test_a_draft_is_tried_and_the_bar_and_the_review_know_it(web: Any) -> None:
    number = web.town.report(title=NASTY)
    web.town.report()
    web.login("ada")
    assert "Nothing has been changed" in web.get("/rules/dry-run").text
    drafted(web, with_telex)
    assert "have not been tried" in web.get("/rules/review-changes").text
    page = tried(web).follow()
    assert "Purchasing" in page.text
    assert f"#{number}" in page.text
    assert "A telex &lt;script&gt;" in page.text
    assert "<script>alert" not in page.text
    assert "Fax &lt;b&gt;" in page.text
    for path in ("/rules", "/rules/review-changes", "/rules/escalation"):
        assert "1 ticket of 2 would be otherwise" in web.get(path).text
    drafted(web, lambda text: text.replace("queue: Purchasing", "queue: HR"))
    assert "would be otherwise" not in web.get("/rules").text
    assert "have changed since" in web.get(page.request.path).text


def test_who_may_not_read_the_tickets_sees_the_figures_alone(web: Any) -> None:
    number = web.town.report(title=NASTY)
    drafted(web, with_telex)
    web.login("olga")
    page = tried(web).follow()
    assert "Purchasing" in page.text
    assert "none that you may read" in page.text
    assert number not in page.text
    assert "A telex" not in page.text


def test_what_stands_in_free_fields_is_told_only_of_tickets_one_may_read(web: Any) -> None:
    def prepare(work: Any) -> None:
        for name in ("account", "place"):
            field = CustomField(name=name, title={"de": name, "en": name}, kind="text")
            field.kind, field.choices = ("choice", ["Ulm"]) if name == "place" else ("text", [])
            work.session.add(field)

    web.town.desk.run(prepare)
    web.town.report(title=NASTY, custom={"account": "secret 4711", "place": "Ulm"})
    drafted(
        web,
        lambda text: with_telex(text).replace(
            "queue: Purchasing", 'custom.account: "0815", custom.place: Bonn'
        ),
    )
    web.login("olga")
    page = tried(web).follow()
    assert "Ulm" in page.text
    assert "4711" not in page.text
    web.login("ada")
    assert "4711" in web.get(page.request.path).text


def test_what_is_asked_every_hour_is_named_as_not_tried(web: Any) -> None:
    web.town.report(title=NASTY)
    drafted(web, lambda text: with_telex(text).replace("events: []", "events: [hour.passed]", 1))
    web.login("ada")
    assert "left out here: routing" in tried(web).follow().text


def test_a_large_run_is_followed_and_can_be_called_off(web: Any, monkeypatch: Any) -> None:
    for index in range(3):
        web.town.report(title=f"A telex {index}")
    drafted(web, with_telex)
    monkeypatch.setattr(rules_dry_run, "AT_ONCE", 0)
    monkeypatch.setattr(rules_dry_run, "BATCH", 1)
    web.login("ada")
    page = tried(web).follow()
    assert "0 of 3" in page.text
    path = page.request.path
    live = web.get(f"{path}/live")
    again = {"If-None-Match": live.headers["ETag"]}
    web.get(f"{path}/live", headers=again, status=304)
    work_on(web.town.desk, int(path.rsplit("/", 1)[-1]), batches=2)
    assert "2 of 3" in web.get(f"{path}/live", headers=again).text
    cancel = next(form for form in page.forms.values() if form.action.endswith("/cancel"))
    assert "called off" in cancel.submit().follow().text


def test_a_search_or_a_view_says_which_tickets(web: Any) -> None:
    web.town.report(title=NASTY)
    web.town.report(title="Another telex", type="question")
    drafted(web, with_telex)
    web.login("ada")
    assert "1 ticket of 1" in tried(web, query="type:question state:all").follow().text

    def keep(work: Any) -> int:
        return save_view(work, "Questions", query="type:question state:all").id

    view = web.town.desk.run(keep, web.town.actor("ada"))
    assert "type:question" in tried(web, view=str(view)).follow().text
    foreign = web.town.desk.run(keep, web.town.actor("bruno"))
    page = web.get("/rules/dry-run")
    form = next(form for form in page.forms.values() if form.action.endswith("/rules/dry-run"))
    for odd, status in ((str(foreign), 404), ("²", 303)):  # what is no number names no view
        form["view"].force_value(odd)
        form.submit(status=status)


def test_what_was_typed_stays_where_it_cannot_be_tried(web: Any) -> None:
    drafted(web, with_telex)
    web.login("ada")
    page = tried(web, 422, query="queue:nowhere")
    assert "“queue:nowhere” cannot be searched for" in page.text
    assert 'value="queue:nowhere"' in page.text
    assert "between 1 and 3650" in tried(web, 422, days="0").text
    web.get("/rules/dry-run/4711", status=404)
    web.get("/rules/dry-run/99999999999999", status=404)


def test_the_queue_comes_first_with_old_down_and_new_across(web: Any) -> None:
    for title in ("A telex of the VPN", "A telex of the toner", "VPN", "The toner is empty"):
        web.town.report(title=title)

    def change(text: str) -> str:
        return with_telex(text).replace("Network::VPN", "HR")

    drafted(web, change)
    web.login("ada")
    page = tried(web).follow()
    heads = [head.text for head in page.html.select("#fields h2")]
    assert heads[0] == "Queue"
    matrix = page.html.select_one("table.matrix")
    across = [cell.text for cell in matrix.select("thead th")][1:]
    assert set(across) == {"Purchasing", "HR"}
    rows = {
        row.th.text: [cell.text for cell in row.select("td")] for row in matrix.select("tbody tr")
    }
    assert dict(zip(across, rows["Network::VPN"], strict=True)) == {"Purchasing": "1", "HR": "1"}


def test_no_ticket_is_an_answer_too(web: Any) -> None:
    drafted(web, with_telex)
    web.login("ada")
    assert "No ticket was found" in tried(web).follow().text
    web.town.report(title="VPN drops")
    assert "No ticket would be otherwise" in tried(web).follow().text
