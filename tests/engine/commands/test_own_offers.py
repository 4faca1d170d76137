"""An offer beside a process is published, changed, put back and exported with it."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from engine.catalogue.models import Offer, TicketType
from engine.commands.examining import examine
from engine.commands.exporting import exported
from engine.commands.offers import publish_catalogue, read_catalogue
from engine.commands.own_offers import own_offer, starting_offer
from engine.commands.process_drafts import draft_of, new_draft, save_draft
from engine.commands.process_publishing import publish_draft, roll_back
from engine.commands.tickets import NewTicket, create_ticket
from engine.tickets.queries import instance_of
from tests.town import ROOT

FOLDER = ROOT / "processes/question"
TITLE = {"de": "Schlüssel verloren", "en": "Key lost"}


def begin(town, **document):
    """A new process with an offer, as a draft; its revision."""
    names = ("process.bpmn", "answer.schema.json", "answer.ui.json")
    files = {name: (FOLDER / name).read_text(encoding="utf-8") for name in names}
    files |= starting_offer(TITLE)
    files["offer.json"] = json.dumps(json.loads(files["offer.json"]) | document)
    return town.desk.run(lambda w: new_draft(w, "lost_key", files).revision, town.actor("olga"))


def publish(town, revision):
    town.desk.run(lambda w: publish_draft(w, "lost_key", revision, ""), town.actor("olga"))


def change(town, name, text):
    def command(work):
        draft = draft_of(work.session, "lost_key")
        revision = draft.revision if draft else 0
        return save_draft(work, "lost_key", revision, {name: text}).revision

    return town.desk.run(command, town.actor("olga"))


def offer(town):
    def look(work):
        row = work.session.get(Offer, "lost_key")
        return row and {**row.document, "active": row.active, "form": dict(row.form)}

    return town.desk.read(look)


def test_customers_ask_for_a_new_kind_of_ticket_once_it_is_published(town):
    revision = begin(town, queue="Service Desk", audience=["external", "internal"])
    assert offer(town) is None
    publish(town, revision)
    found = offer(town)
    assert (found["active"], found["title"], found["type"]) == (True, TITLE, "lost key")
    assert set(found["form"]["schema"]["properties"]) == {"title", "body"}

    def ask(work):
        new = NewTicket("Mine is gone", "Since today", "web", offer="lost_key",
                        customer=town.person(work, "clara"))  # fmt: skip
        return create_ticket(work, new).number

    number = town.desk.run(ask, town.actor("clara"))
    assert town.see(number, lambda w, t: instance_of(w.session, t).version.key) == "lost_key"
    assert town.see(number, lambda w, t: (t.type.name, t.queue.name)) == (
        "lost key",
        "Service Desk",
    )


def test_another_title_is_another_version_and_is_put_back_with_it(town):
    publish(town, begin(town))
    document = {"title": {"en": "Lost my key"}, "audience": ["internal"]}
    publish(town, change(town, "offer.json", json.dumps(document)))
    assert offer(town)["title"] == {"en": "Lost my key"}
    town.desk.run(lambda w: roll_back(w, "lost_key", 1), town.actor("olga"))
    assert offer(town)["title"] == TITLE
    types = town.desk.read(lambda w: list(w.session.scalars(
        select(TicketType.name).where(TicketType.process_key == "lost_key"))))  # fmt: skip
    assert types == ["lost key"]


def test_an_offer_that_is_taken_out_or_switched_off_is_found_no_more(town):
    publish(town, begin(town))
    publish(town, change(town, "offer.json", json.dumps({"title": TITLE, "active": False})))
    assert offer(town)["active"] is False
    publish(town, change(town, "offer.json", json.dumps({"title": TITLE})))
    assert offer(town)["active"] is True
    for name in starting_offer(TITLE):
        revision = change(town, name, None)
    publish(town, revision)
    assert offer(town)["active"] is False


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", "x", '{"title": 7}', '{"title": {"en": 7}}', "{}", '{"title": null}',
     '{"title": {"en": "x"}, "audience": ["nobody"]}', '{"title": {"en": "x"}, "active": "yes"}',
     '{"title": {"en": "x"}, "queue": "No such queue"}', '{"title": {"en": "x"}, "sla": 7}'],
)  # fmt: skip
def test_an_offer_that_cannot_be_is_named_and_stops_the_publishing(town, text):
    begin(town)
    change(town, "offer.json", text)

    def look(work):
        return examine(work, draft_of(work.session, "lost_key")).errors

    found = town.desk.read(look, town.actor("olga"))
    assert [p.code for p in found if p.code in ("offer", "unreadable")]
    assert all(p.mend for p in found)


@pytest.mark.parametrize("text", ["[]", "{", "7"])
def test_a_form_of_an_offer_that_cannot_be_read_is_said(text):
    files = {name: t.encode() for name, t in starting_offer(TITLE).items()}
    _, problems = own_offer("x", files | {"offer.schema.json": text.encode()})
    assert problems


def test_the_catalogue_from_files_leaves_the_offers_of_processes_alone(town):
    publish(town, begin(town))
    catalogue = read_catalogue(ROOT / "processes")
    town.desk.run(lambda w: publish_catalogue(w, catalogue), town.actor("olga"))
    assert offer(town)["active"] is True
    files = town.desk.read(exported)
    assert "lost_key" not in files["processes/catalogue.yaml"]
    assert json.loads(files["processes/lost_key/offer.json"])["title"] == TITLE
