"""Admins make and change people, and cannot take the last admin away."""

from typing import Any

import pytest

WHOLE = {"name": "Nina Neu", "login": "nina@example.com", "language": "de", "active": "true"}


def roles_of(web: Any, name: str) -> set[str]:
    return set(web.town.desk.read(lambda w: web.town.person(w, name).roles))


def id_of(web: Any, name: str) -> int:
    found: int = web.town.desk.read(lambda w: web.town.person(w, name).id)
    return found


def form_of(web: Any, who: str, /, **changes: Any) -> list[tuple[str, Any]]:
    """What the browser would send of this person's page, with changes."""
    form = web.get(f"/people/{id_of(web, who)}").forms
    page = next(f for f in form.values() if "language" in f.fields)
    pairs = [(k, v) for k, v in page.submit_fields() if k != "csrf_token" and k not in changes]
    for key, value in changes.items():
        values = value if isinstance(value, list) else [value]
        pairs += [(key, one) for one in values if one is not None]
    return pairs


def test_a_person_is_made_with_roles_permissions_and_a_link(web: Any) -> None:
    from engine.outbox.models import OutboxRow
    from engine.people.directory import permissions_of

    web.login("ada")
    fields = [
        *WHOLE.items(),
        ("roles", "agent"),
        ("group:network", "ro"),
        ("group:network", "note"),
    ]
    answer = web.post("/people/new", fields)
    assert answer.headers["Location"].endswith(f"/people/{id_of(web, 'nina')}")
    assert roles_of(web, "nina") == {"agent"}
    given = web.town.desk.read(lambda w: permissions_of(w.session, id_of(web, "nina")))
    assert given == {"network": {"ro", "note"}}
    topics = web.town.desk.read(lambda w: [r.topic for r in w.session.query(OutboxRow)])
    assert "link" in topics


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("login", ""), ("login", "CLARA@example.org"), ("login", "a b@example.org"),
     ("language", "xx"), ("manager", "nobody@example.org"), ("organisation", "No such"),
     ("phone", "1" * 41), ("roles", "")],
)  # fmt: skip
def test_what_is_wrong_is_said_and_what_was_typed_stays(web: Any, field: str, value: str) -> None:
    web.login("ada")
    fields = WHOLE | {"roles": "agent", "name": "Nina <b>Neu</b>"} | {field: value}
    answer = web.post("/people/new", fields, status=422)
    assert "error-summary" in answer.text
    if field != "name":
        assert "Nina &lt;b&gt;Neu&lt;/b&gt;" in answer.text


def test_a_change_is_saved_and_unknown_fields_are_ignored(web: Any) -> None:
    web.login("ada")
    fields = form_of(web, "clara", name="Clara Neu", vip="true", mobile="+49170999")
    fields += [("password_hash", "canary"), ("login", "other@example.org"), ("id", "1")]
    web.post(f"/people/{id_of(web, 'clara')}", fields)

    def look(work: Any) -> tuple[Any, ...]:
        person = web.town.person(work, "clara")
        return (person.name, person.vip, person.login, person.organisation.name,
                person.manager.name, person.password_hash == "canary")  # fmt: skip

    expected = ("Clara Neu", True, "clara@example.org", "Example GmbH", "Max Lang", False)
    assert web.town.desk.read(look) == expected


def test_nobody_can_lock_everybody_out(web: Any) -> None:
    web.login("ada")
    path = f"/people/{id_of(web, 'ada')}"
    for change in ({"roles": ["agent"]}, {"active": None}):
        answer = web.post(path, form_of(web, "ada", **change), status=422)
        assert "last admin" in answer.text
        assert "admin" in roles_of(web, "ada")
    web.post(f"/people/{id_of(web, 'olga')}", form_of(web, "olga", roles=["owner", "admin"]))
    web.post(path, form_of(web, "ada", roles=["agent"]))
    assert roles_of(web, "ada") == {"agent"}
    assert web.get("/people", status=404).status_int == 404


def test_who_is_disabled_is_out_at_once(web: Any) -> None:
    from engine.commands.people import open_session, session_person

    desk = web.town.desk
    key = desk.run(lambda w: open_session(w, web.town.person(w, "agnes")))
    web.login("ada")
    web.post(f"/people/{id_of(web, 'agnes')}", form_of(web, "agnes", active=None))
    assert desk.read(lambda w: session_person(w.session, key, w.now)) is None


def test_a_link_is_sent_and_not_shown(web: Any) -> None:
    web.login("ada")
    answer = web.post(f"/people/{id_of(web, 'clara')}/password-link")
    page = web.get(answer.headers["Location"])
    assert "Clara Huber" in page.text
    assert "/password/" not in page.text


def test_people_are_found_by_name_address_and_company(web: Any) -> None:
    web.login("ada")
    for text, found in (("hub", "Clara Huber"), ("SAM@", "Sam Carter"), ("gmbh", "Max Lang")):
        page = web.get(f"/people?q={text}")
        assert found in page.text
        assert "Bruno Keller" not in page.text
    assert "Nobody found" in web.get("/people?q=%25").text
    assert "Olga Brandt" in web.get("/people?role=owner").text
    for odd in ("page=-1", "page=99999", "page=x", "role=x", "q=" + "x" * 5000):
        assert web.get(f"/people?{odd}").status_int == 200


def test_skills_are_written_line_by_line_and_seen_by_whom_they_are_about(web: Any) -> None:
    who = id_of(web, "agnes")
    web.login("ada")
    web.post(f"/people/{who}/skills", {"skills": "Polish\n\n <b>SAP</b> \n"})
    assert "&lt;b&gt;SAP&lt;/b&gt;" in web.get(f"/people/{who}").text
    wrong = web.post(f"/people/{who}/skills", {"skills": "x" * 61}, status=422).text
    assert "x" * 61 in wrong
    assert "f-skills-error" in wrong
    web.post(f"/people/{id_of(web, 'clara')}/skills", {"skills": "Polish"}, status=422)
    web.login("agnes")
    assert "Polish" in web.get("/settings").text
    web.post(f"/people/{who}/skills", {"skills": "root"}, status=404)
