"""With what a play begins: a ticket with sensible values, and the questions that change them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyramid.request import Request
from sqlalchemy import select

from engine.catalogue.models import TicketType
from engine.errors import Invalid
from engine.workflow.sandbox import TICKET, rank_of
from webapp.forms.fields import Field, build_fields
from webapp.i18n import N_
from webapp.presenters.choices import (
    priority_choices,
    queue_choices,
    service_choices,
    type_choices,
)

PREFIX = "ticket."
CHANNELS = {"web": N_("Web"), "email": N_("E-mail"), "phone": N_("Phone"), "sms": N_("SMS"),
            "fax": N_("Fax"), "api": N_("API")}  # fmt: skip
LABELS = {
    "title": N_("Subject"), "body": N_("First message"), "type": N_("Type"), "queue": N_("Queue"),
    "priority": N_("Priority"), "service": N_("Service"), "channel": N_("Channel"),
    "customer_name": N_("Customer"), "customer": N_("Address of the customer"),
    "organisation": N_("Organisation"), "language": N_("Language"), "tags": N_("Tags"),
    "vip": N_("Customer is to be treated first (VIP)"),
}  # fmt: skip
LONGEST = 2000
MOST_LINES = 60


def first_ticket(request: Request, key: str) -> dict[str, Any]:
    """A ticket as it might come in for a process."""
    kind = request.db.scalar(
        select(TicketType.name).where(TicketType.process_key == key).order_by(TicketType.id)
    )
    queues = [name for name, _ in queue_choices(request)]
    return {
        "title": request.translate(N_("A request to try it with")),
        "type": kind or "",
        "queue": next(iter([q for q in queues if q == "Service Desk"] or queues), ""),
        "priority": 3,
        "channel": "web",
        "customer_name": "Clara Huber",
        "customer": "clara.huber@example.org",
        "language": request.reader.language,
    }


def start_fields(request: Request, ticket: Mapping[str, Any]) -> list[Field]:
    """The questions about the ticket that a play begins with."""
    now = {**TICKET, **ticket}
    priorities = priority_choices(request)
    rank = next((name for name, _ in priorities if rank_of(name) == rank_of(now["priority"])), "")
    tags = now["tags"] if isinstance(now["tags"], list) else []
    values = now | {"priority": rank, "tags": ", ".join(map(str, tags)), "vip": now["vip"] is True}
    widgets = {"body": "textarea", "type": "select", "queue": "select", "priority": "select",
               "service": "select", "channel": "select", "language": "select",
               "vip": "checkbox"}  # fmt: skip
    schema = {"properties": {PREFIX + name: _schema(name) for name in LABELS}}
    ui = {"fields": {PREFIX + name: {"label": request.translate(label),
                                     "widget": widgets.get(name, "text")}
                     for name, label in LABELS.items()}}  # fmt: skip
    choices = {
        "type": type_choices(request), "queue": queue_choices(request), "priority": priorities,
        "service": service_choices(request),
        "channel": [(name, request.translate(label)) for name, label in CHANNELS.items()],
        "language": [("de", "Deutsch"), ("en", "English")],
    }  # fmt: skip
    return build_fields(
        schema,
        ui,
        request.reader.language,
        {PREFIX + name: values[name] for name in LABELS},
        options={PREFIX + name: found for name, found in choices.items()},
    )


def read_start(posted: Mapping[str, Any]) -> dict[str, Any]:
    """The ticket that was typed; what is left empty is left out."""
    found: dict[str, Any] = {}
    for name in LABELS:
        text = str(posted.get(PREFIX + name) or "").strip()[:LONGEST]
        tags = [tag.strip() for tag in text.split(",") if tag.strip()][:50]
        value = {"tags": tags, "vip": text == "true"}.get(name, text)
        if value:
            found[name] = rank_of(value) if name == "priority" else value
    return found


def read_lines(text: str) -> dict[str, Any]:
    """Variables typed as `name = value`, one a line; raises `Invalid` for another line."""
    found: dict[str, Any] = {}
    for line in [one for one in text.splitlines() if one.strip()][:MOST_LINES]:
        name, sign, said = line.partition("=")
        if not sign or not name.strip():
            raise Invalid("Write one line for each, such as: queue = Network")
        found[name.strip()[:120]] = _value(said.strip()[:LONGEST])
    return found


def as_lines(values: Mapping[str, Any]) -> str:
    """Variables as they are typed."""
    return "\n".join(f"{name} = {_written(value)}" for name, value in values.items())


def _value(text: str) -> Any:
    plain = text.lower()
    if plain in ("true", "false"):
        return plain == "true"
    try:
        return int(text) if len(text) < 16 else text
    except ValueError:
        return text


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _schema(name: str) -> dict[str, Any]:
    return {"type": "boolean"} if name == "vip" else {"type": "string", "maxLength": LONGEST}
