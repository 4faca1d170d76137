"""The FAQ: each reader finds what is for them, agents write, and counts stay inside."""

from __future__ import annotations

import re

import pytest

from engine.commands.faq import save_item
from engine.outbox.faq_index import rebuild


@pytest.fixture
def items(web) -> dict[str, int]:
    def write(work):
        found = {}
        for audience in ("public", "external", "internal"):
            item = save_item(
                work,
                title=f"VPN {audience}",
                solution="1. Restart **it** <script>alert(1)</script>\n2. Wait",
                language="en",
                audience=audience,
                comment="CANARY-COMMENT",
                category="Network",
            )
            found[audience] = item.id
        return found

    found = web.town.desk.run(write)
    rebuild(web.town.desk)
    return found


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        (None, {"public"}),
        ("sam", {"public", "external"}),
        ("agnes", {"public", "external", "internal"}),
    ],
)
def test_each_reader_sees_what_is_for_them(web, items, name, seen) -> None:
    if name:
        web.login(name)
    for address in ("/faq", "/faq?q=VPN"):
        page = web.get(address).text.replace("</mark>", "").replace("<mark>", "")
        assert {a for a in items if f"VPN {a}" in page} == seen
    absent = web.get("/faq/999999", status=404).text
    for audience, item_id in items.items():
        answer = web.get(f"/faq/{item_id}", status="*")
        assert (answer.status_int == 200) is (audience in seen)
        if audience not in seen:
            assert answer.text == absent
            web.post(f"/faq/{item_id}/helped", {"helped": "yes"}, status=404)


def test_hits_alone_for_a_script(web, items) -> None:
    piece = web.get("/faq?q=VPN", headers={"X-Requested-With": "fetch"}).text
    assert "VPN" in piece
    assert "<html" not in piece


def test_an_item_brings_no_html_of_its_own(web, items) -> None:
    page = web.get(f"/faq/{items['public']}").text
    assert "<strong>it</strong> &lt;script&gt;" in page
    assert "<ol><li>" in page
    assert "CANARY-COMMENT" not in page
    assert "CANARY-COMMENT" in web.login("agnes").get(f"/faq/{items['public']}")


def test_help_is_counted_once_and_shown_to_agents_alone(web, items) -> None:
    address = f"/faq/{items['public']}"
    for _ in range(3):
        page = web.get(web.post(address + "/helped", {"helped": "yes"}).location)
    assert "1 time" not in page
    assert web.post(address + "/helped", {"helped": "no"}).location.endswith("/report")
    assert "1 time" in web.login("agnes").get(address)


def test_an_agent_writes_changes_and_retires(web, items) -> None:
    web.login("agnes")
    fields = {"title": "New <b>", "solution": "Do this", "language": "de", "audience": "public"}
    address = web.post("/faq/new", fields).location
    assert "New &lt;b&gt;" in web.get(address)
    number = address.rsplit("/", 1)[1]
    web.post(f"/faq/{number}/edit", fields | {"solution": "Do that", "version": "1"})
    page = web.post(
        f"/faq/{number}/edit", fields | {"solution": "Mine", "version": "1"}, status=409
    )
    assert "Mine" in page
    assert "Do that" in page
    web.post(f"/drafts/faq-{number}", {"draft": '{"solution": "Half a thou"}'}, status=200)
    page = web.get(f"/faq/{number}/edit")
    assert "Half a thou" in page
    assert "Somebody else has changed" not in page
    web.town.desk.clock.move(minutes=5)
    web.login("ada").post(f"/faq/{number}/edit", fields | {"solution": "Hers", "version": "2"})
    page = web.login("agnes").get(f"/faq/{number}/edit?language=en")
    assert "Half a thou" in page  # and the form would overwrite hers, so both are shown
    assert "Somebody else has changed" in page
    assert "Hers" in page
    web.post(f"/faq/{number}/retire")
    web.get(f"/faq/{number}", status=404)


def test_a_retired_item_comes_back_by_undo_or_from_the_list_of_the_retired(web, items) -> None:
    address = f"/faq/{items['public']}"
    web.login("agnes").post(f"{address}/retire")
    page = web.get("/faq").text
    undo = re.search(r'data-toast>.*?action="(/undo/[^"]+)"', page, re.S)
    assert undo
    web.post(undo.group(1))
    assert "VPN public" in web.get(address)
    web.post(f"{address}/retire")
    assert "VPN public" in web.get("/faq?retired=1")
    assert "VPN external" not in web.get("/faq?retired=1")
    web.post(f"{address}/restore")
    assert "VPN public" in web.get(address)
    web.post(f"{address}/restore", status=404)


def test_only_those_who_write_see_what_was_retired(web, items) -> None:
    web.login("agnes").post(f"/faq/{items['public']}/retire")
    for name in ("clara", ""):
        web.login(name) if name else web.logout()
        assert "VPN public" not in web.get("/faq?retired=1")
    web.login("clara").post(f"/faq/{items['public']}/restore", status=404)


def test_wrong_fields_come_back_with_what_was_typed(web) -> None:
    web.login("agnes")
    fields = {"title": "", "solution": "typed", "language": "de", "audience": "public"}
    assert "typed" in web.post("/faq/new", fields, status=422)
    web.post("/faq/new", fields | {"title": "x", "audience": "all"}, status=422)
    web.post("/faq/new", fields | {"title": "x", "language": "xx"}, status=422)
    assert ">x<" not in web.get("/faq")


def test_customers_neither_write_nor_ask_for_options(web, items) -> None:
    web.login("sam")
    absent = web.get("/faq/999999/edit", status=404).text
    for address in ("/faq/new", "/faq/options?q=VPN", f"/faq/{items['public']}/edit"):
        assert web.get(address, status=404).text == absent
    for address in ("/faq/new", f"/faq/{items['public']}/edit", f"/faq/{items['public']}/retire"):
        web.post(address, {"title": "x", "solution": "y"}, status=404)


def test_options_for_a_reply(web, items) -> None:
    found = web.login("agnes").get("/faq/options?q=VPN").json
    assert {one["label"] for one in found} == {f"VPN {a}" for a in items}
    assert "**" not in found[0]["text"]
    assert web.get("/faq/options").json == []


GERMAN = {"title": "Drucker", "solution": "Einschalten.", "language": "de", "audience": "public"}


def test_an_agent_translates_an_item_and_readers_find_their_language(web, items) -> None:
    page = web.login("agnes").get(f"/faq/{items['public']}").text
    assert f"/faq/new?translates={items['public']}" in page
    form = web.get(f"/faq/new?translates={items['public']}")
    assert "Restart **it**" in form.text
    saved = web.post("/faq/new", GERMAN | {"translates": items["public"]})
    german = re.search(r"/faq/(\d+)", saved.headers["Location"]).group(1)
    assert "translates=" not in web.get(f"/faq/{german}").text
    web.logout()
    assert "Drucker" in web.get(f"/faq/{items['public']}").text
    assert "VPN public" in web.get(f"/faq/{german}").text
    for language, mine, other in (("de", "Drucker", "VPN public"), ("en", "VPN public", "Drucker")):
        shelf = web.get(f"/faq?language={language}").text
        assert mine in shelf
        assert other not in shelf


def test_a_second_text_in_a_language_is_refused_and_nothing_typed_is_lost(web, items) -> None:
    web.login("agnes").post("/faq/new", GERMAN | {"translates": items["public"]})
    again = GERMAN | {"translates": items["public"], "title": "Noch einmal"}
    page = web.post("/faq/new", again, status=422).text
    assert "Noch einmal" in page
    assert f'name="translates" value="{items["public"]}"' in page


def test_a_translation_does_not_show_what_is_only_for_us(web, items) -> None:
    web.login("agnes")
    inside = GERMAN | {"translates": items["public"], "audience": "internal"}
    web.post("/faq/new", inside)
    web.logout()
    assert "Drucker" not in web.get(f"/faq/{items['public']}").text
    web.login("clara").get(f"/faq/new?translates={items['internal']}", status=404)
