"""Texts of notifications in the browser: changed with a preview, kept in versions, taken back."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

import engine
from engine.commands.notice_texts import LONGEST_BODY, save_text
from engine.commands.notice_uses import OF_THE_DESK
from engine.notify.render import render
from engine.notify.texts import notice, shipped_names
from webapp.presenters.notice_words import OF_THE_DESK as WORDS_OF_THE_DESK
from webapp.views.admin import notice_texts

TELL = {"tell_agent", "tell_all", "tell_privately", "send_notice"}
CANARY = "<script>alert('canary')</script>\"'>"
WORDS = {"subject_de": "Fertig: {title}", "body_de": "Guten Tag {name}",
         "subject_en": "Ready: {title}", "body_en": "Hello {name}"}  # fmt: skip
OWN = WORDS | {"name": "asking_back", "title_de": "Nachfrage", "title_en": "Asking back"}


def form(page: Any, **typed: str) -> dict[str, str]:
    """The fields as the page shows them, with what is typed over them."""
    shown = {f["name"]: f.text.lstrip("\n") for f in page.html.select(".notice-form textarea")}
    shown |= {f["name"]: f.get("value", "") for f in page.html.select(".notice-form input[name]")}
    shown.pop("csrf_token", None)
    return shown | typed


def sent(web: Any, name: str = "closed") -> str:
    values = {"title": "VPN"}
    return web.town.desk.read(lambda work: render(work.session, name, "en", values))[0]


def test_a_text_is_changed_and_sent_like_that_from_then_on(web: Any) -> None:
    page = web.login("olga").get("/notices/closed")
    after = web.post("/notices/closed", form(page, subject_en="Ready: {title}", note="Shorter"))
    assert sent(web) == "Ready: VPN"
    page = after.follow()
    assert "Shorter" in page.html.select_one("table.versions").text
    assert "Ready: {title}" in page.html.select_one(".versus").text
    assert "Olga Brandt" in page.html.select_one("table.versions").text


def test_the_list_says_where_a_text_is_used_and_finds_it(web: Any) -> None:
    page = web.login("olga").get("/notices?q=received")
    rows = page.html.select("tbody tr")
    assert len(rows) == 1
    assert "/rules/notification/rule/" in rows[0].select_one("td:nth-of-type(3) a")["href"]
    assert web.get("/notices?q=zzz").html.select_one(".empty")


def test_the_places_that_send_a_text_are_called_as_the_reader_calls_them(web: Any) -> None:
    web.login("olga").app.set_cookie("vorgang_language", "de")
    used = {row.select_one("code").text: row.select_one("td:nth-of-type(3)").text
            for row in web.get("/notices").html.select("tbody tr")}  # fmt: skip
    assert "Störung: Neues Team informieren" in used["handed_on"]
    assert "Benachrichtigung: Eingang bestätigen" in used["acknowledgement"]


def test_each_text_that_the_code_itself_sends_is_known_as_one_of_the_desk() -> None:
    sent = set()
    for path in Path(engine.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in TELL:
                sent |= {one.value for one in call.args[3:4] if isinstance(one, ast.Constant)}
    assert {"assigned", "remind_me", "taken_back"} <= sent <= set(OF_THE_DESK)


def test_all_that_the_desk_says_by_itself_is_listed_with_when(web: Any) -> None:
    assert set(OF_THE_DESK) == set(WORDS_OF_THE_DESK)
    page = web.login("olga").get("/notices")
    names = [one.text for one in page.html.select("td.main-cell code")]
    assert sorted(names) == list(shipped_names())


@pytest.mark.parametrize("name", shipped_names())
def test_every_text_that_came_can_be_saved_with_a_word_more(web: Any, name: str) -> None:
    page = web.login("ada").get(f"/notices/{name}")
    more = {"subject_en": page.html.select_one("#f-subject_en")["value"] + " x"}
    web.post(f"/notices/{name}", form(page, **more), status=303)


def test_what_goes_around_several_is_shown_with_what_may_stand_in_it(web: Any) -> None:
    page = web.login("olga").get("/notices/digest_daily?language=en")
    places = [one.text for one in page.html.select(".notice-places code")]
    assert places == ["{name}", "{count}", "{tickets}", "{text}", "{link}", "{desk}"]
    assert "Your day (3 new)" in page.html.select_one("[data-preview]").text
    typed = form(page, body_en="Nothing.")
    refused = web.post("/notices/digest_daily", typed, status="*")
    assert "would tell nobody what has happened" in refused.text


@pytest.mark.parametrize("name", ["agnes", "clara"])
def test_others_do_not_come_here(web: Any, name: str) -> None:
    web.login(name).get("/notices", status=(303, 403, 404))
    web.post("/notices/closed", WORDS | {"seen": "0"}, status=(303, 403, 404))
    assert sent(web) == "Closed: VPN"


def test_what_is_wrong_is_said_with_its_place_and_nothing_typed_is_lost(web: Any) -> None:
    page = web.login("olga").get("/notices/closed")
    body = f"{CANARY}\n{{nmae}} {{}}"
    typed = form(page, body_de=body, subject_en="")
    page = web.post("/notices/closed", typed, status=422)
    told = page.html.select_one(".error-summary").text
    assert "line 2: {nmae} is no placeholder, perhaps {name}; line 2: {}" in told
    assert page.html.select_one("#f-subject_en-error")
    assert page.html.select_one("textarea[name=body_de]").text.strip() == body
    assert CANARY not in page.text
    assert sent(web) == "Closed: VPN"


def test_both_see_what_the_other_wrote(web: Any) -> None:
    before = form(web.login("olga").get("/notices/closed"))
    web.login("ada").post("/notices/closed", before | {"subject_en": "Over: {title}"})
    web.login("olga")
    page = web.post("/notices/closed", before | {"subject_en": "Mine: {title}"}, status=409)
    assert "Over: {title}" in page.html.select_one(".notice.warn").text
    assert page.html.select_one("input[name=subject_en]")["value"] == "Mine: {title}"
    assert sent(web) == "Over: VPN"
    web.post("/notices/closed", form(page))
    assert sent(web) == "Mine: VPN"


def test_looking_at_the_preview_hides_nobody_elses_words(web: Any) -> None:
    before = form(web.login("olga").get("/notices/closed"))
    web.login("ada").post("/notices/closed", before | {"subject_en": "Over: {title}"})
    mine = before | {"subject_en": "Mine: {title}"}
    page = web.login("olga").post("/notices/closed", mine | {"do": "preview"}, status=200)
    web.post("/notices/closed", form(page), status=409)
    assert sent(web) == "Over: VPN"


def test_of_many_versions_the_latest_are_shown(web: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(notice_texts, "SHOWN", 3)

    def often(work: Any) -> None:
        for number in range(5):
            save_text(work, "closed", WORDS | {"subject_en": f"Word {number}"}, seen=number)

    web.town.desk.run(often)
    page = web.login("olga").get("/notices/closed").html
    numbers = [int(one.text) for one in page.select("table.versions td.main-cell b")]
    assert numbers == [5, 4, 3]
    oldest = page.select("table.versions .versus")[-1]  # beside the one before it, which is not
    assert [one.text for one in oldest.select("del, ins")] == ["[en] Word 1", "[en] Word 2"]


def test_an_earlier_version_comes_back_with_a_click_and_so_does_what_was_shipped(web: Any) -> None:
    page = web.login("olga").get("/notices/closed")
    page = web.post("/notices/closed", form(page, subject_en="First")).follow()
    page = web.post("/notices/closed", form(page, subject_en="Second")).follow()
    back = page.html.select("form[action$='/back']")
    fields = {f["name"]: f["value"] for f in back[0].select("input")}
    assert fields["number"] == "1"
    web.post("/notices/closed/back", {"number": "1", "seen": fields["seen"]})
    assert sent(web) == "First"
    web.post("/notices/closed/back", {"number": "0", "seen": "2"}, status=409)
    web.post("/notices/closed/back", {"number": "0", "seen": "3"})
    assert sent(web) == "Closed: VPN"
    web.post("/notices/closed/back", {"number": "77", "seen": "4"}, status=404)


def test_a_text_of_ones_own_is_offered_to_rules_and_diagrams_and_removed_again(web: Any) -> None:
    web.login("olga").post("/notices/new-text", OWN)
    assert web.get("/notices?q=asking").html.select_one("td code").text == "asking_back"
    assert "asking_back" in web.get("/rules/notification/words").text
    assert "asking_back" in web.get("/processes/incident/draw").text
    again = web.post("/notices/new-text", OWN, status=422)
    assert again.html.select_one("#f-name-error")
    web.post("/notices/asking_back/remove")
    web.get("/notices/asking_back", status=404)


def test_it_begins_as_another_one_is(web: Any) -> None:
    page = web.login("olga").get("/notices/new-text?from=closed")
    assert page.html.select_one("input[name=subject_en]")["value"] == "Closed: {title}"
    assert web.get("/notices/new-text?from=absent").html.select_one("textarea[name=body_de]")


def test_what_is_used_or_shipped_is_not_removed(web: Any) -> None:
    page = web.login("olga").post("/notices/closed/remove", status=409)
    assert "comes with Vorgang" in page.html.select_one(".error-summary").text


def test_what_is_said_about_access_is_the_admins(web: Any) -> None:
    page = web.login("olga").get("/notices/password_link")
    assert not page.html.select_one("button[value=save]")
    web.post("/notices/password_link", form(page, subject_en="Give me your password"), status=403)
    page = web.login("ada").get("/notices/password_link")
    assert "{owner}" not in page.html.select_one(".notice-places").text
    web.post("/notices/password_link", form(page, subject_en="Your way in"))
    assert sent(web, "password_link") == "Your way in"


def preview(web: Any, **asked: str) -> str:
    return web.post("/notices/live-preview", WORDS | {"of": "closed"} | asked, status=200).text


def test_the_preview_is_on_a_real_ticket_for_a_real_person(web: Any) -> None:
    number = web.town.report(title="VPN {link} drops")
    web.login("agnes").get("/notices", status=(303, 403, 404))
    web.login("olga")
    assert "There is no such ticket" in preview(web, ticket=number)  # she does not read it
    assert "There is no such ticket" in preview(web, ticket="1")
    assert web.town.desk.read(lambda work: notice(work.session, "closed").number) == 0


@pytest.fixture
def reading(web: Any) -> str:
    """The number of a ticket that Olga may read, since she is its owner."""
    number = web.town.report(title="VPN {link} drops")

    def own(work: Any, ticket: Any) -> None:
        ticket.owner = web.town.person(work, "olga")

    web.town.do("agnes", number, own)
    web.login("olga")
    return number


def test_the_preview_says_what_each_would_read(web: Any, reading: str) -> None:
    shown = preview(web, ticket=reading, body_en="{owner}|{link}", reader="clara@example.org")
    assert "Ready: VPN {link} drops" in shown
    assert f"/requests/{reading}" in shown
    assert "Olga Brandt|" not in shown
    assert "owner" in shown  # left empty, and said so
    inside = preview(web, ticket=f"#{reading}", body_en="{owner}|{link}", reader="olga@example.com")
    assert "Olga Brandt|" in inside
    assert f"/tickets/{reading}" in inside
    assert "1 part" in inside


def test_the_preview_tells_who_would_not_be_told(web: Any, reading: str) -> None:
    assert "would not be told" in preview(web, ticket=reading, reader="sam@example.net")
    assert "no such person" in preview(web, ticket=reading, reader="nobody@example.org")


def test_the_preview_finds_what_is_no_placeholder_and_is_no_script(web: Any, reading: str) -> None:
    shown = preview(web, ticket=reading, body_de=f"{{nmae}} {CANARY}")
    assert "perhaps {name}" in shown
    assert CANARY not in shown
    assert len(preview(web, ticket=reading, body_de="x" * 9 * LONGEST_BODY)) < 90_000


def test_the_preview_works_without_a_script_and_keeps_nothing(web: Any, reading: str) -> None:
    page = web.get("/notices/closed")
    typed = form(page, subject_en="Not yet: {title}", ticket=reading, do="preview")
    page = web.post("/notices/closed", typed, status=200)
    assert "Not yet: VPN" in page.html.select_one("[data-preview]").text
    assert page.html.select_one("input[name=subject_en]")["value"] == "Not yet: {title}"
    assert sent(web) == "Closed: VPN"
