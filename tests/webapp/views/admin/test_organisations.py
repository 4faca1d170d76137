"""Organisations are found, made, changed and put out of use; who belongs to them follows."""

from typing import Any

import pytest

from engine.people.models import Organisation

NEW = {"name": "Gartenbau Nord", "domain": "gartenbau.example", "active": "true"}


def named(web: Any, name: str) -> dict[str, Any]:
    def look(work: Any) -> dict[str, Any]:
        row = work.session.query(Organisation).filter_by(name=name).one()
        return {"id": row.id, "domain": row.domain, "internal": row.internal, "vip": row.vip,
                "active": row.active}  # fmt: skip

    found: dict[str, Any] = web.town.desk.read(look)
    return found


def belongs(web: Any, name: str) -> str:
    found: str = web.town.desk.read(
        lambda w: getattr(web.town.person(w, name).organisation, "name", "")
    )
    return found


def test_one_is_made_and_who_registers_from_its_domain_belongs_to_it(web: Any) -> None:
    from engine.commands.contacts import new_contact

    web.login("ada")
    web.post("/organisations/new", NEW | {"vip": "true"})
    made = named(web, "Gartenbau Nord")
    assert (made["domain"], made["internal"], made["vip"]) == ("gartenbau.example", False, True)
    web.town.desk.run(
        lambda w: new_contact(w, name="Rosa", email="rosa@gartenbau.example") and None
    )
    page = web.get(f"/organisations/{made['id']}").text
    assert "rosa@gartenbau.example" in page
    assert "Gartenbau Nord" in web.get("/organisations?q=GARTEN").text
    assert "Gartenbau Nord" not in web.get("/organisations?q=nowhere").text


def test_its_page_names_its_people_and_leads_to_its_tickets(web: Any) -> None:
    web.login("ada")
    one = named(web, "Example GmbH")
    page = web.get(f"/organisations/{one['id']}")
    assert "clara@example.org" in page.text
    assert "sam@example.net" not in page.text
    assert f"/tickets?q=org%3A{one['id']}" in page.text
    person = web.get("/people/new?organisation=Example GmbH").html
    chosen = person.select_one("#f-organisation option[selected]")
    assert chosen is not None
    assert chosen.text == "Example GmbH"


def test_out_of_use_it_is_offered_for_nobody_and_its_people_keep_it(web: Any) -> None:
    web.login("ada")
    one = named(web, "Example GmbH")
    web.post(f"/organisations/{one['id']}", {"name": "Example AG", "domain": one["domain"]})
    assert not named(web, "Example AG")["active"]
    offered = web.get("/people/new").html.select("#f-organisation option")
    assert "Example AG" not in [one.text for one in offered]
    clara = web.town.desk.read(lambda w: web.town.person(w, "clara").id)
    form = web.get(f"/people/{clara}").forms
    for number in form:
        if "company_view" in form[number].fields:
            form[number].submit()
            break
    assert belongs(web, "clara") == "Example AG"


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "example gmbh"), ("name", "x" * 201), ("domain", "gmail.com"),
     ("domain", "nothing"), ("domain", "a b.example"), ("domain", "EXAMPLE.ORG")],
)  # fmt: skip
def test_one_that_cannot_be_is_refused_at_its_field(web: Any, field: str, value: str) -> None:
    web.login("ada")
    count = web.town.desk.read(lambda w: w.session.query(Organisation).count())
    answer = web.post("/organisations/new", NEW | {field: value}, status=422)
    assert answer.html.select_one(f"#f-{field}-error") is not None
    assert web.town.desk.read(lambda w: w.session.query(Organisation).count()) == count


def test_a_domain_that_is_taken_is_said_to_be_whose(web: Any) -> None:
    web.login("ada")
    answer = web.post("/organisations/new?language=en", NEW | {"domain": "example.org"}, status=422)
    assert "Example GmbH" in answer.html.select_one("#f-domain-error").text


def test_nobody_overwrites_unseen_what_somebody_else_saved(web: Any) -> None:
    web.login("ada")
    one = named(web, "Example GmbH")
    seen = web.get(f"/organisations/{one['id']}").html.select_one("[name=seen]")["value"]
    base = {"name": "Example GmbH", "active": "true"}
    web.post(f"/organisations/{one['id']}", base | {"domain": "first.example"})
    late = base | {"domain": "second.example", "seen": seen}
    answer = web.post(f"/organisations/{one['id']}", late, status=409)
    assert "first.example" in answer.text
    assert named(web, "Example GmbH")["domain"] == "first.example"


def test_only_admins_may_run_the_commands(web: Any) -> None:
    from engine.commands.organisations import change_organisation, create_organisation
    from engine.errors import NotAllowed

    desk = web.town.desk
    for name in ("olga", "agnes", "clara"):
        with pytest.raises(NotAllowed):
            desk.run(lambda w: create_organisation(w, NEW), web.town.actor(name))
        with pytest.raises(NotAllowed):
            desk.run(
                lambda w: change_organisation(w, w.session.query(Organisation).first(), NEW),
                web.town.actor(name),
            )


def test_a_change_is_written_down_with_what_stood_there_before(web: Any) -> None:
    from engine.audit.models import DeskEntry

    web.login("ada")
    one = named(web, "Sample Ltd")
    fields = {"name": "Sample Ltd", "domain": "example.net", "internal": "true", "active": "true"}
    web.post(f"/organisations/{one['id']}", fields)
    web.post(f"/organisations/{one['id']}", fields)
    said = web.town.desk.read(
        lambda w: [(e.what, e.detail) for e in w.session.query(DeskEntry) if e.actor == "Ada Vogt"]
    )
    assert [what for what, _ in said] == ["organisation changed"]
    assert said[0][1]["changed"]["internal"] == [False, True]


def test_people_are_taken_in_one_by_one_or_all_of_its_domain(web: Any) -> None:
    from engine.commands.contacts import new_contact

    def come(work: Any) -> None:
        for name in ("rosa", "otto"):
            new_contact(work, name=name, email=f"{name}@gartenbau.example")
        new_contact(work, name="eva", email="eva@nicht-gartenbau.example")

    web.town.desk.run(come)
    web.login("ada").post("/organisations/new", NEW)
    one = named(web, "Gartenbau Nord")["id"]
    assert "2 customers write from gartenbau.example" in web.get(
        f"/organisations/{one}?language=en"
    )
    web.post(f"/organisations/{one}/people", {"domain": "1"})
    assert [belongs(web, name) for name in ("rosa", "otto", "eva")] == ["Gartenbau Nord"] * 2 + [""]
    assert "Take them in" not in web.get(f"/organisations/{one}?language=en")
    web.post(f"/organisations/{one}/people", {"login": "EVA@nicht-gartenbau.example"})
    web.post(f"/organisations/{one}/people", {"login": "nobody@example.com"})
    assert belongs(web, "eva") == "Gartenbau Nord"


def test_nobody_is_taken_in_where_it_is_out_of_use(web: Any) -> None:
    web.login("ada")
    one = named(web, "Example GmbH")
    web.post(f"/organisations/{one['id']}", {"name": "Example GmbH"})
    web.post(f"/organisations/{one['id']}/people", {"login": "sam@example.net"}, status=400)
    assert belongs(web, "sam") == "Sample Ltd"


def test_before_one_becomes_a_vip_it_says_what_that_means_for_open_tickets(web: Any) -> None:
    from engine.commands.due import fire_timer
    from engine.timers.sweep import sweep

    number = web.town.report(sla="standard")
    web.login("ada")
    one = named(web, "Example GmbH")
    path = f"/organisations/{one['id']}?language=en"
    form = {"name": "Example GmbH", "domain": "example.org", "internal": "true", "active": "true"}
    asked = web.post(path, form | {"vip": "true"}, status=200)
    assert "1 open ticket would be due at another time" in asked.text
    assert number in asked.text
    assert asked.html.select_one("input[name=vip]").has_attr("checked")
    assert named(web, "Example GmbH")["vip"] is False
    sure = asked.html.select_one("input[name=sure]")["value"]
    other = form | {"vip": "true", "name": "Another GmbH", "sure": sure}
    assert "Nothing has been saved yet" in web.post(path, other, status=200).text
    web.post(path, form | {"vip": "true", "sure": sure})
    assert named(web, "Example GmbH")["vip"] is True
    sweep(web.town.desk, fire_timer)
    assert web.town.see(number, lambda w, t: t.sla.name) == "gold"
    history = web.login("agnes").get(f"/tickets/{number}?language=de").text
    assert "Example GmbH ist jetzt VIP" in history


def test_what_means_nothing_for_open_tickets_is_saved_at_once(web: Any) -> None:
    web.town.report(by="sam", sla="standard")
    web.login("ada")
    one = named(web, "Example GmbH")
    form = {"name": "Example GmbH", "domain": "example.org", "internal": "true", "active": "true"}
    web.post(f"/organisations/{one['id']}", form | {"vip": "true"})
    assert named(web, "Example GmbH")["vip"] is True
