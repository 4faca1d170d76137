"""Z: who may see and do what, asked at every door: pages, API and the commands behind them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from engine.audit.models import HistoryEntry
from engine.channels.inbound import Inbound
from engine.commands import articles, incidents, pending, steps, tickets
from engine.commands.faq import retire_item, save_item
from engine.commands.intake import deliver as take_in
from engine.commands.merge import merge_tickets
from engine.commands.people import change_person, create_person, make_token
from engine.commands.reclassify import reclassify
from engine.commands.tickets import NewTicket, create_ticket
from engine.errors import Conflict, NotAllowed, NotFound
from engine.people.models import ApiToken
from engine.tickets import queries
from engine.tickets.access import ticket_for, visible
from engine.tickets.flow import WorkItem
from engine.tickets.models import Article, Attachment, Ticket
from engine.tickets.requests import as_customer
from engine.work import SYSTEM
from webapp.api import ROUTES as API_ROUTES
from webapp.routes import ROUTES

pytestmark = pytest.mark.both_databases

TRIAGE = {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"}
EVERYBODY = {
    "home", "alive", "login", "logout", "register", "forgot", "password", "language", "theme",
    "unsubscribe",
    "faq", "hooks.sms", "hooks.sms_twilio",
}  # fmt: skip
CUSTOMERS = EVERYBODY | {
    "settings", "settings.password", "settings.tokens", "settings.sessions", "settings.notices",
    "drafts",
    "requests", "requests.all", "offers", "offers.suggest", "offers.one", "offers.ask",
}  # fmt: skip
AGENTS = CUSTOMERS | {
    "escalations", "escalations.live", "escalations.export", "escalations.kept",
    "today", "today.live", "tasks", "reminders", "queues", "tickets", "tickets.new",
    "tickets.new_ask",
    "tickets.bulk", "tickets.export", "tickets.views", "tickets.suggest", "steps.bulk",
    "options.people", "options.agents", "options.queues", "settings.away",
    "notifications", "notifications.live", "notifications.read",
    "faq.options", "faq.new", "faq.item", "faq.edit", "faq.retire", "faq.helped",
}  # fmt: skip


@pytest.fixture
def target(town):
    """A ticket of clara's with everything on it that has an id of its own, as a dict of ids."""
    file = articles.NewFile("plan.txt", "text/plain", b"secret plan")
    number = town.report(files=[file])
    owner = town.actor("clara")
    town.desk.run(lambda w: make_token(w, town.person(w, "clara"), "hers")[1], owner)
    internal = {"title": "Internal", "solution": "x", "language": "en", "audience": "internal"}

    def ids(work):
        item = save_item(work, **internal)
        work.session.flush()
        return {
            "number": number,
            "item": work.session.scalars(select(WorkItem.id)).first(),
            "files.attachment": work.session.scalars(select(Attachment.id)).one(),
            "articles": work.session.scalars(select(Article.id).order_by(Article.id)).first(),
            "token": work.session.scalars(select(ApiToken.id)).one(),
            "faq": item.id,
        }

    return town.desk.run(ids)


def address(name, pattern, ids):
    """The address of a route with the ids of somebody else's things in it."""
    own = {"files.attachment": "files.attachment", "settings.token": "token"}
    kind = own.get(name, "articles" if name.startswith("files.") else name.split(".")[0])
    values = {"number": ids["number"], "item": ids["item"], "id": ids.get(kind, 1), "incident": 1}
    return re.sub(r"\{(\w+)(?::[^}]*)?\}", lambda m: str(values.get(m[1], "incident")), pattern)


def masked(response, path, town):
    """What an answer says, without what differs from request to request."""
    text = re.sub(r"[0-9A-Za-z_-]{40,}", "KEY", response.text)
    text = text.replace(' aria-current="page"', "")  # the rail goes by the address alone
    return response.status_int, text.replace(path, "PATH"), response.headers.get("Location")


@pytest.mark.parametrize(("who", "allowed"), [("sam", CUSTOMERS), ("bruno", AGENTS)])
def test_z1_every_address_answers_the_wrong_person_as_if_nothing_were_there(
    web, town, target, who, allowed
):
    web.login(who)
    nothing = {
        "GET": masked(web.get("/no-such-page", status=404), "/no-such-page", town),
        "POST": masked(web.post("/no-such-page", status=404), "/no-such-page", town),
    }
    before = history(town)
    wrong = []
    for name, pattern in ROUTES:
        if name in allowed:
            continue
        path = address(name, pattern, target)
        for method in ("GET", "POST"):
            ask = web.get if method == "GET" else web.post
            said = masked(ask(path, status="*"), path, town)
            if said != nothing[method]:
                wrong.append((method, name, said[0], said[2]))
    assert wrong == []
    assert history(town) == before


@pytest.mark.parametrize("who", ["sam", "bruno"])
def test_z1_every_address_of_the_api_answers_foreign_things_as_absent_ones(api, town, target, who):
    absent = target | {"number": "9" * len(target["number"]), "item": 999_999, "file": 999_999}
    target["file"] = target["files.attachment"]
    bodies = {
        "/tickets/{number}": {"version": 1, "priority": 5},
        "/tickets/{number}/articles": {"kind": "note" if who == "bruno" else "answer", "body": "x"},
        "/tasks/{id}/complete": {"answers": {}},
    }
    asked = [(p, m) for _, p in API_ROUTES for m in ("GET", "POST", "PATCH")]
    if who == "bruno":  # agents read all of the FAQ
        asked = [(p, m) for p, m in asked if not p.startswith("/faq")]
    wrong = []
    count = 0
    for pattern, method in asked:
        if "{" not in pattern:
            continue
        said = []
        for ids in (target, absent):
            key = {"/tasks": "item", "/faq": "faq"}.get("/" + pattern.split("/")[1], "file")
            number = 999_999 if ids is absent and key == "faq" else ids[key]
            path = pattern.replace("{number}", ids["number"]).replace("{id}", str(number))
            answer = api.ask(method, who, path, bodies.get(pattern))
            said.append((answer.status_int, answer.text.replace(path, "PATH")))
        count += said[0][0] == 404 and "about:blank" in said[0][1]
        if said[0] != said[1] or said[0][0] < 400:
            wrong.append((method, pattern, said))
    assert wrong == []
    assert count >= 8


def history(town):
    return town.desk.read(lambda w: w.session.scalar(select(func.count(HistoryEntry.id))))


def reader(town):
    """An agent who may read the tickets of the network and do nothing with them."""

    def command(work):
        create_person(
            work, login="rita@example.com", name="Rita", roles=["agent"],
            groups={"network": ["ro"], "service desk": ["ro"]},
        )  # fmt: skip

    town.desk.run(command)


def first_item(work, ticket):
    return queries.open_items(work.session, ticket)[0]


def agnes_row(work):
    from engine.people.queries import person_by_login

    return person_by_login(work.session, "agnes@example.com")


def first_incident(work, ticket):
    from engine.tickets.flow import Incident

    instance = queries.instance_of(work.session, ticket)
    return Incident(
        ticket_id=ticket.id, ticket=ticket, instance_id=instance.id, step_id="work", task_id="x",
        message="broke", at=work.now,
    )  # fmt: skip


VERBS = {
    "claim": lambda w, t: steps.claim(w, first_item(w, t)),
    "unclaim": lambda w, t: steps.unclaim(w, first_item(w, t)),
    "hand over": lambda w, t: steps.hand_over(w, first_item(w, t), agnes_row(w)),
    "save draft": lambda w, t: steps.save_draft(w, first_item(w, t), {"queue": "HR"}),
    "complete": lambda w, t: steps.complete_step(w, first_item(w, t), TRIAGE),
    "reply": lambda w, t: articles.reply(w, t, "hello"),
    "note": lambda w, t: articles.add_note(w, t, "hello"),
    "forward": lambda w, t: articles.forward(w, t, "x@example.net", "look"),
    "move": lambda w, t: tickets.change_ticket(w, t, {"queue": "Network"}),
    "own": lambda w, t: tickets.change_ticket(w, t, {"owner": w.actor.id}),
    "priority": lambda w, t: tickets.change_ticket(w, t, {"priority": 5}),
    "title": lambda w, t: tickets.change_ticket(w, t, {"title": "mine"}),
    "customer": lambda w, t: tickets.change_ticket(w, t, {"customer": w.actor.id}),
    "close": lambda w, t: tickets.close_ticket(w, t),
    "close by state": lambda w, t: tickets.change_ticket(w, t, {"state": "closed successful"}),
    "reopen": lambda w, t: tickets.reopen_ticket(w, t),
    "merge": lambda w, t: merge_tickets(w, t, t),
    "pending": lambda w, t: pending.set_pending(w, t, w.now + timedelta(days=1)),
    "reclassify": lambda w, t: reclassify(w, t, "question"),
    "link": lambda w, t: tickets.link_tickets(w, t, t),
}


@pytest.mark.parametrize("verb", VERBS)
def test_z3_a_read_only_agent_changes_nothing(town, verb):
    number = town.report()
    reader(town)
    before = history(town)
    with pytest.raises(NotAllowed):
        town.do("rita", number, lambda w, t: VERBS[verb](w, t) and None)
    assert history(town) == before


@pytest.mark.parametrize("verb", [v for v in VERBS if v != "reopen"])
def test_z3_a_customer_does_nothing_of_an_agent_even_on_an_own_ticket(town, verb):
    number = town.report()
    with pytest.raises(NotAllowed):
        town.do("clara", number, lambda w, t: VERBS[verb](w, t) and None)
    assert town.see(number, lambda w, t: t.state.ended) is False


@pytest.mark.parametrize("verb", [v for v in VERBS if v != "merge"])
@pytest.mark.parametrize("who", ["sam", "bruno"])
def test_z3_who_does_not_see_a_ticket_cannot_act_even_with_the_row_in_hand(town, who, verb):
    number = town.report()

    def command(work):
        VERBS[verb](work, work.session.scalars(select(Ticket).where(Ticket.number == number)).one())

    with pytest.raises((NotFound, NotAllowed)):
        town.desk.run(command, town.actor(who))


def test_z3_a_failed_step_is_tried_again_only_by_who_may_work_on_it(town):
    number = town.report()
    reader(town)
    for who, error in (("rita", NotAllowed), ("clara", NotAllowed)):
        with pytest.raises(error):
            town.do(who, number, lambda w, t: incidents.retry(w, first_incident(w, t)))


def test_z3_the_pages_of_a_read_only_agent_write_nothing(web, town):
    number = town.report()
    reader(town)
    item = town.see(number, lambda w, t: first_item(w, t).id)
    web.login("rita").get(f"/tickets/{number}")
    before = history(town)
    for path, fields in {
        "reply": {"kind": "reply", "body": "x"},
        "note": {"body": "x"},
        "forward": {"body": "x", "address": "a@example.net"},
        "change": {"priority": "5 very high"},
        "close": {},
        "reopen": {},
        "merge": {"target": number},
        "pending": {"quick": "hour"},
        "reclassify": {"type": "question"},
        "tags": {"add": "x"},
        "link": {"target": number},
    }.items():
        web.post(f"/tickets/{number}/{path}", fields, status=403)
    for verb in ("claim", "unclaim", "complete"):
        status = 422 if verb == "complete" else 403
        web.post(f"/steps/{item}/{verb}", {}, status=status)
    web.post(f"/steps/{item}/hand-over", {"person": "agnes@example.com"}, status=403)
    web.post(f"/steps/{item}/draft", {"draft": '{"a": "b"}'}, status=403)
    web.post("/tickets/bulk", [("do", "close"), ("sure", "1"), ("select", number)])
    assert history(town) == before


def test_z3_a_finished_step_belongs_to_nobody_any_more(town):
    number = town.report()
    town.complete("agnes", number, "triage", TRIAGE)

    def done(work, ticket):
        query = select(WorkItem).where(WorkItem.ticket_id == ticket.id, WorkItem.status == "done")
        return work.session.scalars(query).one()

    for verb in (
        lambda w, t: steps.claim(w, done(w, t)),
        lambda w, t: steps.unclaim(w, done(w, t)),
        lambda w, t: steps.hand_over(w, done(w, t), agnes_row(w)),
        lambda w, t: steps.save_draft(w, done(w, t), {"impact": "x"}),
        lambda w, t: steps.complete_step(w, done(w, t), TRIAGE),
    ):
        with pytest.raises(Conflict):
            town.do("agnes", number, verb)


def test_z3_a_manager_decides_once(town):
    number = town.report(type="service request", title="A chair")
    town.complete("max", number, "decide", {"decision": "approved"})

    def again(work, ticket):
        query = select(WorkItem).where(WorkItem.ticket_id == ticket.id, WorkItem.status == "done")
        item = next(i for i in work.session.scalars(query) if i.step_id.endswith("decide"))
        steps.complete_step(work, item, {"decision": "refused"})

    with pytest.raises(Conflict):
        town.do("max", number, again)
    for verb in (tickets.reopen_ticket, lambda w, t: articles.customer_answer(w, t, "wait")):
        with pytest.raises(NotAllowed):
            town.do("max", number, verb)


def test_z1_what_one_did_as_an_agent_shows_nothing_to_the_customer_one_is_later(town):
    number = town.report()
    town.complete("agnes", number, "triage", TRIAGE)
    seen = lambda w: w.session.scalar(  # noqa: E731
        select(Ticket.number).where(Ticket.number == number, visible(as_customer(w).actor))
    )
    assert town.desk.read(seen, town.actor("agnes")) is None
    town.desk.run(
        lambda w: change_person(w, town.person(w, "agnes"), {"roles": ["customer"]}),
        town.actor("ada"),
    )
    with pytest.raises(NotFound):
        town.do("agnes", number, lambda w, t: None)


def test_z1_colleagues_see_each_others_tickets_only_where_the_company_view_is_on(town):
    number = town.report(by="clara")
    with pytest.raises(NotFound):
        town.do("max", number, lambda w, t: None)
    town.desk.run(lambda w: setattr(town.person(w, "max"), "company_view", True))
    town.desk.run(lambda w: setattr(town.person(w, "sam"), "company_view", True))
    assert town.do("max", number, lambda w, t: t.number) == number
    with pytest.raises(NotFound):
        town.do("sam", number, lambda w, t: None)


def test_z1_people_without_a_company_are_nobodys_colleagues(town):
    for name in ("eva", "udo"):
        more = {"login": f"{name}@gmail.com", "name": name, "roles": ["customer"]}
        town.desk.run(lambda w, m=more: create_person(w, **m, company_view=True) and None)
    number = town.report(by="eva")
    with pytest.raises(NotFound):
        town.do("udo", number, lambda w, t: None)


def test_z1_a_foreign_ticket_cannot_be_linked_or_merged_into(town):
    mine = town.report(queue="Network")
    theirs = town.desk.run(
        lambda w: create_ticket(w, NewTicket("Pay rise", "x", "web", queue="HR")).number, SYSTEM
    )

    def both(verb):
        def command(work):
            foreign = work.session.scalars(select(Ticket).where(Ticket.number == theirs)).one()
            verb(work, ticket_for(work, mine), foreign)

        return command

    for verb in (tickets.link_tickets, merge_tickets):
        with pytest.raises((NotFound, NotAllowed)):
            town.desk.run(both(verb), town.actor("agnes"))


SECRETS = ("internal-canary", "vendor-canary", "stranger-canary", "Ada Vogt", "draft-canary")


def test_z2_the_customer_reads_nothing_that_is_ours(web, api, town):
    number = town.report()
    town.do("ada", number, lambda w, t: articles.add_note(w, t, "internal-canary") and None)
    town.do(
        "agnes", number,
        lambda w, t: articles.forward(w, t, "vendor@maker.example", "vendor-canary") and None,
    )  # fmt: skip
    town.do("agnes", number, lambda w, t: articles.reply(w, t, "we look into it") and None)
    for sender in ("vendor@maker.example", "eve@evil.example"):
        inbound = Inbound(
            "email", f"<{sender}>", sender=sender, raw=sender.encode(),
            subject=f"[Ticket#{number}]", text="vendor-canary stranger-canary",
        )  # fmt: skip
        assert take_in(town.desk, inbound).ticket == number
    town.do(
        "agnes", number,
        lambda w, t: steps.save_draft(w, first_item(w, t), {"impact": "draft-canary"}),
    )  # fmt: skip
    web.login("clara")
    pages = [
        web.get(f"/requests/{number}"),
        web.get(f"/requests/{number}/live"),
        web.get("/requests"),
    ]
    pages += [api.ask("GET", "clara", f"/tickets/{number}{more}") for more in ("", "/articles")]
    texts = [page.text for page in pages if page.status_int == 200]
    assert len(texts) == 5
    assert any("we look into it" in text for text in texts)
    assert [s for s in SECRETS if any(s in text for text in texts)] == []


def test_z5_a_form_sets_only_what_it_shows(web, town):
    web.login("clara")
    fields = {"name": "Clara H", "language": "de", "zone": "Europe/Berlin", "theme": ""}
    extra = {"roles": "admin", "active": "", "vip": "true", "company_view": "true", "login": "ada"}
    web.post("/settings", fields | extra)

    def now(work):
        row = town.person(work, "clara")
        return row.name, row.roles, row.vip, row.company_view, row.active

    assert town.desk.read(now) == ("Clara H", frozenset({"customer"}), False, False, True)


def test_z7_only_agents_write_the_faq_and_nobody_else_takes_it_out(town):
    values = {"title": "T", "solution": "S", "language": "en", "audience": "public"}
    made = town.desk.run(lambda w: save_item(w, **values).id)
    with pytest.raises(NotAllowed):
        town.desk.run(lambda w: save_item(w, **values) and None, town.actor("clara"))

    def retire(work):
        from engine.faq.models import FaqItem

        retire_item(work, work.session.get_one(FaqItem, made))

    with pytest.raises(NotAllowed):
        town.desk.run(retire, town.actor("clara"))


@pytest.mark.parametrize("number", ["1", "0" * 300, "20260302100000018", "%D9%A3%D9%A3"])
def test_s10_a_number_alone_opens_nothing(web, town, number):
    town.report()
    web.login("sam").get(f"/requests/{number}", status=404)
    assert web.get(f"/tickets/{number}", status=404).status_int == 404
