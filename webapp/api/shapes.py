"""What the API shows of a thing: each shape names its fields, so nothing slips out unnamed.

Customers get less of the same shape; what they do not get is left out, not emptied.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pyramid.request import Request

from engine.catalogue.models import Offer
from engine.catalogue.queries import custom_fields
from engine.faq.models import FaqItem
from engine.people.models import Person
from engine.tickets import queries
from engine.tickets.access import may_take
from engine.tickets.flow import WorkItem
from engine.tickets.models import Article, Ticket
from webapp.jinja import iso

Shape = dict[str, Any]


def moment(value: datetime | None) -> str | None:
    """A time in UTC, or null."""
    return iso(value) or None


def person(row: Person | None) -> Shape | None:
    """Somebody in passing."""
    return {"login": row.login, "name": row.name} if row else None


def me(request: Request) -> Shape:
    """Who is asking."""
    row = request.person
    return {
        "login": row.login,
        "name": row.name,
        "email": row.email,
        "roles": sorted(row.roles),
        "language": row.language,
        "zone": row.zone,
        "organisation": row.organisation.name if row.organisation else None,
    }


def ticket(request: Request, row: Ticket) -> Shape:
    """A ticket as in a list."""
    shape: Shape = {
        "number": row.number,
        "title": row.title,
        "state": row.state.name,
        "state_type": row.state.type,
        "priority": row.priority.rank,
        "type": row.type.name if row.type else None,
        "service": row.service.name if row.service else None,
        "channel": row.channel,
        "customer": person(row.customer),
        "created_at": moment(row.created_at),
        "changed_at": moment(row.changed_at),
        "closed_at": moment(row.closed_at),
        "version": row.edition,
        "custom": own_fields(request, row),
    }
    if request.actor.is_agent:
        shape |= {
            "queue": row.queue.name,
            "sla": row.sla.name if row.sla else None,
            "owner": person(row.owner),
            "responsible": person(row.responsible),
            "tags": row.tags,
            "due_at": moment(row.due_at),
        }
    return shape


def own_fields(request: Request, row: Ticket) -> Shape:
    """The company's own fields; customers read those that are meant for them."""
    values = row.custom or {}
    if request.actor.is_agent or not values:
        return dict(values)
    shown = {field.name for field in custom_fields(request.db) if field.customer_visible}
    return {name: value for name, value in values.items() if name in shown}


def whole_ticket(request: Request, row: Ticket) -> Shape:
    """A ticket with the steps that it waits for, in words that its reader may know."""
    items = queries.open_items(request.db, row)
    version = items[0].instance.version if items else None
    steps = request.desk.library.definition(version).steps if version else {}
    shape = ticket(request, row) | {"steps": [_step(request, item, steps) for item in items]}
    return shape | (_inside(request, row) if request.actor.is_agent else {})


def _inside(request: Request, row: Ticket) -> Shape:
    """What only agents know of one ticket."""
    return {
        "pending_until": moment(row.pending_until),
        "incidents": [
            {
                "id": one.id,
                "step": one.step_id,
                "message": one.message,
                "tries": one.tries,
                "at": moment(one.at),
            }
            for one in queries.incidents(request.db, row)
        ],
        "links": [
            {"kind": kind, "number": other.number, "title": other.title}
            for kind, other in queries.linked(request.db, request.actor, row)
        ],
    }


def _step(request: Request, item: WorkItem, steps: Any) -> Shape:
    """Customers read the step's customer label, and its number only where it is theirs."""
    mine = item.person_id == request.actor.id
    inside = request.actor.is_agent
    known = steps.get(item.step_id)
    title = item.title if inside or mine else (known.label if known and known.shown else {})
    openable = mine or (inside and may_take(request.actor, item))
    return {
        "id": item.id if openable else None,
        "title": dict(title),
        "since": moment(item.created_at),
        "mine": mine,
    }


def article(request: Request, row: Article) -> Shape:
    """What was said, with its files; a customer reads the desk's name where an agent wrote."""
    inside = request.actor.is_agent
    ours = row.direction != "in" and not inside
    shape: Shape = {
        "id": row.id,
        "created_at": moment(row.created_at),
        "channel": row.channel,
        "direction": row.direction,
        "visible": row.visible,
        "sender": request.desk.settings.mail_name if ours else row.sender,
        "subject": row.subject,
        "body": row.body,
        "automatic": row.automatic,
        "attachments": [
            {
                "id": file.id,
                "name": file.name,
                "media_type": file.media_type,
                "size": file.size,
                "href": request.route_path("api.attachment", number=row.ticket.number, id=file.id),
            }
            for file in row.attachments
        ],
    }
    if inside:
        shape |= {
            "address": row.address,
            "recipients": [str(one) for one in row.recipients],
            "delivery": row.delivery,
            "verified": row.verified,
        }
    return shape


def task(request: Request, item: WorkItem) -> Shape:
    """A step that waits for somebody."""
    return {
        "id": item.id,
        "step": item.step_id,
        "title": dict(item.title),
        "ticket": {"number": item.ticket.number, "title": item.ticket.title},
        "status": item.status,
        "created_at": moment(item.created_at),
        "due_at": moment(item.soonest if request.actor.is_agent else item.due_at),
        "person": person(item.person),
    }


def faq(request: Request, item: FaqItem) -> Shape:
    """An item in passing."""
    shape: Shape = {
        "id": item.id,
        "number": item.number,
        "language": item.language,
        "category": item.category,
        "title": item.title,
    }
    return shape | ({"audience": item.audience} if request.actor.is_agent else {})


def whole_faq(request: Request, item: FaqItem) -> Shape:
    """An item to read; comment and version are for colleagues."""
    shape = faq(request, item) | {
        "symptom": item.symptom,
        "solution": item.solution,
        "keywords": [str(word) for word in item.keywords],
    }
    inside = {"comment": item.comment, "version": item.version, "active": item.active}
    return shape | (inside if request.actor.is_agent else {})


def offer(row: Offer) -> Shape:
    """An entry of the service catalogue with its form."""
    document = row.document
    return {
        "key": row.key,
        "title": _texts(document.get("title")),
        "text": _texts(document.get("text") or document.get("description")),
        "form": row.form or {},
    }


def _texts(value: Any) -> dict[str, str]:
    if isinstance(value, dict):
        return {str(language): str(text) for language, text in value.items()}
    return {"en": str(value)} if value else {}
