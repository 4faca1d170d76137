"""Finding queues, states, priorities and the rest by name."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.catalogue.models import (
    CustomField,
    Offer,
    Priority,
    Queue,
    Service,
    Sla,
    State,
    TicketType,
)
from engine.errors import Invalid

Named = TypeVar("Named", Queue, State, Priority, TicketType, Service, Sla)


def by_name(session: Session, kind: type[Named], name: str) -> Named:
    """The row of this kind with this name; raises `Invalid` naming what is unknown."""
    found = session.scalar(select(kind).where(kind.name == name))
    if found is None:
        raise Invalid(f"There is no {kind.__tablename__.replace('_', ' ')} called {name!r}.")
    return found


def maybe(session: Session, kind: type[Named], name: str | None) -> Named | None:
    """The row with this name, or None where there is no name or no such row."""
    return session.scalar(select(kind).where(kind.name == name)) if name else None


def priority_of(session: Session, value: object) -> Priority:
    """A priority by rank (1–5, also as text) or by name; raises `Invalid`."""
    text = str(value).strip()
    query = select(Priority).where(Priority.rank == int(text)) if text in "12345" and text else None
    found = session.scalar(query) if query is not None else None
    return found or by_name(session, Priority, text)


def queues(session: Session) -> list[Queue]:
    """All active queues in the order of their paths."""
    return list(session.scalars(select(Queue).where(Queue.active).order_by(Queue.name)))


def all_of(session: Session, kind: type[Named]) -> list[Named]:
    """All rows of a small kind, in their natural order."""
    order = Priority.rank if kind is Priority else kind.id
    return list(session.scalars(select(kind).order_by(order)))


def offers(session: Session) -> list[Offer]:
    """The service catalogue in order."""
    return list(
        session.scalars(select(Offer).where(Offer.active).order_by(Offer.position, Offer.key))
    )


def custom_fields(session: Session) -> list[CustomField]:
    """The company's own ticket fields."""
    return list(session.scalars(select(CustomField).order_by(CustomField.name)))


def default_queue(session: Session) -> Queue:
    """Where a message lands that nothing else has placed: `Postmaster`, else the first queue."""
    found = session.scalar(select(Queue).where(Queue.name == "Postmaster"))
    return (
        found
        or session.scalars(select(Queue).order_by(Queue.id)).first()
        or by_name(session, Queue, "Postmaster")
    )


def queue_for_address(session: Session, addresses: list[str]) -> Queue | None:
    """The queue whose address a mail was sent to."""
    wanted = [address.strip().lower() for address in addresses]
    return session.scalars(
        select(Queue).where(Queue.email.in_(wanted), Queue.email != "").order_by(Queue.id)
    ).first()
