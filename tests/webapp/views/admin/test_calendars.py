"""Calendars in the browser: looked at, changed with what it means told before, and kept safe."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from engine.audit.trail import record_desk
from engine.catalogue.models import CalendarRow, Queue
from engine.commands.steps import claim
from engine.tickets.queries import open_items
from webapp.i18n import LANGUAGE_COOKIE
from webapp.presenters.calendar_form import HOURS

FORM = {
    "title_de": "Bürozeiten", "title_en": "Office hours", "timezone": "Europe/Berlin",
    "due": "closing", "region": "DE", "hours_0": "08:00-12:00, 13:00-17:00",
    "hours_1": "08:00-12:00, 13:00-17:00", "hours_4": "22:00-06:00",
    "holidays": "24.12. Heiligabend\n2026-05-15", "closed": "2026-12-28 - 30.12.2026 Ferien",
    "extra": "2026-12-19 10:00-14:00 Inventur\n12-31 08:00-12:00",
}  # fmt: skip


def document(web: Any, name: str = "standard") -> Any:
    row = web.town.desk.read(lambda w: w.session.get(CalendarRow, name))
    return None if row is None else row.document


def confirm(web: Any, page: Any, why: str = "", status: int = 303) -> Any:
    """Press the button of the page that says what it would mean."""
    form = page.html.select_one("main form[action$=save]")
    fields = {one["name"]: one.get("value", one.text.lstrip("\n")) for one in
              form.select("[name]") if one["name"] != "csrf_token"}  # fmt: skip
    return web.post(form["action"], fields | {"why": why}, status=status)


def test_the_list_says_where_each_is_used(web: Any) -> None:
    web.login("ada")
    page = web.get("/calendars?language=en").html
    rows = {row.select_one("a")["href"]: row.text for row in page.select("tr[data-row]")}
    assert "1 SLA" in rows["/calendars/standard"]
    assert "tickets without an SLA" in rows["/calendars/standard"]
    assert "1 SLA" in rows["/calendars/extended"]
    assert "Mo–Fr 08:00-17:00" in rows["/calendars/standard"]
    assert "Mo–Fr 08:00-17:00 · Europe/Berlin" in web.get("/calendars/standard").text


def test_a_year_says_of_each_day_what_it_is(web: Any) -> None:
    web.login("ada")
    page = web.get("/calendars/standard?year=2026&language=de").html
    days = {one["href"][-10:]: one for one in page.select("a.day")}
    assert len(days) == 365
    assert "Erster Weihnachtstag" in days["2026-12-25"]["aria-label"]
    assert "★" in days["2026-12-25"].text
    assert "08:00-17:00" in days["2026-11-23"]["aria-label"]
    assert "Karfreitag" in page.select_one("details table").text
    for year in ("1", "99999", "abcd", "2026 ", "%D9%A1%D9%A9%D9%A9%D9%A9"):
        assert web.get(f"/calendars/standard?year={year}").html.select("a.day")
    assert not web.get("/calendars/standard?year=2100").html.select("a[rel=next]")


def test_the_form_is_saved_after_what_it_means_was_told(web: Any) -> None:
    number = web.town.report(sla="standard")
    before = web.town.see(number, lambda w, t: t.due_at)
    web.login("ada")
    page = web.post("/calendars/standard/edit", FORM, status=200)
    assert "1 open ticket would be due at another time" in page.text
    assert number in page.text
    assert document(web)["hours"] == {"mon-fri": ["08:00-17:00"]}
    assert web.town.see(number, lambda w, t: t.due_at) == before
    confirm(web, page, "works council")
    found = document(web)
    assert found["hours"] == {
        "mon-tue": ["08:00-12:00", "13:00-17:00"], "fri": ["22:00-06:00"]
    }  # fmt: skip
    assert found["holidays"] == [{"12-24": "Heiligabend"}, "2026-05-15"]
    assert found["closed"] == [{"2026-12-28..2026-12-30": "Ferien"}]
    assert found["extra"] == {
        "2026-12-19": {"hours": ["10:00-14:00"], "name": "Inventur"}, "12-31": ["08:00-12:00"]
    }  # fmt: skip
    history = web.get("/calendars/standard?language=en").html.select_one("#changes").parent.parent
    assert "Ada Vogt" in history.text
    assert "works council" in history.text
    form = web.get("/calendars/standard/edit").html
    assert form.select_one("#f-hours_0")["value"] == FORM["hours_0"]
    assert form.select_one("#f-closed").text.strip() == "2026-12-28..2026-12-30 Ferien"
    assert "2026-12-19 10:00-14:00 Inventur" in form.select_one("#f-extra").text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hours_0", "8am"), ("hours_0", "08:00-12:00, 11:00-13:00"), ("timezone", "Mars"),
        ("region", "DE-XX"), ("holidays", "some day"), ("closed", "2026-02-30"),
        ("extra", "2026-12-19"), ("extra", "2026-12-19 morning"), ("extra", "<b>"),
        ("due", "later"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_field_and_nothing_typed_is_lost(
    web: Any, field: str, value: str
) -> None:
    web.login("ada")
    page = web.post("/calendars/standard/edit", FORM | {field: value}, status=422).html
    assert page.select_one(".error-summary")
    if value != "08:00-12:00, 11:00-13:00" and field != "due":
        assert page.select_one(f"#f-{field}-error") is not None
    shown = page.select_one(f"#f-{field}")
    assert value in (shown.get("value") or shown.text) or field == "due"
    assert page.select_one("#f-title_de")["value"] == FORM["title_de"]
    assert document(web)["hours"] == {"mon-fri": ["08:00-17:00"]}


@pytest.mark.parametrize(
    ("fields", "where", "mend"),
    [
        ({"closed": "1.1. - 31.12."}, "closed", "Days with other hours"),
        ({"closed": "", "holidays": "01-01..12-31"}, "holidays", "Days with other hours"),
        ({"hours_0": "", "hours_1": "", "hours_4": ""}, "hours_0", "at least one day"),
    ],
)
def test_one_without_any_day_of_work_is_refused(
    web: Any, fields: dict[str, str], where: str, mend: str
) -> None:
    web.login("ada")
    form = FORM | {"extra": "2026-12-19 10:00-14:00"} | fields
    for path, more in (("/calendars/standard/edit", {}), ("/new-calendar", {"name": "new"})):
        page = web.post(f"{path}?language=en", form | more, status=422).html
        wrong = page.select_one(f"#f-{where}-error").text
        assert "No day of the year has work" in wrong
        assert mend in wrong
    text = "hours: {mon-fri: 08:00-17:00}\nclosed: [01-01..12-31]\n"
    page = web.post("/calendars/standard/text", {"text": text}, status=422).html
    assert "Line 2: No day of the year has work" in page.select_one(".error-summary").text
    assert "closed" not in document(web)
    sometimes = form | {"closed": "1.1. - 31.12.", "extra": "12-19 10:00-14:00"} | {
        "hours_0": "8-17"} | ({"holidays": ""} if "holidays" in fields else {})  # fmt: skip
    web.post("/calendars/standard/edit", sometimes, status=200)


def test_one_that_was_saved_without_work_long_ago_can_be_looked_at_and_mended(web: Any) -> None:
    number = web.town.report(sla="standard")
    closed = {"timezone": "UTC", "hours": {"mon-fri": ["08:00-17:00"]}, "closed": ["01-01..12-31"]}

    def long_ago(work: Any) -> None:
        work.session.execute(update(Queue).values(unlock_minutes=60))
        row = work.session.get(CalendarRow, "standard")
        note = {"name": "standard", "why": "", "before": closed, "after": dict(row.document)}
        record_desk(work, "calendar changed", **note)
        row.document = closed

    web.town.desk.run(long_ago)
    late = web.town.report(sla="standard")
    assert web.town.see(late, lambda w, t: t.due_at) is None
    web.town.do("agnes", late, lambda w, t: claim(w, open_items(w.session, t)[0]))
    web.login("ada")
    assert "closed for good" in web.get("/calendars?language=en").text
    for page in ("", "/edit", "/text", "/day?date=2026-12-24", "/import"):
        found = web.get(f"/calendars/standard{page}", status=200)
        assert page or "Give it days with work" in found.text
    for page in ("/slas", "/slas/standard", f"/tickets/{number}", f"/tickets/{late}/clocks"):
        web.get(page, status=200)
    days = {"date": "2026-12-24", "choice": "extra", "hours": "8-12", "every": "yes"}
    confirm(web, web.post("/calendars/standard/day", days, status=200))
    page = web.get("/calendars/standard").html
    assert "Give it days with work" not in page.text
    first = page.select("form[action$=back] [name=change]")[-1]["value"]
    back = web.post("/calendars/standard/back", {"change": first}).follow()
    assert "No day of the year has work" in back.text


def test_hours_are_taken_as_people_write_them(web: Any) -> None:
    web.login("ada")
    typed = {"hours_0": "8-12, 13.30 bis 17 Uhr", "hours_1": "22–6", "extra": "24.12.2026 9-12 Uhr"}
    confirm(web, web.post("/calendars/standard/edit", FORM | typed, status=200))
    found = document(web)
    assert found["hours"]["mon"] == ["08:00-12:00", "13:30-17:00"]
    assert found["hours"]["tue"] == ["22:00-06:00"]
    assert found["extra"] == {"2026-12-24": ["09:00-12:00"]}


def test_all_that_is_wrong_with_a_new_one_is_told_at_once_and_where(web: Any) -> None:
    web.login("ada")
    wrong = {"name": "a/b", "timezone": "Mars", "hours_0": "early", "region": "DE-XX"}
    page = web.post("/new-calendar?language=en", FORM | wrong, status=422).html
    for field in wrong:
        assert page.select_one(f"#f-{field}-error"), field
    told = [one.text for one in page.select(".error-summary li")]
    assert {one.partition(":")[0] for one in told} == {
        "Name", "Zone", "Monday", "Public holidays of"
    }  # fmt: skip


def test_a_day_is_closed_given_other_hours_and_made_usual_again(web: Any) -> None:
    web.login("ada")
    path = "/calendars/standard/day"
    assert web.get(f"{path}?date=2026-12-24").html.select_one("[name=choice][checked]")[
        "value"] == "usual"  # fmt: skip
    for fields, key, wanted in (
        ({"choice": "closed", "name": "Ferien"}, "closed", [{"2026-12-24": "Ferien"}]),
        ({"choice": "extra", "hours": "08:00-12:00"}, "extra", {"2026-12-24": ["08:00-12:00"]}),
        ({"choice": "extra", "hours": "9-10 Uhr", "every": "yes"}, "extra",
         {"2026-12-24": ["08:00-12:00"], "12-24": ["09:00-10:00"]}),
        ({"choice": "usual"}, "extra", {"12-24": ["09:00-10:00"]}),
        ({"choice": "usual", "every": "yes"}, "extra", None),
    ):  # fmt: skip
        confirm(web, web.post(path, {"date": "2026-12-24"} | fields, status=200))
        assert document(web).get(key) == wanted
    for fields in ({"choice": "extra"}, {"choice": "extra", "hours": "morning"}):
        page = web.post(path, {"date": "2026-12-24"} | fields, status=422).html
        assert page.select_one("#f-hours-error")
        assert "2026-12-19:" not in page.text  # nothing of how a file says it
    for day in ("", "2026-02-30", "0001-01-01", "x" * 500):
        web.post(path, {"date": day, "choice": "closed"})
    assert "closed" not in document(web)


def test_who_types_other_hours_of_a_day_means_them(web: Any) -> None:
    web.login("ada")
    path, day = "/calendars/standard/day", {"date": "2026-12-24", "choice": "usual"}
    web.post(path, day | {"hours": "08:00-17:00"})  # as they stood there: nothing is different
    confirm(web, web.post(path, day | {"hours": "10-14 Uhr"}, status=200))
    assert document(web)["extra"] == {"2026-12-24": ["10:00-14:00"]}


def test_what_is_missing_at_a_day_is_its_hours_not_its_name(web: Any) -> None:
    web.login("ada")
    fields = {"date": "2026-12-24", "choice": "extra", "name": "Stocktaking"}
    page = web.post("/calendars/standard/day", fields, status=422).html
    assert "Give the hours of this day." in page.select_one(".error-summary").text
    assert page.select_one("#f-name")["value"] == "Stocktaking"


def differs(page: Any) -> dict[str, list[str]]:
    """What the page before saving says is different, with what it was and will be."""
    rows = page.html.select("#differs")[0].parent.parent.select("tbody tr")
    cells = [[cell.text for cell in row.select("td")] for row in rows]
    return {what: ends for what, *ends in cells}


def test_what_is_different_is_said_in_words_before_and_after(web: Any) -> None:
    web.login("ada")
    stored = web.get("/calendars/standard/edit?language=en").html.select("main [name]")
    same = {one["name"]: one.get("value", one.text.strip()) for one in stored}
    same = {name: value for name, value in same.items() if name in FORM or name in HOURS}
    same["due"] = "closing"
    new = same | {"hours_0": "8-12, 14-17", "closed": "12-24 <b>Eve</b>"}
    page = web.post("/calendars/standard/edit", new, status=200)
    told = differs(page)
    assert told["Monday"] == ["08:00-17:00", "08:00-12:00, 14:00-17:00"]
    assert told["24 December of every year"] == ["–", "closed here (<b>Eve</b>)"]
    assert len(told) == 2
    assert "<b>Eve" not in str(page.html.select_one("#differs").parent.parent.select_one("table"))
    confirm(web, page)
    back = web.post("/calendars/standard/edit", same, status=200)
    assert differs(back)["24 December of every year"] == ["closed here (<b>Eve</b>)", "–"]
    confirm(web, back)
    history = web.get("/calendars/standard").html.select_one("#changes").parent.parent
    said = [" ".join(one.text.split()) for one in history.select("ul ul li")]
    assert "Monday: 08:00-12:00, 14:00-17:00 (was 08:00-17:00)" in said
    assert "24 December of every year: closed here (<b>Eve</b>) (new)" in said
    assert "24 December of every year: no longer closed here (<b>Eve</b>)" in said
    text = "timezone: Europe/Berlin\nhours: {mon-thu: 8:00-17:00, fri: 08:00-17:00}\n"
    other = web.post("/calendars/standard/text", {"text": text}, status=200)
    assert set(differs(other)) <= {"Public holidays of", "Title in German", "Title in English"}


def test_a_calendar_of_many_days_loses_none_of_them(web: Any) -> None:
    web.login("ada")
    first = date(2020, 1, 1)
    days = [(first + timedelta(days=number)).isoformat() for number in range(1500)]
    long = FORM | {"closed": "\n".join(f"{day} Closed for a good reason" for day in days)}
    confirm(web, web.post("/calendars/standard/edit", long, status=200))
    assert len(document(web)["closed"]) == 1500
    confirm(web, web.post("/calendars/standard/day",
                          {"date": "2026-12-21", "choice": "closed"}, status=200))  # fmt: skip
    assert len(document(web)["closed"]) == 1501


def test_two_lines_for_a_day_are_two_frames_of_it(web: Any) -> None:
    web.login("ada")
    two = FORM | {"extra": "2026-12-19 08:00-10:00 Inventur\n19.12.2026 14:00-16:00"}
    confirm(web, web.post("/calendars/standard/edit", two, status=200))
    found = {"hours": ["08:00-10:00", "14:00-16:00"], "name": "Inventur"}
    assert document(web)["extra"] == {"2026-12-19": found}


def test_a_day_out_of_a_row_leaves_the_others_closed(web: Any) -> None:
    web.login("ada")
    confirm(web, web.post("/calendars/standard/edit", FORM, status=200))
    confirm(web, web.post("/calendars/standard/day",
                          {"date": "2026-12-29", "choice": "usual"}, status=200))  # fmt: skip
    assert document(web)["closed"] == [{"2026-12-28": "Ferien"}, {"2026-12-30": "Ferien"}]


def test_nobody_overwrites_unseen_what_somebody_else_saved(web: Any) -> None:
    web.login("ada")
    seen = web.get("/calendars/standard/edit").html.select_one("[name=seen]")["value"]
    late = web.post("/calendars/standard/edit", FORM | {"seen": seen}, status=200)
    first = web.post("/calendars/standard/day", {"date": "2026-12-21", "choice": "closed"},
                     status=200)  # fmt: skip
    confirm(web, first)
    page = confirm(web, late, "mine", status=409)
    assert "2026-12-21" in page.html.select_one(".notice.warn").text
    assert document(web)["closed"] == ["2026-12-21"]
    assert page.html.select_one("#f-why")["value"] == "mine"
    confirm(web, page, "mine")
    assert document(web)["closed"] == [{"2026-12-28..2026-12-30": "Ferien"}]


def test_the_text_is_changed_downloaded_and_taken_back(web: Any) -> None:
    web.login("ada")
    shown = web.get("/calendars/standard/text").html.select_one("#f-text").text.lstrip("\n")
    for same in (shown, f"name: office\n{shown}"):
        web.post("/calendars/standard/text", {"text": same})  # nothing is different
    web.app.set_cookie(LANGUAGE_COOKIE, "de")
    page = web.post("/calendars/standard/text", {"text": shown + "closed: [soon]\n"},
                    status=422)  # fmt: skip
    assert "closed: [soon]" in page.html.select_one("#f-text").text
    assert "kein Tag" in page.html.select_one(".error-summary").text
    confirm(web, web.post("/calendars/standard/text", {"text": shown + "closed: [05-15]\n"},
                          status=200))  # fmt: skip
    assert document(web)["closed"] == ["05-15"]
    file = web.get("/calendars/standard/file.yaml")
    assert "attachment" in file.headers["Content-Disposition"]
    assert "05-15" in file.text
    form = web.get("/calendars/standard").html.select_one("form[action$=back]")
    change = form.select_one("[name=change]")["value"]
    confirm(web, web.post("/calendars/standard/back", {"change": change}, status=200))
    assert "closed" not in document(web)
    web.post("/calendars/extended/back", {"change": change}, status=404)
    for odd in ("x", "²", "-1", "9" * 40, ""):
        web.post("/calendars/standard/back", {"change": odd}, status=404)


def test_what_it_means_can_be_changed_further(web: Any) -> None:
    web.login("ada")
    page = web.post("/calendars/standard/edit", FORM, status=200).html
    text = page.select_one("textarea[name=text]").text.lstrip("\n")
    sent = {"text": text, "seen": "x", "why": "works council"}
    again = web.post("/calendars/standard/edit", sent, status=200).html
    assert again.select_one("#f-hours_4")["value"] == "22:00-06:00"
    assert again.select_one("[name=seen]")["value"] == "x"
    why = again.select_one("main form [name=why]")["value"]
    asked = web.post("/calendars/standard/edit", FORM | {"why": why}, status=200).html
    assert asked.select_one("#f-why")["value"] == "works council"
    web.post("/calendars/standard/save", {"text": "hours: ["}, status=400)


def test_one_is_made_copied_and_removed_while_nothing_counts_by_it(web: Any) -> None:
    web.login("ada")
    copied = web.get("/new-calendar?copy=extended").html
    assert copied.select_one("#f-hours_5")["value"] == "08:00-17:00"
    web.post("/new-calendar", FORM | {"name": "Nacht & Tag"})
    assert document(web, "Nacht & Tag")["timezone"] == "Europe/Berlin"
    web.get("/calendars/Nacht%20&%20Tag")
    assert web.get("/calendars/Nacht%20&%20Tag/file.yaml")
    web.post("/new-calendar", FORM | {"name": "standard"}, status=422)
    web.post("/new-calendar", FORM | {"name": "a/b"}, status=422)
    assert web.get("/calendars/Nacht%20&%20Tag").html.select("form[action$=remove]")
    assert not web.get("/calendars/standard").html.select("form[action$=remove]")
    web.post("/calendars/Nacht%20&%20Tag/remove")
    assert document(web, "Nacht & Tag") is None
    web.post("/calendars/standard/remove")
    assert document(web) is not None


ICS = b"""BEGIN:VCALENDAR\r
BEGIN:VEVENT\r
DTSTART;VALUE=DATE:20261228\r
DTEND;VALUE=DATE:20261230\r
SUMMARY:<script>alert(1)</script> Ferien\r
END:VEVENT\r
BEGIN:VEVENT\r
DTSTART;TZID=Europe/Berlin:20260703T120000\r
DTEND;TZID=Europe/Berlin:20260703T180000\r
SUMMARY:Sommerfest\r
END:VEVENT\r
END:VCALENDAR\r
"""


def test_days_of_a_file_are_chosen_before_they_come(web: Any) -> None:
    web.login("ada")
    path = "/calendars/standard/import"
    page = web.post(path, status=200, files=[("file", "x.ics", ICS)]).html
    boxes = {one["value"]: one.has_attr("checked") for one in page.select("[name=day]")}
    assert list(boxes.values()) == [False, True, True]
    assert "<script>alert" not in str(page.select_one("main"))
    chosen = [("day", value) for value, checked in boxes.items() if checked]
    confirm(web, web.post(path, [*chosen, ("as", "closed")], status=200))
    assert [next(iter(one)) for one in document(web)["closed"]] == ["2026-12-28", "2026-12-29"]
    again = web.post(path, status=200, files=[("file", "x.ics", ICS)]).html
    assert not again.select("[name=day][checked]")
    web.post(path, [*chosen, ("as", "closed")])  # they are there: nothing is different
    for data in (b"", b"\xff\xfe", b"hello", b"BEGIN:VCALENDAR" + b"x" * 2**20):
        web.post(path, status=422, files=[("file", "x.ics", data)])
    web.post(path, status=422)
    web.post(path, [("day", "never x"), ("day", "2026-13-01 x")])  # made by hand: no such day


def test_an_event_that_begins_with_its_hour_is_a_day_like_others(web: Any) -> None:
    web.login("ada")
    path = "/calendars/standard/import"
    named = ICS.replace(b"<script>alert(1)</script> Ferien", b"14:00-16:00 Feier")
    page = web.post(path, status=200, files=[("file", "x.ics", named)]).html
    chosen = [("day", one["value"]) for one in page.select("[name=day][checked]")]
    confirm(web, web.post(path, [*chosen, ("as", "closed")], status=200))
    assert document(web)["closed"] == [{"2026-12-28": "Feier"}, {"2026-12-29": "Feier"}]


def test_what_comes_each_year_comes_into_the_calendar_for_every_year(web: Any) -> None:
    web.login("ada")
    path = "/calendars/standard/import"
    file = (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20201224\r\nRRULE:FREQ=YEARLY"
            b"\r\nSUMMARY:Heiligabend\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")  # fmt: skip
    page = web.post(path + "?language=en", status=200, files=[("file", "x.ics", file)]).html
    (box,) = page.select("[name=day][checked]")
    assert "every year" in box.parent.get_text()
    odd = [("day", "02-30 x"), ("day", "12-2 x"), ("day", "ab-cd x")]
    confirm(web, web.post(path, [("day", box["value"]), *odd], status=200))
    assert document(web)["holidays"] == [{"12-24": "Heiligabend"}]
    again = web.post(path, status=200, files=[("file", "x.ics", file)]).html
    assert not again.select("[name=day][checked]")


def test_others_see_nothing_of_it(web: Any) -> None:
    pages = ("/calendars", "/new-calendar", "/calendars/standard", "/calendars/standard/edit",
             "/calendars/standard/text", "/calendars/standard/file.yaml",
             "/calendars/standard/day?date=2026-12-24", "/calendars/standard/import")  # fmt: skip
    for name in ("agnes", "olga", "clara"):
        web.login(name)
        for page in pages:
            web.get(page, status=404 if name == "clara" else "4*")
        for action in ("save", "back", "remove", "edit", "text", "day", "import"):
            web.post(f"/calendars/standard/{action}", {}, status="4*")
    web.login("ada")
    web.get("/calendars/nowhere", status=404)
    web.get("/calendars/nowhere/edit", status=404)


MISTAKES = [
    ({"hours_0": "08:00-12:00, 11:00-17:00"}, "f-hours_0-error",
     "'08:00-12:00' and '11:00-17:00' overlap. Let one end before"),
    ({"hours_5": "22-6", "hours_6": "5-7"}, "f-hours_6-error", "'22:00-06:00' and '05:00-07:00'"),
    ({"hours_0": "8-8"}, "f-hours_0-error", "is no frame of hours. Write it as"),
    ({f"hours_{day}": "" for day in range(7)}, "f-hours_0-error",
     "so that no time would ever end. Fill in the hours of at least one day."),
    ({"extra": "2026-12-19 8-12, 11-17"}, "f-extra-error", "'08:00-12:00' and '11:00-17:00'"),
    ({"region": "AT-Bayern"}, "f-region-error", "Known parts: AT-1 (Burgenland), AT-2 (Kärnten)"),
    ({"holidays": "24.12. 8-12"}, "f-holidays-error", "Days with other hours have a field"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "where", "said"), MISTAKES)
def test_a_mistake_is_told_at_its_field_with_what_to_do(
    web: Any, typed: dict[str, str], where: str, said: str
) -> None:
    web.login("ada")
    shown = web.post("/calendars/standard/edit?language=en", FORM | typed, status=422).html
    found = shown.find(id=where)
    assert said in found.get_text()
    assert "choose one of the list" not in shown.find(class_="error-summary").get_text()


def test_a_part_of_a_country_may_be_named(web: Any) -> None:
    web.login("ada")
    typed = FORM | {
        "region": "de-bayern",
        "closed": "24.12.-2.1.: Ferien\n5.5.2026-7.5.2026\n6.6. – zu",
    }
    confirm(web, web.post("/calendars/standard/edit", typed, status=200))
    assert document(web)["closed"] == [
        {"12-24..01-02": "Ferien"}, "2026-05-05..2026-05-07", {"06-06": "zu"},
    ]  # fmt: skip
    days = web.get("/calendars/standard?year=2026&language=en").html.select("a.day")
    labels = {one["href"][-10:]: one["aria-label"] for one in days}
    assert "Corpus Christi" in labels["2026-06-04"]
    assert "Ferien" in labels["2026-12-29"]
