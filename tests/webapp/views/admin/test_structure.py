"""Groups and queues are made and changed; what depends on them follows."""

from typing import Any

import pytest

from engine.audit.models import DeskEntry
from engine.catalogue.models import Queue, Service, Sla
from engine.commands.due import fire_timer
from engine.commands.tickets import change_ticket
from engine.people.models import Group
from engine.timers.sweep import sweep

QUEUE = {"name": "Printers", "parent": "Service Desk::Hardware", "group": "service desk",
         "process": "incident", "email": "print@example.com", "active": "true"}  # fmt: skip


def named(web: Any, name: str) -> dict[str, Any]:
    def look(work: Any) -> dict[str, Any]:
        row = work.session.query(Queue).filter_by(name=name).one()
        return {"id": row.id, "group": row.group.name, "parent": row.parent_id,
                "active": row.active, "email": row.email, "process": row.process_key}  # fmt: skip

    found: dict[str, Any] = web.town.desk.read(look)
    return found


def test_a_queue_is_made_below_another(web: Any) -> None:
    web.login("ada")
    web.post("/structure/queues/new", QUEUE)
    made = named(web, "Service Desk::Hardware::Printers")
    assert made["parent"] == named(web, "Service Desk::Hardware")["id"]
    assert (made["group"], made["email"], made["process"]) == (
        "service desk", "print@example.com", "incident")  # fmt: skip
    assert "Printers" in web.get("/structure").text


def test_queues_below_follow_the_name(web: Any) -> None:
    web.login("ada")
    queue = named(web, "Network")["id"]
    fields = {"name": "Networks", "group": "network", "follow_up": "reject", "active": "true"}
    web.post(f"/structure/queues/{queue}", fields)
    assert named(web, "Networks::VPN")["group"] == "network"


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "a::b"), ("name", "x" * 61), ("parent", "No such"), ("group", ""),
     ("group", "No such"), ("process", "none"), ("sla", "none"), ("email", "no address"),
     ("follow_up", "odd")],
)  # fmt: skip
def test_a_queue_that_cannot_be_is_refused(web: Any, field: str, value: str) -> None:
    web.login("ada")
    answer = web.post("/structure/queues/new", QUEUE | {field: value}, status=422)
    assert "error-summary" in answer.text
    count = web.town.desk.read(lambda w: w.session.query(Queue).count())
    assert count == 10


def test_a_queue_is_not_put_below_itself_nor_called_like_another(web: Any) -> None:
    web.login("ada")
    queue = named(web, "Network")["id"]
    base = {"name": "Network", "group": "network", "active": "true"}
    for parent in ("Network", "Network::VPN"):
        web.post(f"/structure/queues/{queue}", base | {"parent": parent}, status=422)
    web.post(f"/structure/queues/{queue}", base | {"name": "hr"}, status=422)
    assert named(web, "Network::VPN")["id"]


def test_groups_are_made_and_called_something_else(web: Any) -> None:
    from engine.audit.models import DeskEntry

    web.login("ada")
    web.post("/structure/groups/new", {"name": "printers"})
    group = web.town.desk.read(lambda w: w.session.query(Group).filter_by(name="printers").one().id)
    web.post(f"/structure/groups/{group}", {"name": "print team"})
    for name in ("", "HR", "x" * 121):
        web.post("/structure/groups/new", {"name": name}, status=422)
        web.post(f"/structure/groups/{group}", {"name": name}, status=422)
    names = web.town.desk.read(lambda w: {g.name for g in w.session.query(Group)})
    assert "print team" in names
    said = web.town.desk.read(
        lambda w: [
            e.what
            for e in w.session.query(DeskEntry).order_by(DeskEntry.id)
            if e.actor == "Ada Vogt"
        ]
    )
    assert said == ["group created", "group changed"]


def test_only_admins_may_run_the_commands(web: Any) -> None:
    from engine.commands.structure import change_group, create_group, create_queue
    from engine.errors import NotAllowed

    desk = web.town.desk
    for name in ("olga", "agnes", "clara"):
        with pytest.raises(NotAllowed):
            desk.run(lambda w: create_group(w, "x"), web.town.actor(name))
        with pytest.raises(NotAllowed):
            desk.run(lambda w: create_queue(w, QUEUE), web.town.actor(name))
        with pytest.raises(NotAllowed):
            desk.run(
                lambda w: change_group(w, w.session.query(Group).first(), "x"),
                web.town.actor(name),
            )
    assert desk.read(lambda w: w.session.query(Queue).count()) == 10


def test_what_is_in_force_is_read_with_where_it_is_changed(web: Any) -> None:
    page = web.login("ada").get("/structure/in-force?language=en").text
    for shown in ("closed successful", "Workplace", "3 normal", "vorgang publish rules/"):
        assert shown in page
    german = web.get("/structure/in-force?language=de").text
    assert "Zustände" in german
    assert "closed successful" not in german
    assert "/structure/in-force" in web.get("/structure").text


def test_a_group_names_who_works_there_and_its_queues(web: Any) -> None:
    web.login("ada")
    found = web.town.desk.read(
        lambda w: w.session.query(Group).filter_by(name="complaints").one().id
    )
    page = web.get(f"/structure/groups/{found}?language=en").html
    people = page.select_one("section[aria-labelledby=people]").text
    assert "Olga Brandt" in people
    assert "everything" in people
    assert "move into" in people
    assert "Bruno Keller" not in people
    queues = page.select_one("section[aria-labelledby=queues]").text
    assert "Complaints" in queues
    assert "Network" not in queues


def test_who_leads_a_group_is_said_on_its_page(web: Any) -> None:
    web.login("ada")
    found = web.town.desk.read(lambda w: w.session.query(Group).filter_by(name="network").one().id)
    address = f"/structure/groups/{found}"
    page = web.get(f"{address}?language=en").html
    offered = {one["value"] for one in page.select("#f-leads-field input")}
    assert {"agnes@example.com", "ada@example.com"} <= offered
    assert "olga@example.com" not in offered
    seen = page.select_one("input[name=seen]")["value"]
    web.post(address, [("name", "network"), ("lead", "agnes@example.com"), ("seen", seen)])
    page = web.get(f"{address}?language=de").html
    chosen = [one["value"] for one in page.select("#f-leads-field input[checked]")]
    assert chosen == ["agnes@example.com"]
    assert "leitet" in page.select_one("section[aria-labelledby=people]").text
    refused = web.post(address, {"name": "network", "lead": "clara@example.org"}, status=422)
    assert "Bitte wählen Sie" in refused.text
    overtaken = web.post(address, {"name": "network", "seen": seen}, status=409)
    assert "agnes@example.com" in overtaken.text
    web.post(address, {"name": "network"})
    assert not web.get(address).html.select("#f-leads-field input[checked]")


def service(web: Any, name: str = "E-mail") -> dict[str, Any]:
    def look(work: Any) -> dict[str, Any]:
        row = work.session.query(Service).filter_by(name=name).one()
        sla = work.session.get(Sla, row.sla_id) if row.sla_id else None
        return {"id": row.id, "sla": sla.name if sla else ""}

    found: dict[str, Any] = web.town.desk.read(look)
    return found


def confirm(page: Any) -> Any:
    """Press the button of the form that says what it would mean."""
    form = next(form for form in page.forms.values() if "seen" in form.fields)
    assert form["sure"].value
    return form.submit(status=303)


def promised(web: Any, number: str) -> tuple[str, Any]:
    found: tuple[str, Any] = web.town.see(
        number, lambda w, t: (t.sla.name if t.sla else "", t.due_at)
    )
    return found


def test_the_sla_of_a_service_is_changed_after_what_it_means_was_told(web: Any) -> None:
    mail = {"title": "Nothing arrives", "type": None, "queue": "HR", "service": "E-mail"}
    number = web.town.report(**mail, sla=None)
    given = web.town.report(**mail, sla="standard")
    other = web.town.report(**mail | {"service": "Network access"}, sla=None)
    before = {one: promised(web, one) for one in (number, given, other)}
    assert before[number][0] != "gold"
    web.login("ada")
    path = f"/structure/services/{service(web)['id']}"
    assert path in [a["href"] for a in web.get("/structure?language=en").html.select("a[href]")]
    page = web.post(path, {"sla": "gold"}, status=200)
    assert "1 open ticket would be due at another time" in page.text
    assert "of 1 that is concerned" in page.text
    assert number in page.text
    assert given not in page.text
    assert service(web)["sla"] == ""
    assert promised(web, number) == before[number]
    confirm(page)
    sweep(web.town.desk, fire_timer)
    assert service(web)["sla"] == "gold"
    assert promised(web, number)[0] == "gold"
    assert {one: promised(web, one) for one in (given, other)} == {
        one: before[one] for one in (given, other)
    }
    assert path in [a["href"] for a in web.get("/slas/gold").html.select("dl a")]
    logged = web.town.desk.read(
        lambda w: [row.detail for row in w.session.query(DeskEntry).filter_by(
            what="service changed")]
    )  # fmt: skip
    assert logged == [{"name": "E-mail", "changed": {"sla": ["", "gold"]}}]
    confirm(web.post(path, {"sla": ""}, status=200))
    sweep(web.town.desk, fire_timer)
    assert promised(web, number)[0] == before[number][0]


def test_a_service_takes_no_sla_that_is_none_and_only_from_admins(web: Any) -> None:
    path = f"/structure/services/{service(web)['id']}"
    for name, status in (("agnes", "4*"), ("olga", "4*"), ("clara", 404)):
        web.login(name)
        web.get(path, status=status)
        web.post(path, {"sla": "gold"}, status="4*")
    web.login("ada")
    for odd in ("none", "<script>", "x" * 500, "a\x00b"):
        page = web.post(f"{path}?language=en", {"sla": odd}, status=422).html
        assert page.select_one(".error-summary a[href='#f-sla']").text.startswith("SLA: ")
    web.post(path, {"sla": ""})
    web.get("/structure/services/999999999999", status=404)
    assert service(web)["sla"] == ""
    seen = web.get(path).html.select_one("[name=seen]")["value"]
    web.post(path, {"sla": "gold", "seen": seen})
    late = web.post(path, {"sla": "standard", "seen": seen}, status=409)
    assert "gold" in late.html.select_one(".notice.warn").text.lower()
    assert service(web)["sla"] == "gold"


def test_the_sla_of_a_queue_is_changed_after_what_it_means_was_told(web: Any) -> None:
    number = web.town.report(queue="HR", type=None, sla=None)
    web.town.do("ada", number, lambda w, t: change_ticket(w, t, {"queue": "HR"}) and None)
    web.login("ada")
    path = f"/structure/queues/{named(web, 'HR')['id']}"
    form = next(one for one in web.get(path).forms.values() if "seen" in one.fields)
    form["sla"] = "gold"
    page = form.submit(status=200)
    assert "1 open ticket would be due at another time" in page.text
    assert promised(web, number)[0] != "gold"
    confirm(page)
    sweep(web.town.desk, fire_timer)
    assert promised(web, number)[0] == "gold"
