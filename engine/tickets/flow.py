"""Where a ticket stands in its process, as rows: lists never have to open a process instance."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.catalogue.models import Queue
from engine.catalogue.published import ProcessVersion
from engine.db.base import Base, Json, Utc
from engine.people.models import Group, Person
from engine.tickets.models import Ticket


class ProcessInstance(Base):
    """A running or ended process of a ticket; `document` is its state without the diagram."""

    __tablename__ = "process_instance"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("process_version.id"), index=True)
    document: Mapped[dict[str, Any]] = mapped_column(Json)
    status: Mapped[str] = mapped_column(String(12), index=True)  # running, done, cancelled
    # What the process of the parent ticket has handed over, for when one is begun anew here.
    given: Mapped[dict[str, Any] | None] = mapped_column(Json)
    started_at: Mapped[datetime] = mapped_column(Utc)
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
    revision: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012 - SQLAlchemy reads it as written
    version: Mapped[ProcessVersion] = relationship()
    ticket: Mapped[Ticket] = relationship()


class WorkItem(Base):
    """A step that waits for a person: what a task list shows.

    `kind` says for whom: `queue`, `group`, `role` or `person`. `queue_id` is always the queue whose
    agents may take it; unless the lane names one (`explicit`) it follows the ticket's queue.
    """

    __tablename__ = "work_item"
    __table_args__ = (
        Index("ix_work_item_person_id_status", "person_id", "status"),
        Index("ix_work_item_queue_id_status", "queue_id", "status"),
        Index("ix_work_item_ticket_id_status", "ticket_id", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    task_id: Mapped[str] = mapped_column(String(36), index=True)
    step_id: Mapped[str] = mapped_column(String(120))
    title: Mapped[dict[str, Any]] = mapped_column(Json)
    lane: Mapped[str] = mapped_column(String(120), default="")
    form: Mapped[str] = mapped_column(String(120), default="")
    kind: Mapped[str] = mapped_column(String(12))
    explicit: Mapped[bool] = mapped_column(default=False)
    queue_id: Mapped[int] = mapped_column(ForeignKey("queue.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    role: Mapped[str] = mapped_column(String(20), default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    for_customer: Mapped[bool] = mapped_column(default=False)  # waits for somebody outside
    claimed_at: Mapped[datetime | None] = mapped_column(Utc)
    created_at: Mapped[datetime] = mapped_column(Utc)
    due_at: Mapped[datetime | None] = mapped_column(Utc)
    status: Mapped[str] = mapped_column(String(12), default="open")  # open, done, cancelled
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
    ended_by: Mapped[str] = mapped_column(String(200), default="")
    draft: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    # Why it could not be given to whom its lane means; it fell to the ticket's queue then.
    problem: Mapped[str] = mapped_column(String(300), default="")
    # What was answered, without what people wrote: an example can be made of it. None: not kept.
    answers: Mapped[dict[str, Any] | None] = mapped_column(Json)
    ticket: Mapped[Ticket] = relationship()
    queue: Mapped[Queue] = relationship()
    group: Mapped[Group | None] = relationship()
    person: Mapped[Person | None] = relationship()
    instance: Mapped[ProcessInstance] = relationship()

    @property
    def soonest(self) -> datetime | None:
        """By when to act: the step's own time or the ticket's promise, whichever comes first."""
        return min((due for due in (self.due_at, self.ticket.due_at) if due), default=None)


class Subscription(Base):
    """A message that an instance waits for."""

    __tablename__ = "subscription"
    __table_args__ = (Index("ix_subscription_message", "message"),)  # a signal is for whoever waits

    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), primary_key=True)
    task_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    message: Mapped[str] = mapped_column(String(80), primary_key=True)


class StepLog(Base):
    """What happened at a step, append-only: the memory from which the path is drawn."""

    __tablename__ = "step_log"
    __table_args__ = (Index("ix_step_log_instance_id_id", "instance_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    step_id: Mapped[str] = mapped_column(String(120))
    outcome: Mapped[str] = mapped_column(String(12))  # entered, completed, cancelled, failed
    at: Mapped[datetime] = mapped_column(Utc)
    actor: Mapped[str] = mapped_column(String(200), default="")


class StepVisit(Base):
    """One stay at a step, from when it was entered until it was left; open while `left_at` is not.

    What `StepLog` tells as moves stands here as spans, so that figures over many tickets are one
    query. Queue and version are those of the moment: where it stood, and under which drawing.
    """

    __tablename__ = "step_visit"
    __table_args__ = (
        Index("ix_step_visit_instance_id_left_at", "instance_id", "left_at"),
        Index("ix_step_visit_version_id_left_at", "version_id", "left_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("process_version.id"))
    queue_id: Mapped[int] = mapped_column(ForeignKey("queue.id"))
    task_id: Mapped[str] = mapped_column(String(36), default="")
    step_id: Mapped[str] = mapped_column(String(120))
    entered_at: Mapped[datetime] = mapped_column(Utc)
    left_at: Mapped[datetime | None] = mapped_column(Utc)
    seconds: Mapped[int | None] = mapped_column()
    worked: Mapped[int | None] = mapped_column()  # of them within the ticket's working time
    outcome: Mapped[str] = mapped_column(String(12), default="")  # completed, cancelled
    actor: Mapped[str] = mapped_column(String(200), default="")  # who left it


class Incident(Base):
    """A step that failed on one ticket: shown with its reason, retried from the last good state.

    Without an instance the process itself could not begin.
    """

    __tablename__ = "incident"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("process_instance.id"), index=True)
    task_id: Mapped[str] = mapped_column(String(36))
    step_id: Mapped[str] = mapped_column(String(120))
    message: Mapped[str] = mapped_column(Text)
    tries: Mapped[int] = mapped_column(default=1)
    at: Mapped[datetime] = mapped_column(Utc)
    resolved_at: Mapped[datetime | None] = mapped_column(Utc)
    ticket: Mapped[Ticket] = relationship()
