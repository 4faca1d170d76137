"""Webhooks: kept by admins, called by rules, tried and sent again by hand."""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select

from engine.audit.models import DecisionTrace
from engine.audit.trail import record, record_desk
from engine.catalogue.queries import custom_fields
from engine.channels.web_call import parsed, same_origin
from engine.commands.administering import admins_only, record_change
from engine.commands.facts import facts_of
from engine.errors import Conflict, Invalid, NotFound
from engine.outbox import repair, write
from engine.outbox.models import OutboxRow
from engine.outbox.webhook_body import filled, read_template, unknown_places
from engine.outbox.webhook_models import Webhook, WebhookDelivery
from engine.outbox.webhooks import TEST, TOPIC, sealed_header, secret_of, wake
from engine.settings import Settings
from engine.tickets.models import Ticket
from engine.work import Work

MOST_HEADERS = 10
LONGEST_HEADER = 2000
TIMEOUTS = range(1, 31)  # seconds
HIDDEN = "•" * 8  # stands in the form for a value that is kept
MOST_AN_HOUR = 50  # calls of one webhook for one ticket
FIELDS = (
    "ticket.number", "ticket.title", "ticket.body", "ticket.queue", "ticket.type",
    "ticket.priority", "ticket.state", "ticket.state_type", "ticket.service", "ticket.sla",
    "ticket.owner", "ticket.responsible", "ticket.channel", "ticket.tags", "ticket.language",
    "ticket.created", "ticket.age_minutes", "ticket.working_minutes",
    "customer.email", "customer.domain", "customer.name",
    "customer.organisation", "customer.vip", "customer.internal",
    "notification.to", "notification.name", "notification.subject", "notification.text",
)  # fmt: skip
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}\Z")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,80}\Z")
# What the call itself says, what belongs to one connection, and what speaks for somebody else.
_OURS = re.compile(
    r"(host|content-.*|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect|"
    r"proxy-.*|cookie|set-cookie|user-agent|accept-encoding|vorgang-.*)\Z",
    re.IGNORECASE,
)


def create_webhook(work: Work, values: Mapping[str, Any]) -> tuple[Webhook, str]:
    """Make a webhook; also says what signs its calls, which nobody is told again."""
    admins_only(work)
    name = str(values.get("name") or "").strip()
    wrong: dict[str, str] = {}
    if not _NAME.match(name):
        wrong["name"] = "webhook_name" if name else "required"
    elif work.session.scalar(select(Webhook.id).where(Webhook.name == name)) is not None:
        wrong["name"] = "taken"
    webhook = Webhook(name=name, salt=secrets.token_hex(16), headers=[])
    _fill(work, webhook, values, wrong)
    work.session.add(webhook)
    work.session.flush()
    record_desk(work, "webhook created", name=name)
    return webhook, secret_of(work.desk.settings, webhook)


def change_webhook(work: Work, webhook: Webhook, values: Mapping[str, Any]) -> None:
    """Change all but the name, which rules say; what waits goes to the address that is new."""
    admins_only(work)
    before, kept = _state(webhook), [value for _, value in webhook.headers]
    _fill(work, webhook, values, {})
    wake(work, webhook)
    if webhook.active:
        webhook.stopped = ""
    work.session.flush()
    record_change(work, "webhook changed", webhook.name, before, _state(webhook, kept))


def new_secret(work: Work, webhook: Webhook) -> str:
    """Sign with another secret from now on, and say it this once."""
    admins_only(work)
    webhook.salt = secrets.token_hex(16)
    record_desk(work, "webhook secret changed", name=webhook.name)
    return secret_of(work.desk.settings, webhook)


def delete_webhook(work: Work, webhook: Webhook) -> None:
    """Take a webhook away with its log; refused while rules in force name it."""
    admins_only(work)
    rules = rules_naming(work, webhook.name)
    if rules:
        raise Conflict("Rules name this webhook: %(rules)s", values={"rules": ", ".join(rules)})
    mine = select(WebhookDelivery.outbox_id).where(WebhookDelivery.webhook_id == webhook.id)
    work.session.execute(delete(OutboxRow).where(OutboxRow.id.in_(mine)))
    work.session.execute(delete(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook.id))
    work.session.delete(webhook)
    record_desk(work, "webhook deleted", name=webhook.name)


def rules_naming(work: Work, name: str) -> list[str]:
    """Ruleset and rule of all that would call this webhook, of the release in force."""
    try:
        release = work.desk.library.release(work.session)
    except NotFound:
        return []
    return [
        f"{ruleset.name}: {rule}"
        for ruleset in release.rulesets.values()
        for rule, actions in [
            *((rule.id, rule.then) for rule in ruleset.rules), ("default", ruleset.default)
        ]
        if any(action.verb == "webhook" and action.value == name for action in actions)
    ]  # fmt: skip


def webhook_with(work: Work, webhook_id: int) -> Webhook:
    """The webhook with this id; raises `NotFound`."""
    webhook = work.session.get(Webhook, webhook_id)
    if webhook is None:
        raise NotFound("There is no such webhook.")
    return webhook


def call_webhook(work: Work, ticket: Ticket, name: str) -> WebhookDelivery:
    """What a rule asks for: say to the outside what the ticket is like now, once this commits."""
    webhook = work.session.scalar(select(Webhook).where(Webhook.name == name))
    if webhook is None:
        raise Invalid("There is no webhook called “%(name)s”.", values={"name": name})
    if not webhook.active:
        raise Invalid("The webhook “%(name)s” is switched off.", values={"name": name})
    if _called_lately(work, webhook, ticket) >= MOST_AN_HOUR:
        raise Invalid(
            "The webhook “%(name)s” was called %(n)s times within an hour for this ticket.",
            values={"name": name, "n": str(MOST_AN_HOUR)},
        )
    event = ""
    if work.cause.trace_id is not None:
        asked = select(DecisionTrace.event).where(DecisionTrace.id == work.cause.trace_id)
        event = work.session.scalar(asked) or ""
    facts = facts_of(work, ticket) | {"ticket.url": _address(work, ticket.number)}
    delivery = deliver_event(work, webhook, event or "asked", facts, ticket.id)
    record(work, ticket.id, "webhook", after=name)
    return delivery


def _called_lately(work: Work, webhook: Webhook, ticket: Ticket) -> int:
    """How often for this ticket; whom we call may change it by our API, and so be called again."""
    query = select(func.count(WebhookDelivery.id)).where(
        WebhookDelivery.ticket_id == ticket.id,
        WebhookDelivery.webhook_id == webhook.id,
        WebhookDelivery.created_at > work.now - timedelta(hours=1),
    )
    return int(work.session.scalar(query) or 0)


def send_test(work: Work, webhook: Webhook) -> WebhookDelivery:
    """Call it with facts that are made up, also while it is switched off."""
    admins_only(work)
    facts: dict[str, Any] = {name: name.partition(".")[2] for name in FIELDS}
    facts |= {"ticket.number": "0", "ticket.title": "Test of Vorgang", "ticket.priority": 3}
    facts |= {"ticket.tags": ["test"], "ticket.created": work.now.isoformat()}
    return deliver_event(work, webhook, TEST, facts | {"ticket.url": _address(work, "0")}, None)


def resend(work: Work, webhook: Webhook, delivery_id: int) -> None:
    """Try one delivery again at once that was given up or still waits."""
    admins_only(work)
    delivery = work.session.get(WebhookDelivery, delivery_id)
    if delivery is None or delivery.webhook_id != webhook.id:
        raise NotFound("There is no such delivery.")
    wake(work, webhook)
    repair.retry(work, delivery.outbox_id)


def resend_dead(work: Work, webhook: Webhook) -> int:
    """The same with all that were given up; says how many there were."""
    admins_only(work)
    query = select(OutboxRow.id).join(WebhookDelivery, WebhookDelivery.outbox_id == OutboxRow.id)
    mine = query.where(WebhookDelivery.webhook_id == webhook.id, OutboxRow.status == "dead")
    numbers = list(work.session.scalars(mine))
    for number in numbers:
        repair.retry(work, number)
    wake(work, webhook)
    return len(numbers)


def deliver_event(
    work: Work,
    webhook: Webhook,
    event: str,
    facts: Mapping[str, Any],
    ticket_id: int | None,
    standard: Any = None,
) -> WebhookDelivery:
    """Say to the outside what happened, once this commits; `standard` is said where the webhook
    has no words of its own."""
    own = webhook.template.strip()
    template = standard if standard is not None and not own else read_template(own)
    key = uuid.uuid4().hex
    rule = work.cause.reason if work.cause.kind == "rule" else ""
    said = {"delivery": key, "event": event, "rule": rule, "time": work.now.isoformat()}
    row = write.add(work, TOPIC)  # what it is about is no delivery of the ticket's messages
    work.session.flush()
    delivery = WebhookDelivery(
        key=key, webhook=webhook, outbox_id=row.id, ticket_id=ticket_id, event=event[:80],
        rule=rule[:400], body=filled(template, {**facts, **said}),
        created_at=work.now,
    )  # fmt: skip
    work.session.add(delivery)
    work.session.flush()
    row.payload = {"delivery_id": delivery.id}
    return delivery


def _address(work: Work, number: str) -> str:
    return f"{work.desk.settings.base_url.rstrip('/')}/tickets/{number}"


def _fill(work: Work, webhook: Webhook, values: Mapping[str, Any], wrong: dict[str, str]) -> None:
    """Set what was given, after all of it has been found to be right."""
    url = str(values.get("url") or "").strip()
    template = str(values.get("template") or "").strip()
    headers = _headers(work.desk.settings, str(values.get("headers") or ""), webhook, url, wrong)
    details: dict[str, str] = {}
    try:
        parsed(url)
    except Invalid:
        wrong["url"] = "url" if url else "required"
    try:
        known = [*FIELDS, *(f"custom.{field.name}" for field in custom_fields(work.session))]
        unknown = unknown_places(read_template(template), known)
        if unknown:
            wrong["template"], details["template"] = "placeholder", ", ".join(unknown)[:200]
    except Invalid as error:
        wrong |= error.fields
    seconds = str(values.get("timeout") or "10").strip()
    if not seconds.isascii() or not seconds.isdigit() or int(seconds[:3]) not in TIMEOUTS:
        wrong["timeout"] = "seconds"
    if wrong:
        raise Invalid("The webhook cannot be saved like this.", fields=wrong, values=details)
    webhook.url, webhook.template, webhook.headers = url, template, headers
    webhook.timeout = int(seconds)
    webhook.description = " ".join(str(values.get("description") or "").split())[:400]
    webhook.active = bool(values.get("active", True))


def _headers(
    settings: Settings, text: str, webhook: Webhook, url: str, wrong: dict[str, str]
) -> list[list[str]]:
    """One header in each line; a value that is hidden stays as it is.

    Not for another host: what was trusted to one would be told to whoever the other belongs to.
    """
    kept = {str(name).lower(): str(value) for name, value in webhook.headers}
    elsewhere = bool(kept) and not same_origin(webhook.url, url)
    found: dict[str, list[str]] = {}
    for line in filter(None, map(str.strip, text.replace("\r\n", "\n").split("\n"))):
        name, colon, value = (part.strip() for part in line.partition(":"))
        hidden = value == HIDDEN and name.lower() in kept
        if hidden and elsewhere:
            wrong["headers"] = "header_elsewhere"
            return []
        plain = value.isascii() and value.isprintable() and 0 < len(value) <= LONGEST_HEADER
        again = name.lower() in found or len(found) >= MOST_HEADERS
        if not colon or not _HEADER.match(name) or _OURS.match(name) or again:
            wrong["headers"] = "header"
            return []
        if hidden:
            found[name.lower()] = [name, kept[name.lower()]]
            continue
        if not plain:
            wrong["headers"] = "header"
            return []
        found[name.lower()] = [name, sealed_header(settings, webhook.name, name, value)]
    return list(found.values())


def _state(webhook: Webhook, kept: Collection[str] | None = None) -> dict[str, Any]:
    """What history keeps; of headers only their names, and which have a value that is new."""
    others = kept if kept is not None else [value for _, value in webhook.headers]
    return {
        "url": webhook.url,
        "description": webhook.description,
        "headers": [f"{name}{'' if value in others else ' (new value)'}"
                    for name, value in webhook.headers],
        "template": webhook.template,
        "timeout": webhook.timeout,
        "active": webhook.active,
    }  # fmt: skip
