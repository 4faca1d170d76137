"""One's own account: own data and nothing else, passwords, browsers, keys."""

from __future__ import annotations

import re

from engine.commands.people import make_token, open_session, session_person, token_person
from tests.town import PASSWORD
from webapp.security import LOGIN_COOKIE

FRESH = "a sentence to remember"
OWN = {"name": "Clara H.", "language": "en", "zone": "Europe/London", "theme": "dark"}


def test_own_data_is_saved_and_nothing_else(web) -> None:
    web.login("clara")
    extra = {"login": "x", "roles": "admin", "vip": "1", "company_view": "1", "active": ""}
    web.post("/settings", OWN | extra)

    def ask(work):
        p = web.town.person(work, "clara")
        return p.name, p.language, p.zone, p.theme, p.vip, p.company_view, p.active, set(p.roles)

    expected = ("Clara H.", "en", "Europe/London", "dark", False, False, True, {"customer"})
    assert web.town.desk.read(ask) == expected
    assert 'lang="en"' in web.get("/settings")


def test_a_browser_lets_the_look_of_the_system_be_saved(web) -> None:
    """Where a choice is required, browsers send no form in which the empty one is chosen."""
    page = web.login("clara").get("/settings").text
    selects = dict(re.findall(r'<select [^>]*name="(\w+)"([^>]*)>', page))
    assert "required" in selects["language"]
    assert "required" not in selects["theme"]


def test_what_does_not_exist_is_refused_and_typed_text_kept(web) -> None:
    web.login("clara")
    for wrong in ({"zone": "Mars/Base"}, {"language": "xx"}, {"theme": "pink"}, {"name": " "}):
        web.post("/settings", OWN | wrong, status=422)
    page = web.post("/settings", OWN | {"name": "<i>N", "zone": "../../etc"}, status=422)
    assert "&lt;i&gt;N" in page


def test_a_new_password_ends_all_other_sessions(web) -> None:
    other = web.town.desk.run(lambda w: open_session(w, web.town.person(w, "clara")))
    web.login("clara")
    fields = {"current": "wrong password", "password": FRESH, "again": FRESH}
    web.post("/settings/password", fields, status=422)
    web.post("/settings/password", fields | {"current": PASSWORD})
    assert web.get("/settings").status_int == 200
    desk = web.town.desk
    assert desk.read(lambda w: session_person(w.session, other, w.now)) is None


def test_the_current_password_is_not_guessed_here(web) -> None:
    web.login("clara")
    fields = {"current": "wrong password", "password": FRESH, "again": FRESH}
    for _ in range(web.town.desk.settings.login_tries):
        web.post("/settings/password", fields, status=422)
    web.post("/settings/password", fields | {"current": PASSWORD}, status=422)
    assert web.get("/settings").status_int == 200


def test_other_browsers_are_logged_out(web) -> None:
    other = web.town.desk.run(lambda w: open_session(w, web.town.person(w, "clara")))
    web.login("clara").post("/settings/sessions/end")
    web.get("/settings")
    assert web.town.desk.read(lambda w: session_person(w.session, other, w.now)) is None
    assert web.app.cookies[LOGIN_COOKIE] != other


def test_a_key_is_shown_once_and_can_be_revoked(web) -> None:
    import re

    web.login("clara")
    page = web.post("/settings/tokens", {"label": "<b>script</b>"}, status=200).text
    token = re.search(r'fresh-key">([^<]+)<', page).group(1)
    later = web.get("/settings").text
    assert token not in later
    assert "&lt;b&gt;script" in later
    desk = web.town.desk
    assert desk.read(lambda w: token_person(w.session, token, w.now)).login == "clara@example.org"
    web.post(re.search(r'action="(/settings/tokens/\d+/revoke)"', later).group(1))
    assert desk.read(lambda w: token_person(w.session, token, w.now)) is None


def test_somebody_elses_key_is_not_there(web) -> None:
    actor = web.town.actor("max")
    command = lambda w: make_token(w, web.town.person(w, "max"), "his")[0].id  # noqa: E731
    key = web.town.desk.run(command, actor)
    web.login("clara").post(f"/settings/tokens/{key}/revoke", status=404)
    assert "his" in web.login("max").get("/settings")


def test_keys_of_one_letter_can_be_switched_off(web) -> None:
    web.login("agnes")
    assert "data-letters" not in web.get("/today")
    web.post("/settings", OWN | {"letters": "off"})
    assert 'data-letters="off"' in web.get("/today")
    web.post("/settings", OWN | {"letters": "on"})
    assert "data-letters" not in web.get("/today")


def test_agents_say_when_they_are_away_and_admins_of_others(web) -> None:
    days = {"first_day": "2026-07-01", "last_day": "2026-07-14", "substitute": "ada@example.com"}
    web.login("agnes")
    web.post("/settings/away", days)
    page = web.get("/settings").text
    assert 'value="2026-07-14"' in page
    assert re.search(r'value="ada@example.com" selected', page)
    wrong = web.post("/settings/away", days | {"last_day": "2026-06-01"}, status=422).text
    assert 'value="2026-06-01"' in wrong
    assert 'id="f-last_day-error"' in wrong
    who = web.town.desk.read(lambda w: web.town.person(w, "agnes").id)
    web.login("ada")
    assert 'value="2026-07-14"' in web.get(f"/people/{who}").text
    web.post(f"/people/{who}/away", days | {"substitute": "clara@example.org"}, status=422)
    web.post(f"/people/{who}/away", days | {"back": "true"})
    assert 'value="2026-07-14"' not in web.get(f"/people/{who}").text
    web.login("clara")
    web.post("/settings/away", days, status=404)
