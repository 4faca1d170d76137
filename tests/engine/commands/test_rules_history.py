"""The past of a ticket is told to rules as it was: each event with what it found."""

from __future__ import annotations

from sqlalchemy import event, select

from engine.catalogue.models import Queue
from engine.commands.articles import customer_answer
from engine.commands.changes import add_tag
from engine.commands.facts import facts_of
from engine.commands.merge import merge_tickets
from engine.commands.rules_history import pasts
from engine.commands.tickets import change_ticket
from engine.tickets.access import ticket_for
from engine.tickets.models import Ticket

NASTY = "\u202e<script>alert(1)</script> 'äöü\U0001f600"


def past_of(town, number, **more):
    def question(work):
        ticket = work.session.scalar(select(Ticket.id).where(Ticket.number == number))
        return pasts(work.session, [ticket], **more)[0]

    return town.desk.read(question)


def at(past, name):
    return [moment for moment in past.moments if moment.event == name]


def test_the_last_moment_says_what_the_ticket_says_of_itself(town, clock):
    number = town.report(title=NASTY)
    clock.move(minutes=5)
    town.do("agnes", number, lambda work, ticket: change_ticket(work, ticket, {"priority": 4}))
    told = dict(at(past_of(town, number), "ticket.changed")[-1].facts)
    seen = dict(town.see(number, facts_of))
    for facts in (told, seen):
        facts.pop("ticket.age_minutes")
    assert {name: told.get(name) for name in seen} == seen
    assert told["ticket.title"] == NASTY


def test_a_change_is_seen_with_what_was_before_and_the_birth_without_it(town, clock):
    number = town.report()
    clock.move(minutes=5)
    born = past_of(town, number).moments[0].facts
    town.do("agnes", number, lambda w, t: change_ticket(w, t, {"queue": "Network", "priority": 5}))
    clock.move(minutes=5)
    town.do("agnes", number, lambda w, t: add_tag(w, t, "Again") and None)
    past = past_of(town, number)
    assert past.moments[0].facts == born
    moment = next(one for one in at(past, "ticket.changed") if not one.skip)
    changed = moment.changed
    assert changed["ticket.queue"][1] == "Network"
    assert changed["ticket.priority"][1] == 5
    assert changed["ticket.priority"][0] == at(past, "ticket.created")[0].facts["ticket.priority"]
    assert past.queue == "Network"
    assert "again" not in moment.facts["ticket.tags"]


def test_a_ruleset_that_a_process_asked_sees_what_it_saw_then(town):
    number = town.report(title="The printer jams")
    queue = town.see(number, lambda work, ticket: ticket.queue.name)
    town.do("agnes", number, lambda w, t: change_ticket(w, t, {"queue": "Network"}))
    moment = past_of(town, number).of("routing", ())[0]
    assert moment.ruleset == "routing"
    assert moment.facts["ticket.title"] == "The printer jams"
    assert moment.facts["ticket.queue"] not in ("Network", queue)


def test_a_ruleset_that_nobody_asked_and_that_hears_nothing_sees_the_birth(town):
    past = past_of(town, town.report())
    assert past.of("brand_new", ()) == [past.moments[0]]
    assert past.of("brand_new", ["clock.breached"]) == []


def test_a_queue_that_was_renamed_goes_by_its_name_of_today(town, clock):
    number = town.report()
    clock.move(minutes=5)
    town.do("agnes", number, lambda w, t: change_ticket(w, t, {"queue": "Network"}))

    def rename(work):
        work.session.scalars(select(Queue).where(Queue.name == "Network")).one().name = "Netze"

    town.desk.run(rename, town.actor("ada"))
    moments = at(past_of(town, number), "ticket.changed")
    moment = next(one for one in moments if not one.skip)
    assert moment.facts["ticket.queue"] == "Netze"
    assert moment.changed["ticket.queue"][1] == "Netze"


def test_steps_and_articles_are_events(town, clock):
    number = town.report()
    clock.move(minutes=5)
    town.do("clara", number, lambda w, t: customer_answer(w, t, "Still broken") and None)
    past = past_of(town, number, texts=True)
    article = at(past, "article.added")[0]
    assert article.facts["article.text"] == "Still broken"
    assert article.facts["article.writer"] == "customer"
    assert at(past, "step.entered")[0].facts["step.id"] in town.steps(number)


def test_hundreds_are_read_with_as_many_queries_as_one(town):
    numbers = [town.report(title=f"Case {index}") for index in range(6)]
    counted = []

    def asked(count):
        def question(work):
            ids = list(work.session.scalars(select(Ticket.id).where(Ticket.number.in_(numbers))))
            pasts(work.session, ids[:1])  # the catalogue
            heard = []
            engine = work.session.get_bind()
            event.listen(engine, "before_cursor_execute", lambda *a: heard.append(a[2]))
            found = pasts(work.session, ids[:count])
            counted.append(len(heard))
            return len(found)

        return town.desk.read(question)

    assert asked(1) == 1
    assert asked(6) == 6
    assert counted[0] == counted[1]


def test_what_a_merged_ticket_was_opened_with_is_known(town, clock):
    one, other = town.report(body="My toner"), town.report(title="Second", body="My fuser")
    clock.move(minutes=5)

    def merge(work, ticket):
        merge_tickets(work, ticket_for(work, other), ticket)

    town.do("ada", one, merge)
    for number, body in ((one, "My toner"), (other, "My fuser")):
        past = past_of(town, number)
        assert {moment.facts["ticket.body"] for moment in past.moments} == {body}
        assert at(past, "article.added") == []
        assert {moment.at for moment in past.moments} == {past.moments[0].at}


def test_a_ruleset_that_the_process_of_the_ticket_does_not_ask_was_not_asked(town):
    past = past_of(town, town.report(type="question"))
    assert past.of("priority", ()) == []
    assert len(past.of("routing", ())) == 1


def test_a_ruleset_sees_what_those_before_it_have_changed(town):
    number = town.report(title="Outage for everyone", type="question")
    priority = town.see(number, lambda work, ticket: ticket.priority.rank)
    (created,) = at(past_of(town, number), "ticket.created")
    assert created.seen_by("notification")["ticket.priority"] == created.facts["ticket.priority"]
    assert created.facts["ticket.priority"] != priority
    assert created.seen_by("zzz")["ticket.priority"] == priority
