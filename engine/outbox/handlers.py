"""Which handler delivers which topic."""

from __future__ import annotations

from collections.abc import Mapping

from engine.outbox.articles import give_up
from engine.outbox.drain import Handler
from engine.outbox.faq_index import index_item
from engine.outbox.letters import send_letter
from engine.outbox.links import MakeLink, link_sender
from engine.outbox.mail import send_mail
from engine.outbox.notices import give_up_notice, send_notice
from engine.outbox.phone_texts import send_fax, send_text
from engine.outbox.webhooks import call_webhook, give_up_webhook


def handlers(make_link: MakeLink) -> Mapping[str, Handler]:
    """All handlers; `make_link` makes the token of a password link, which is a command's to do."""
    return {
        "mail": Handler(send_mail, give_up),
        "sms": Handler(send_text, give_up),
        "fax": Handler(send_fax, give_up),
        "notice": Handler(send_notice, give_up_notice),
        "letter": Handler(send_letter),
        "link": Handler(link_sender(make_link)),
        "index": Handler(index_item),
        "webhook": Handler(call_webhook, give_up_webhook),
    }
