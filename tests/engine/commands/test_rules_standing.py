"""Rules in force that fit the desk no more are told of, and two publishings come one by one."""

import threading
import time

from sqlalchemy import select

from engine import library
from engine.catalogue.models import Queue
from engine.commands.publish import publish_rules
from engine.commands.rules_drafts import standing
from engine.commands.rules_publishing import built, periods
from engine.commands.rules_standing import rules_at_odds
from engine.health import report
from engine.rules import load_vocabulary, parse_ruleset


def odd(town):
    return [problem.message for problem in town.desk.read(rules_at_odds)]


def test_the_rules_of_a_desk_fit_it(town):
    assert odd(town) == []


def test_a_queue_that_was_renamed_is_told_of_and_the_rules_stay_in_force(town):
    def rename(work):
        work.session.scalars(select(Queue).where(Queue.name == "Complaints")).one().name = "Praise"

    town.desk.run(rename)
    assert any("'Complaints'" in said for said in odd(town))
    assert any("'Complaints'" in said for said in report(town.desk)["problems"])


def test_a_ruleset_that_this_version_cannot_read_is_told_of(town, monkeypatch):
    """As after an upgrade to a version with another language of rules."""

    def parse(name, *more):
        return (None, []) if name == "escalation" else parse_ruleset(name, *more)

    monkeypatch.setattr(library, "parse_ruleset", parse)
    monkeypatch.setattr(town.desk, "library", library.Library())
    (said,) = odd(town)
    assert said.startswith("escalation:")
    assert any("escalation" in said for said in report(town.desk)["problems"])


def test_a_vocabulary_that_this_version_cannot_read_is_told_of(town, monkeypatch):
    monkeypatch.setattr(library, "vocabulary_of", lambda text: load_vocabulary("facts: 7"))
    monkeypatch.setattr(town.desk, "library", library.Library())
    assert odd(town)
    assert not report(town.desk)["ok"]


def test_releases_of_the_same_moment_come_one_after_the_other(town):
    def candidate(work, text):
        stand = standing(work.session)
        documents = stand.documents | {"routing": stand.documents["routing"] + text}
        return built(type(stand)(stand.release, documents, stand.examples))

    one, two = (town.desk.read(lambda w, t=t: candidate(w, t)) for t in ("# one\n", "# two\n"))
    there, ready = threading.Event(), threading.Event()

    def slow(work):
        publish_rules(work, one, "one")
        there.set()
        ready.wait(20)
        time.sleep(0.5)  # the other waits for this transaction by now

    first = threading.Thread(target=lambda: town.desk.run(slow))
    first.start()
    there.wait(20)
    second = threading.Thread(target=lambda: town.desk.run(lambda w: publish_rules(w, two, "two")))
    second.start()
    ready.set()
    first.join(60)
    second.join(60)
    numbers = town.desk.read(lambda w: [row.release.number for row in periods(w.session)])
    assert numbers == [3, 2, 1]
