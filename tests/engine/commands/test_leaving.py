"""Nobody's work disappears with them: steps are free again, tickets have no owner who is gone."""

from __future__ import annotations

from engine.commands.people import change_person
from engine.commands.steps import claim
from engine.commands.tickets import change_ticket
from engine.tickets import queries, task_lists
from tests.lost import unmoved

TRIAGE = {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"}


def leaves(town, name):
    town.desk.run(
        lambda w: change_person(w, town.person(w, name), {"active": False}), town.actor("ada")
    )


def test_what_somebody_had_taken_is_free_again_with_the_cause(town):
    number = town.report()
    town.do("agnes", number, lambda w, t: claim(w, queries.open_items(w.session, t)[0]))
    town.do("ada", number, lambda w, t: change_ticket(w, t, {"responsible": "agnes@example.com"}))
    leaves(town, "agnes")

    def free(work):
        return [
            i.ticket.number for i in task_lists.unclaimed_tasks(work.session, town.actor("ada"))
        ]

    assert number in town.desk.read(free)
    assert town.see(number, lambda w, t: (t.owner, t.responsible)) == (None, None)
    entries = town.see(number, lambda w, t: queries.history(w.session, t))
    reasons = {e.what: (e.actor, e.reason) for e in entries if "no longer active" in e.reason}
    assert reasons["claimed"] == ("Ada Vogt", "Agnes Meier is no longer active")
    assert {"owner", "responsible"} <= set(reasons)


def test_a_step_that_was_meant_for_them_alone_goes_to_the_queue(town):
    number = town.report(title="A laptop, please", type="service request", queue="Purchasing")
    leaves(town, "max")

    def stands(work, ticket):
        found = queries.open_items(work.session, ticket)
        return [(item.kind, item.person_id, item.for_customer) for item in found]

    assert town.see(number, stands) == [("queue", None, False)]


def test_the_next_step_is_not_given_to_somebody_who_has_left(town):
    number = town.report()

    def gone(work, ticket):
        ticket.owner = town.person(work, "agnes")
        work.session.flush()
        town.person(work, "agnes").active = False

    town.do("ada", number, gone)
    town.complete("ada", number, "triage", TRIAGE)
    assert town.see(number, lambda w, t: queries.open_items(w.session, t)[0].person) is None


def test_a_ticket_whose_only_step_lies_with_somebody_who_left_is_stuck(town):
    number = town.report()
    town.do("agnes", number, lambda w, t: claim(w, queries.open_items(w.session, t)[0]))

    assert unmoved(town.desk) == []
    town.desk.run(lambda w: setattr(town.person(w, "agnes"), "active", False))
    assert unmoved(town.desk) == [number]
