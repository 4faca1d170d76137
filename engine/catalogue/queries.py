"""Finding queues, states, priorities and the rest by name."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.catalogue.audience import may_ask
from engine.catalogue.models import (
    CalendarRow,
    CustomField,
    Offer,
    Priority,
    Queue,
    Service,
    Sla,
    State,
    TicketType,
)
from engine.catalogue.shelf import shelf
from engine.errors import Invalid, NotFound
from engine.work import Actor

Named = TypeVar("Named", Queue, State, Priority, TicketType, Service, Sla)
Kept = TypeVar("Kept", Queue, State, Priority, TicketType, Service, Sla, CalendarRow)

NO_SUCH: dict[type[object], str] = {
    Queue: "There is no queue called “%(name)s”.",
    State: "There is no state called “%(name)s”.",
    Priority: "There is no priority called “%(name)s”.",
    TicketType: "There is no ticket type called “%(name)s”.",
    Service: "There is no service called “%(name)s”.",
    Sla: "There is no SLA called “%(name)s”.",
    CalendarRow: "There is no calendar called “%(name)s”.",
}


def by_name(session: Session, kind: type[Named], name: str) -> Named:
    """The row of this kind with this name; raises `Invalid` naming what is unknown."""
    found = shelf(session).named(kind, name)
    if found is None:
        raise Invalid(NO_SUCH[kind], values={"name": name})
    return found


def by_key(session: Session, kind: type[Kept], key: object) -> Kept:
    """The row of a small kind with this primary key; raises `Invalid` where it is gone."""
    found = shelf(session).get(kind, key)
    if found is None:
        raise Invalid(NO_SUCH[kind], values={"name": key})
    return found


def maybe(session: Session, kind: type[Named], name: str | None) -> Named | None:
    """The row with this name, or None where there is no name or no such row."""
    return shelf(session).named(kind, name) if name else None


def priority_of(session: Session, value: object) -> Priority:
    """A priority by rank (1–5, also as text) or by name; raises `Invalid`."""
    text = str(value).strip()
    ranked = {str(row.rank): row for row in shelf(session).all(Priority)}
    return ranked.get(text) or by_name(session, Priority, text)


def inherited_sla(
    session: Session, service: Service | None, queue: Queue
) -> tuple[Sla | None, str]:
    """The SLA that a ticket has where nobody gave it one, and what it comes from (or nothing)."""
    for source, sla_id in (
        ("service", service.sla_id if service else None),
        ("queue", queue.sla_id),
    ):
        if sla_id:
            return by_key(session, Sla, sla_id), source
    return None, ""


def queues(session: Session) -> list[Queue]:
    """All active queues in the order of their paths."""
    return sorted((q for q in _kept(session, Queue) if q.active), key=lambda queue: queue.name)


def all_of(session: Session, kind: type[Named]) -> list[Named]:
    """All rows of a small kind, in their natural order."""
    by = "rank" if kind is Priority else "id"
    return sorted(_kept(session, kind), key=lambda row: int(getattr(row, by)))


def _kept(session: Session, kind: type[Named]) -> list[Named]:
    if session.new:
        session.flush()  # what has been added in this transaction counts
    return shelf(session).all(kind)


def offers(session: Session, actor: Actor) -> list[Offer]:
    """The service catalogue in order, as far as it is for this actor."""
    query = select(Offer).where(Offer.active).order_by(Offer.position, Offer.key)
    return [offer for offer in session.scalars(query) if may_ask(actor, offer.document)]


def offer_for(session: Session, actor: Actor, key: str) -> Offer:
    """The offer with this key; raises `NotFound`, the same for one that is for others only."""
    offer = session.get(Offer, key)
    if offer is None or not offer.active or not may_ask(actor, offer.document):
        raise NotFound("There is no such offer.")
    return offer


def custom_fields(session: Session) -> list[CustomField]:
    """The company's own ticket fields, retired ones too."""
    if session.new:
        session.flush()
    return sorted(shelf(session).all(CustomField), key=lambda field: field.name)


def default_queue(session: Session) -> Queue:
    """Where a message lands that nothing else has placed: `Postmaster`, else the first queue."""
    return (
        maybe(session, Queue, "Postmaster")
        or session.scalars(select(Queue).order_by(Queue.id)).first()
        or by_name(session, Queue, "Postmaster")
    )


def queue_for_address(session: Session, addresses: list[str]) -> Queue | None:
    """The queue whose address a mail was sent to."""
    wanted = [address.strip().lower() for address in addresses]
    return session.scalars(
        select(Queue).where(Queue.email.in_(wanted), Queue.email != "").order_by(Queue.id)
    ).first()
