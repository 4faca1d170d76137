"""Webhooks are made by admins, called by rules, and say only what they were told to say."""

from __future__ import annotations

import json
import shutil

import pytest
from sqlalchemy import select

from engine.audit.models import DeskEntry
from engine.commands import webhooks as commands
from engine.commands.candidates import read_rules
from engine.commands.changes import add_tag
from engine.commands.facts import facts_of
from engine.commands.known_names import publish_known_rules, unknown_names
from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.outbox.models import OutboxRow
from engine.outbox.webhook_models import Webhook, WebhookDelivery
from engine.tickets import queries
from tests.town import ROOT

GOOD = {"name": "erp", "url": "https://hooks.example.com/in"}
HEAD = "title: {de: A, en: A}\n"
RULES = f"""ruleset: notification
{HEAD}events: [ticket.created]
rules:
  - id: tell
    {HEAD}    when: {{all: [{{fact: ticket.title, op: contains, value: VPN}}]}}
    then: [{{webhook: erp}}]
"""


def made(town, **values):
    """A webhook made by the admin; returns its secret."""
    return town.desk.run(
        lambda work: commands.create_webhook(work, GOOD | values)[1], town.actor("ada")
    )


def hook(work):
    return work.session.scalars(select(Webhook)).one()


def deliveries(town):
    query = select(WebhookDelivery).order_by(WebhookDelivery.id)
    return town.desk.read(lambda work: list(work.session.scalars(query)))


@pytest.fixture
def ruled(town, tmp_path):
    """`ruled()` publishes a rule that calls the webhook `erp`."""

    def publish(text=RULES):
        folder = tmp_path / "rules"
        shutil.copytree(ROOT / "rules", folder, dirs_exist_ok=True)
        (folder / "notification.yaml").write_text(text, encoding="utf-8")
        (folder / "examples" / "notification.yaml").unlink(missing_ok=True)
        rules = read_rules(folder)
        town.desk.run(lambda work: publish_known_rules(work, rules) and None)

    return publish


def test_a_rule_calls_it_with_the_event_and_itself_as_the_reason(town, ruled):
    made(town)
    ruled()
    number = town.report()
    town.report(title="Printer")
    (delivery,) = deliveries(town)
    said = json.loads(delivery.body)
    assert (said["ticket"]["number"], said["event"], said["rule"]) == (
        number, "ticket.created", "notification: tell")  # fmt: skip
    history = town.see(number, lambda work, ticket: queries.history(work.session, ticket))
    assert [(h.after, h.cause) for h in history if h.what == "webhook"] == [("erp", "rule")]


def test_what_does_not_commit_is_not_called(town, ruled):
    made(town)
    ruled()

    class Stop(Exception):
        pass

    def command(work):
        from engine.commands.tickets import NewTicket, create_ticket

        create_ticket(work, NewTicket(title="VPN", body="x", channel="web", type="incident"))
        raise Stop

    with pytest.raises(Stop):
        town.desk.run(command)
    assert deliveries(town) == []


def test_rules_that_name_none_are_not_published(town, ruled):
    with pytest.raises(Invalid) as refused:
        ruled()
    (problem,) = refused.value.problems
    assert "there is no webhook called 'erp'" in problem.message
    made(town)
    ruled()
    assert town.desk.read(lambda work: unknown_names(work, [])) == []


def test_one_that_rules_name_is_not_deleted(town, ruled):
    made(town)
    ruled()
    town.report()
    with pytest.raises(Conflict, match="notification: tell"):
        town.desk.run(lambda work: commands.delete_webhook(work, hook(work)), town.actor("ada"))
    ruled(RULES.replace("webhook: erp", "add_tag: x"))
    town.desk.run(lambda work: commands.delete_webhook(work, hook(work)), town.actor("ada"))
    assert deliveries(town) == []
    topics = town.desk.read(lambda work: list(work.session.scalars(select(OutboxRow.topic))))
    assert "webhook" not in topics


def test_one_that_is_switched_off_is_told_on_the_ticket(town, ruled):
    made(town, active=False)
    ruled()
    number = town.report()
    history = town.see(number, lambda work, ticket: queries.history(work.session, ticket))
    assert any("switched off" in h.after for h in history if h.what == "rule problem")
    assert deliveries(town) == []


HOSTILE = '"}, {{ticket.body}} \\ \r\nX-Evil: 1 \x00 <b> ü 😀'


def test_hostile_facts_stay_what_they_are_in_json(town):
    template = {"text": "New: {{ticket.title}} ({{ticket.number}})", "p": "{{ ticket.priority }}",
                "tags": "{{ticket.tags}}", "deep": [{"t": "{{ticket.title}}"}],
                "keep": [1, True, None]}  # fmt: skip
    made(town, template=json.dumps(template))
    number = town.report()

    def ask(work):
        from engine.tickets.access import ticket_for

        ticket = ticket_for(work, number)
        ticket.title = HOSTILE.replace("\x00", "")
        add_tag(work, ticket, '"]')
        commands.call_webhook(work, ticket, "erp")

    town.desk.run(ask)
    (delivery,) = deliveries(town)
    said = json.loads(delivery.body)
    title = HOSTILE.replace("\x00", "")
    assert said == {"text": f"New: {title} ({number})", "p": said["p"], "tags": ['"]'],
                    "deep": [{"t": title}], "keep": [1, True, None]}  # fmt: skip
    assert said["p"] in (1, 2, 3, 4, 5)
    assert "It happens every hour." not in delivery.body
    assert delivery.body.isprintable()


def test_every_fact_of_a_ticket_may_be_named(town):
    number = town.report()
    facts = town.see(number, facts_of)
    of_ticket = ("ticket.", "customer.")
    named = {name for name in commands.FIELDS if name.startswith(of_ticket)}
    assert named == {name for name in facts if name.startswith(of_ticket)}


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "Not a name"}, "name"),
        ({"url": ""}, "url"),
        ({"url": "ftp://a/"}, "url"),
        ({"url": "https://u:p@a.example/"}, "url"),
        ({"headers": "Host: a"}, "headers"),
        ({"headers": "host : a"}, "headers"),
        ({"headers": "Transfer-Encoding: chunked"}, "headers"),
        ({"headers": "Content-Length: 0"}, "headers"),
        ({"headers": "Vorgang-Signature: x"}, "headers"),
        ({"headers": "Proxy-Authorization: x"}, "headers"),
        ({"headers": "Cookie: x"}, "headers"),
        ({"headers": "no colon"}, "headers"),
        ({"headers": "X-A: b\rX-B: c"}, "headers"),
        ({"headers": "X-A: b\x00"}, "headers"),
        ({"headers": "X-A: ü"}, "headers"),
        ({"headers": "X-A: 1\nx-a: 2"}, "headers"),
        ({"headers": "X A: 1"}, "headers"),
        ({"headers": "\n".join(f"X-{n}: 1" for n in range(11))}, "headers"),
        ({"headers": f"X-Kept: {commands.HIDDEN}"}, "headers"),
        ({"template": "{"}, "template"),
        ({"template": '{"a": NaN}'}, "template"),
        ({"template": "[" * 100 + "]" * 100}, "template"),
        ({"template": "[" * 9000}, "template"),
        ({"template": '{"a": "{{ticket.secret}}"}'}, "template"),
        ({"template": '{"a": "{{custom.nothing}}"}'}, "template"),
        ({"timeout": "0"}, "timeout"),
        ({"timeout": "99"}, "timeout"),
        ({"timeout": "x"}, "timeout"),
    ],
)
def test_what_cannot_be_used_is_named_by_its_field(town, values, field):
    with pytest.raises(Invalid) as refused:
        made(town, **values)
    assert set(refused.value.fields) == {field}
    assert town.desk.read(lambda work: list(work.session.scalars(select(Webhook)))) == []


def test_a_name_is_taken_once(town):
    made(town)
    with pytest.raises(Invalid) as refused:
        made(town)
    assert refused.value.fields == {"name": "taken"}


@pytest.mark.parametrize("name", ["agnes", "olga", "clara"])
def test_only_admins_keep_them(town, name):
    made(town)
    for command in (
        lambda work: commands.create_webhook(work, GOOD | {"name": "mine"}),
        lambda work: commands.change_webhook(work, hook(work), GOOD),
        lambda work: commands.new_secret(work, hook(work)),
        lambda work: commands.delete_webhook(work, hook(work)),
        lambda work: commands.send_test(work, hook(work)),
        lambda work: commands.resend(work, hook(work), 1),
        lambda work: commands.resend_dead(work, hook(work)),
    ):
        with pytest.raises(NotAllowed):
            town.desk.run(lambda work, command=command: command(work) and None, town.actor(name))


def test_secrets_lie_nowhere_and_change_at_once(town):
    first = made(town, headers="Authorization: Bearer hush")
    second = town.desk.run(lambda work: commands.new_secret(work, hook(work)), town.actor("ada"))
    assert first != second
    change = GOOD | {"headers": f"Authorization: {commands.HIDDEN}\nX-More: 1"}
    town.desk.run(lambda work: commands.change_webhook(work, hook(work), change),
                  town.actor("ada"))  # fmt: skip
    row = town.desk.read(hook)
    entries = town.desk.read(lambda work: list(work.session.scalars(select(DeskEntry))))
    told = [str(one.detail) for one in entries]
    assert [name for name, _ in row.headers] == ["Authorization", "X-More"]
    kept = " ".join(str(value) for value in vars(row).values()) + " ".join(told)
    assert first not in kept
    assert second not in kept
    assert "hush" not in kept


def changed(town, **values):
    """The webhook changed by the admin; returns what history says of it."""
    change = GOOD | values
    town.desk.run(lambda work: commands.change_webhook(work, hook(work), change),
                  town.actor("ada"))  # fmt: skip
    query = select(DeskEntry).where(DeskEntry.what == "webhook changed").order_by(DeskEntry.id)
    found = town.desk.read(lambda work: list(work.session.scalars(query)))
    return found[-1].detail["changed"] if found else {}


def test_what_was_kept_is_not_told_to_another_host(town):
    made(town, headers="Authorization: Bearer hush")
    hidden = {"headers": f"Authorization: {commands.HIDDEN}"}
    for url in ("https://evil.example.net/in", "http://hooks.example.com/in",
                "https://hooks.example.com:8443/in"):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            changed(town, url=url, **hidden)
        assert refused.value.fields == {"headers": "header_elsewhere"}
    assert changed(town, url="https://hooks.example.com/other", **hidden)
    moved = changed(town, url="https://evil.example.net/in", headers="Authorization: mine")
    assert moved["headers"] == [["Authorization"], ["Authorization (new value)"]]


def test_a_delivery_of_another_webhook_is_not_there(town):
    made(town)
    made(town, name="other")

    def ask(work):
        one, other = work.session.scalars(select(Webhook).order_by(Webhook.id))
        delivery = commands.send_test(work, other)
        with pytest.raises(NotFound):
            commands.resend(work, one, delivery.id)
        commands.resend(work, other, delivery.id)

    town.desk.run(ask, town.actor("ada"))
