"""Each ticket says why it is as it is, and why a rule did not fire, to who may read it."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.audit.models import DecisionTrace
from engine.commands.candidates import read_rules
from engine.commands.publish import publish_rules
from tests.town import ROOT

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def trace_of(web: Any, number: str, ruleset: str = "routing", newest: bool = False) -> int:
    def find(work: Any, ticket: Any) -> int:
        query = select(DecisionTrace.id).where(
            DecisionTrace.ticket_id == ticket.id, DecisionTrace.ruleset == ruleset
        )
        found = work.session.scalars(query.order_by(DecisionTrace.id)).all()
        return int(found[-1 if newest else 0])

    found: int = web.town.see(number, find)
    return found


def test_a_ticket_tells_each_decision_with_what_it_rests_on(web: Any) -> None:
    number = web.town.report(title="VPN drops")
    page = web.login("agnes").get(f"/tickets/{number}")
    page = page.click("All reasons")
    assert "Rule “VPN to Network”" in page.text
    assert "Moved from Postmaster to Network::VPN" in page.text
    assert "the subject contains the word" in page.text
    assert "Release 1" in page.text
    assert "(Routing to a queue, release 1)" in page.text
    assert "/rules/routing" not in page.text  # who may not see the rules is not led there
    owner = web.login("ada").get(f"/tickets/{number}/why").text
    assert "/rules/routing#rule-vpn" in owner


def test_a_fact_leads_to_what_set_it_and_a_message_to_what_sent_it(web: Any) -> None:
    number = web.town.report(title="VPN drops")
    page = web.login("agnes").get(f"/tickets/{number}")
    why = page.click(href=r"/why\?field=queue")
    assert "Why this queue?" in why.text
    assert "VPN to Network" in why.text
    assert "Acknowledge the arrival" not in why.text
    message = page.click("Why was this message written?", index=0)
    assert "Acknowledge the arrival" in message.text
    assert "VPN to Network" not in message.text
    web.post(f"/tickets/{number}/change", {"queue": "Network"})
    moved = web.get(f"/tickets/{number}/why?field=queue").text
    assert moved.index("Agnes Meier") < moved.index("VPN to Network")
    assert "field=queue" not in web.get(f"/tickets/{number}").text  # now a person's doing


@pytest.mark.parametrize("path", ["why", "why?field=queue", "why-not", "why-not?trace={trace}"])
def test_to_the_wrong_person_there_are_no_reasons(web: Any, path: str) -> None:
    number = web.town.report()
    said = path.format(trace=trace_of(web, number))
    for who in ("olga", "bruno", "clara"):  # an owner of processes without a right to the ticket
        web.login(who).get(f"/tickets/{number}/{said}", status=404 if who != "clara" else "4*")


def test_a_decision_or_a_message_of_another_ticket_is_not_there(web: Any) -> None:
    number, other = web.town.report(), web.town.report()
    trace = trace_of(web, other)
    web.login("agnes").get(f"/tickets/{number}/why-not?trace={trace}", status=404)
    web.get(f"/tickets/{number}/why-not?trace=999999999", status=404)
    message = re.search(r"message=(\d+)", web.get(f"/tickets/{other}").text)
    assert message
    web.get(f"/tickets/{number}/why?message={message.group(1)}", status=404)


def test_why_a_rule_did_not_fire_is_said_of_then_and_of_now(web: Any) -> None:
    number = web.town.report(title="VPN drops")
    trace = trace_of(web, number)
    web.login("agnes")
    page = web.get(f"/tickets/{number}/why-not?trace={trace}").text
    assert "did not fire because" in page
    assert "This rule fired." in page
    page = web.get(f"/tickets/{number}/why-not?trace={trace}&rule=complaint").text
    assert "the subject does not contain the word" in page
    assert "(VPN drops)" in page
    web.post(f"/tickets/{number}/change", {"title": "Complaint"})
    now = web.get(f"/tickets/{number}/why-not?ruleset=routing&rule=vpn").text
    assert "(Complaint)" in now
    assert "Asked now" in now


def test_rules_of_then_answer_and_when_they_are_gone_that_is_said(web: Any) -> None:
    number = web.town.report(title="VPN drops")
    trace = trace_of(web, number)
    web.town.desk.run(lambda w: _set(w, trace, release="f" * 64))
    page = web.login("agnes").get(f"/tickets/{number}/why-not?trace={trace}").text
    assert "not kept any more" in page
    web.get(f"/tickets/{number}/why")


def _set(work: Any, number: int, **values: Any) -> None:
    work.session.execute(update(DecisionTrace).where(DecisionTrace.id == number).values(**values))


def test_hostile_facts_and_traces_are_text(web: Any) -> None:
    number = web.town.report(title=f"VPN {EVIL}", body=EVIL * 99)
    trace = trace_of(web, number)
    web.login("agnes")
    for path in ("why", f"why-not?trace={trace}", f"why-not?trace={trace}&rule={EVIL}",
                 f"why-not?q={EVIL}&event={EVIL}", f"why?field={EVIL}", "why?message=x",
                 f"why-not?trace={trace}&rule=vpn"):  # fmt: skip
        page = web.get(f"/tickets/{number}/{path}").text
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_a_chain_says_where_it_was_stopped(web: Any) -> None:
    from engine.audit.trail import record

    number = web.town.report(title="VPN drops")
    trace = trace_of(web, number)

    def stop(work: Any, ticket: Any) -> None:
        from engine.work import Cause

        said = "a chain of rules was stopped after 5 links"
        cause = Cause("rule", trace_id=trace, depth=5)
        record(work.because(cause), ticket.id, "rule problem", after=said)
        row = work.session.get(DecisionTrace, trace)
        row.trace = {**row.trace, "depth": 4, "after": trace}

    web.town.do("agnes", number, stop)
    page = web.login("agnes").get(f"/tickets/{number}/why").text
    assert "a chain of rules was stopped after 5 links" in page
    assert "link 4 of a chain" in page


def test_what_a_rule_set_off_says_what_went_before_and_who_is_not_asked_again(
    web: Any, tmp_path: Any
) -> None:
    title = "title: {de: A, en: A}"
    (tmp_path / "rules").mkdir()
    shutil.copy(ROOT / "rules/vocabulary.yaml", tmp_path / "rules")
    (tmp_path / "rules/notification.yaml").write_text(
        f"ruleset: notification\n{title}\nevents: [ticket.created, ticket.changed]\nrules:\n"
        f"  - id: first\n    {title}\n    then: [{{set: {{priority: 4}}}}]\n"
        f"  - id: second\n    title: {{de: B, en: Second}}\n    events: [ticket.changed]\n"
        f"    changed: [ticket.priority]\n    then: [{{add_tag: chained}}]\n",
        encoding="utf-8",
    )
    rules = read_rules(tmp_path / "rules")
    web.town.desk.run(lambda w: publish_rules(w, rules) and None)
    number = web.town.report(title="Anything", type="question")
    page = web.login("agnes").get(f"/tickets/{number}/why").text
    first, last = (trace_of(web, number, "notification", newest=new) for new in (False, True))
    assert first != last
    assert f'href="#d{first}"' in page
    said = web.get(f"/tickets/{number}/why-not?trace={last}&rule=first").text
    assert "had led to this change itself" in said


def test_a_rule_that_led_here_and_ended_the_asking_is_named_as_such(
    web: Any, tmp_path: Any
) -> None:
    title = "title: {de: A, en: A}"
    (tmp_path / "rules").mkdir()
    shutil.copy(ROOT / "rules/vocabulary.yaml", tmp_path / "rules")
    (tmp_path / "rules/notification.yaml").write_text(
        f"ruleset: notification\n{title}\nevents: [ticket.created, ticket.changed]\nrules:\n"
        f"  - id: hears\n    {title}\n    events: [ticket.changed]\n"
        f"    then: [{{add_tag: chained}}]\n"
        f"  - id: ends\n    title: {{de: Ende, en: The end}}\n    stop: true\n"
        f"    then: [{{set: {{priority: 4}}}}]\n"
        f"  - id: last\n    {title}\n    then: [{{set: {{priority: 1}}}}]\n",
        encoding="utf-8",
    )
    rules = read_rules(tmp_path / "rules")
    web.town.desk.run(lambda w: publish_rules(w, rules) and None)
    number = web.town.report(title="Anything", type="question")
    said = "“The end” ended the asking, though it had led to this change itself and did nothing"
    assert said in web.login("agnes").get(f"/tickets/{number}/why").text
    trace = trace_of(web, number, "notification", newest=True)
    page = web.get(f"/tickets/{number}/why-not?trace={trace}&rule=last").text
    assert "came first and ended the asking, though it had led to this change" in page
    assert "did nothing again, but it ended the asking" in page


def test_two_hundred_rules_of_one_decision_are_shown(web: Any) -> None:
    number = web.town.report(title="VPN drops")
    trace = trace_of(web, number)

    def grow(work: Any, ticket: Any) -> None:
        row = work.session.get(DecisionTrace, trace)
        more = [
            {"id": f"r{n}", "title": {"en": f"Rule {n}"}, "matched": True, "conditions": [],
             "events": []}
            for n in range(200)
        ]  # fmt: skip
        decisions = [{"rule": f"r{n}", "action": "add_tag", "value": f"t{n}"} for n in range(200)]
        row.trace = {**row.trace, "rules": more, "decisions": decisions}

    web.town.do("agnes", number, grow)
    assert "Rule 199" in web.login("agnes").get(f"/tickets/{number}/why").text


def test_a_trace_that_says_nothing_is_no_error(web: Any) -> None:
    number = web.town.report(title="VPN drops")
    trace = trace_of(web, number)
    web.town.desk.run(lambda w: _set(w, trace, trace={}))
    web.login("agnes").get(f"/tickets/{number}/why")
    assert "did not fire because" in web.get(f"/tickets/{number}/why-not?trace={trace}").text


def test_a_decision_is_kept_as_an_example_without_what_the_customer_wrote(web: Any) -> None:
    secret = "Mein VPN geht nicht, mein Passwort ist Geheim-1"
    number = web.town.report(title=secret, body=f"{secret} {EVIL}")
    at = f"/tickets/{number}/why/{trace_of(web, number)}/example"
    page = web.login("ada").get(at)
    assert "<script>alert" not in page.text
    kept = re.search(r"<pre[^>]*>(.*?)</pre>", page.text, re.S)
    assert kept
    assert "Geheim" not in kept.group(1)
    assert "ticket.title: VPN" in kept.group(1)
    examples = web.post(at, {"name": "VPN: wie am Montag"}).follow()
    assert "VPN: wie am Montag" in examples.text
    assert '"example red"' not in examples.text
    assert "already" in web.post(at, {"name": "VPN: wie am Montag"}, status="4*").text
    web.get("/rules/review-changes")


def test_only_owners_who_may_read_the_ticket_keep_an_example(web: Any) -> None:
    number = web.town.report(title="VPN drops")
    trace = trace_of(web, number)
    at = f"/tickets/{number}/why/{trace}/example"
    web.login("agnes").get(at, status=404)
    web.post(at, {"name": "x"}, status=404)
    web.login("olga").get(at, status=404)
    web.post(at, {"name": "x"}, status=404)
    web.login("ada").get(f"/tickets/{web.town.report()}/why/{trace}/example", status=404)
    web.get(f"/tickets/{number}/why/{'9' * 40}/example", status=404)
    web.town.desk.run(lambda w: _set(w, trace, trace={}))
    assert "not enough for an example" in web.get(at, status="*").text


def _live_long(web: Any, number: str, decisions: int) -> None:
    """Let rules and a clock have changed the ticket again and again."""
    from engine.audit.trail import record, record_trace
    from engine.work import Cause

    def live(work: Any, ticket: Any) -> None:
        for n in range(decisions):
            later = work.now + timedelta(minutes=n + 1)
            by = replace(work, now=later)
            decided = [{"rule": "again", "action": "add_tag", "value": f"t{n}"}]
            titled = {"id": "again", "title": {"en": f"Round {n}"}, "matched": True}
            kept = {"ruleset": "rounds", "release": "0" * 64, "decisions": decided,
                    "rules": [titled], "facts": {"ticket.title": "x" * 190}}  # fmt: skip
            trace = record_trace(by, ticket.id, "ticket.changed", "rounds", kept)
            for tag in ("a", "b"):  # one decision, several entries
                record(by.because(Cause("rule", trace_id=trace)), ticket.id, "tag", "", f"{tag}{n}")
            record(by.because(Cause("clock")), ticket.id, "priority", n, n + 1)

    web.town.do("ada", number, live)


def test_what_is_older_is_told_on_earlier_pages_each_decision_once(web: Any) -> None:
    number = web.town.report(title="VPN drops")
    _live_long(web, number, 130)
    web.login("agnes")
    for query in ("", "?field=tag", "?ruleset=rounds"):
        page, told, pages = web.get(f"/tickets/{number}/why{query}"), [], 1
        told += re.findall(r'<article [^>]*id="(\w+)"', page.text)
        while "Show earlier" in page:
            page, pages = page.click("Show earlier"), pages + 1
            assert "To the latest" in page
            told += re.findall(r'<article [^>]*id="(\w+)"', page.text)
        assert len(told) == len(set(told)), query
        rounds = trace_of(web, number, "rounds"), trace_of(web, number, "rounds", newest=True)
        assert {f"d{one}" for one in range(rounds[0], rounds[1] + 1)} <= set(told), query
        assert pages == (3 if not query else 2)
    every = web.get(f"/tickets/{number}/why?ruleset=rounds").text
    assert "VPN to Network" not in every
    assert "Priority" not in "".join(re.findall(r"<h2>.*?</h2>", every))
    clocks = web.get(f"/tickets/{number}/why").click("^Clocks$").text
    assert "Priority" in clocks
    assert "Round" not in clocks
    for odd in ("x", "1", "1-", "99999999999-1", "-1-5", "0-0", "%D9%A1-2"):
        web.get(f"/tickets/{number}/why?before={odd}")


def test_one_decision_has_an_address(web: Any) -> None:
    number, other = web.town.report(title="VPN drops"), web.town.report()
    trace = trace_of(web, number)
    page = web.login("agnes").get(f"/tickets/{number}/why?decision={trace}").text
    assert len(re.findall(r"<article ", page)) == 1
    assert "VPN to Network" in page
    web.get(f"/tickets/{other}/why?decision={trace}", status=404)
    web.get(f"/tickets/{number}/why?decision=999999999", status=404)


def test_a_message_that_was_merged_leads_to_the_ticket_that_knows_why(web: Any, clock: Any) -> None:
    from engine.commands.merge import merge_tickets
    from engine.tickets.models import Ticket

    source = web.town.report(title="VPN again")
    clock.move(minutes=1)
    target = web.town.report(title="VPN drops")
    message = re.search(r"message=(\d+)", web.login("agnes").get(f"/tickets/{source}").text)
    assert message
    query = select(Ticket).where(Ticket.number == target)
    web.town.do("ada", source, lambda w, t: merge_tickets(w, t, w.session.scalars(query).one()))
    found = web.get(f"/tickets/{target}/why?message={message.group(1)}", status=303).follow()
    assert f"/tickets/{source}/why" in found.request.url
    assert "Acknowledge the arrival" in found.text
    web.login("bruno").get(f"/tickets/{target}/why?message={message.group(1)}", status=404)
