"""Webhooks by name, and what was sent to each: the log that says whether the other side has it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db.base import Base, Json, Utc


class Webhook(Base):
    """An address outside that rules may tell of a ticket.

    What signs a call is made of the desk's secret and `salt`, so that it lies in no table.
    `headers` are [name, sealed value] and may hold what the other side takes for a password: no
    page, log or export shows the values.
    """

    __tablename__ = "webhook"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)  # what rules call it, for good
    description: Mapped[str] = mapped_column(String(400), default="")
    url: Mapped[str] = mapped_column(Text)
    headers: Mapped[list[Any]] = mapped_column(Json, default=list)
    template: Mapped[str] = mapped_column(Text, default="")  # empty: what docs/webhooks.md says
    timeout: Mapped[int] = mapped_column(default=10)  # seconds for one call, redirects included
    active: Mapped[bool] = mapped_column(default=True)
    salt: Mapped[str] = mapped_column(String(64))
    stopped: Mapped[str] = mapped_column(Text, default="")  # why the desk has switched it off
    failures: Mapped[int] = mapped_column(default=0)  # in a row without any answer
    rests_until: Mapped[datetime | None] = mapped_column(Utc)


class WebhookDelivery(Base):
    """One call with what is sent, the same at every try, and what the last try came to.

    Its row of the outbox knows how often it was tried and when it is tried next.
    """

    __tablename__ = "webhook_delivery"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)  # told to the other side
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id"), index=True)
    outbox_id: Mapped[int] = mapped_column(index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    event: Mapped[str] = mapped_column(String(80))
    rule: Mapped[str] = mapped_column(String(400), default="")
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Utc, index=True)
    tried_at: Mapped[datetime | None] = mapped_column(Utc)
    status: Mapped[int | None]  # of the last answer; None where none came
    milliseconds: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str] = mapped_column(Text, default="")
    problem: Mapped[str] = mapped_column(Text, default="")
    webhook: Mapped[Webhook] = relationship()
