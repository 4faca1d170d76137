"""For whom an offer is: insiders, customers or everybody; for others it does not exist."""

from __future__ import annotations

import pytest

from engine.catalogue.audience import may_ask
from engine.catalogue.models import Offer
from engine.catalogue.queries import offers
from engine.commands.organisations import save_organisation
from engine.commands.tickets import NewTicket, create_ticket
from engine.errors import Invalid, NotAllowed, NotFound
from engine.work import Actor

INSIDE = Actor("Clara", 1, frozenset({"customer"}), internal=True)
OUTSIDE = Actor("Sam", 2, frozenset({"customer"}))
AGENT = Actor("Agnes", 3, frozenset({"agent"}), internal=True)


@pytest.mark.parametrize(
    ("audience", "inside", "outside"),
    [
        (["internal"], True, False),
        (["external"], False, True),
        (["internal", "external"], True, True),
        (["public"], True, True),
        ([], True, False),
        (None, True, False),
    ],
)
def test_who_finds_an_offer(audience, inside, outside):
    document = {} if audience is None else {"audience": audience}
    assert (may_ask(INSIDE, document), may_ask(OUTSIDE, document)) == (inside, outside)
    assert may_ask(AGENT, document)


def report(town, by, offer):
    def command(work):
        new = NewTicket("A notebook", "Please.", "web", customer=town.person(work, by), offer=offer)
        return create_ticket(work, new).number

    return town.desk.run(command, town.actor(by))


def test_a_ticket_on_an_offer_for_others_is_as_one_on_no_offer(town):
    assert report(town, "clara", "order_hardware")
    for offer in ("order_hardware", "no_such_offer"):
        with pytest.raises(NotFound, match="There is no such offer"):
            report(town, "sam", offer)


def test_agents_report_on_any_offer_for_whoever_calls(town):
    def command(work):
        sam = town.person(work, "sam")
        new = NewTicket("A notebook", "Please.", "phone", customer=sam, offer="order_hardware")
        return create_ticket(work, new).number

    assert town.desk.run(command, town.actor("agnes"))


def test_an_organisation_that_joins_the_house_finds_what_is_for_insiders(town):
    def keys():
        actor = town.actor("sam")
        return {offer.key for offer in town.desk.read(lambda w: offers(w.session, actor))}

    assert "order_hardware" not in keys()
    town.desk.run(lambda w: save_organisation(w, "Sample Ltd", internal=True) and None)
    assert "order_hardware" in keys()
    assert town.desk.read(lambda w: w.session.get(Offer, "order_hardware")) is not None


@pytest.mark.parametrize(
    ("name", "domain"),
    [(" ", None), ("A\x00B", None), ("New", "no domain"), ("New", "example.org")],
)
def test_an_organisation_that_cannot_be(town, name, domain):
    with pytest.raises(Invalid):
        town.desk.run(lambda w: save_organisation(w, name, domain=domain))


@pytest.mark.parametrize("who", ["agnes", "olga", "clara"])
def test_only_admins_say_who_belongs_to_the_house(town, who):
    with pytest.raises(NotAllowed):
        town.desk.run(lambda w: save_organisation(w, "Sample Ltd", internal=True), town.actor(who))
