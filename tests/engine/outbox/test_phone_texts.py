"""SMS and fax leave by what the operator has set; without it they can be looked at as files."""

import json
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import update

from engine.channels.sms import parse_webhook
from engine.commands.articles import NewFile, reply
from engine.commands.intake import deliver as take_in
from engine.outbox.phone_texts import provider
from engine.tickets import queries
from engine.tickets.models import Article
from tests.smtp_sink import SmtpSink
from tests.town import Town

PDF = b"%PDF-1.4\n1 0 obj<</Type /Page>>endobj\n%%EOF\n"


def delivery(town: Town, number: str, channel: str) -> str:
    found = town.see(number, lambda w, t: queries.articles(w.session, w.actor, t))
    return next(a.delivery for a in found if a.channel == channel and a.direction == "out")


def test_without_a_provider_a_text_is_a_file(town: Town, deliver: Callable[[], int]) -> None:
    number = town.report()
    town.do("ada", number, lambda w, t: reply(w, t, "On its way", channel="sms") and None)
    deliver()
    texts = [p.read_text() for p in (town.desk.settings.home / "sent").glob("*.sms.txt")]
    assert len(texts) == 1
    assert "+491701234567" in texts[0]
    assert "On its way" in texts[0]
    assert delivery(town, number, "sms") == "sent"


def test_a_fax_goes_as_mail_to_the_gateway(
    town: Town, posted: SmtpSink, deliver: Callable[[], int]
) -> None:
    town.desk.settings = replace(town.desk.settings, fax_gateway="{number}@fax.example.com")
    number = town.report()
    file = NewFile("letter.pdf", "application/pdf", PDF)
    town.do(
        "ada", number, lambda w, t: reply(w, t, "See page", channel="fax", files=[file]) and None
    )
    deliver()
    got = [one for one in posted.messages if one.recipients == ("4989123456@fax.example.com",)]
    assert len(got) == 1
    assert delivery(town, number, "fax") == "sent"


def test_a_gateway_within_the_house_is_told_by_its_address(town: Town) -> None:
    settings = replace(town.desk.settings, sms_url="https://api.twilio.com/x", sms_sender="+1")
    assert (provider(settings).kind, provider(settings).allow_inside) == ("twilio", False)
    settings = replace(settings, sms_url="http://gateway.lan/sms")
    assert (provider(settings).kind, provider(settings).allow_inside) == ("json", True)


def test_a_text_bears_the_number_of_its_ticket_once(town: Town, deliver: Callable[[], int]) -> None:
    number = town.report()
    for words in ("On its way", f"About {number}: done"):
        town.do("ada", number, lambda w, t, say=words: reply(w, t, say, channel="sms") and None)
    deliver()
    texts = [p.read_text() for p in (town.desk.settings.home / "sent").glob("*.sms.txt")]
    assert [text.count(number) for text in texts] == [1, 1]


def test_a_machine_gets_no_automatic_text_and_a_person_not_without_end(
    town: Town, deliver: Callable[[], int]
) -> None:
    town.desk.settings = replace(town.desk.settings, auto_replies_per_day=2)
    for key in range(4):
        raw = json.dumps({"id": str(key), "from": "+491605550001", "to": "+49301", "text": "Help"})
        take_in(town.desk, parse_webhook(raw.encode()))
        town.desk.run(lambda w: w.session.execute(update(Article).values(channel="phone")))
        deliver()
    sent = list((town.desk.settings.home / "sent").glob("*.sms.txt"))
    assert len(sent) == 2
