"""Who there is: customers, agents, their organisations and groups, their sessions and tokens."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db.base import Base, Json, Utc

ROLES = ("customer", "agent", "owner", "admin")
PERMISSIONS = ("ro", "create", "note", "move_into", "owner", "priority", "rw")


class Organisation(Base):
    """A company or department that customers belong to."""

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    domain: Mapped[str] = mapped_column(String(200), default="")
    vip: Mapped[bool] = mapped_column(default=False)
    internal: Mapped[bool] = mapped_column(default=False)  # part of the house, not a customer of it
    active: Mapped[bool] = mapped_column(default=True)


class Person(Base):
    """A customer, an agent, or somebody who has only written to us so far.

    `login` is the lower-cased e-mail address for everybody who has one, else a made-up key such as
    the telephone number of an SMS. Without `password_hash` nobody can log in as this person.
    """

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(320), default="", index=True)
    phone: Mapped[str] = mapped_column(String(40), default="", index=True)
    mobile: Mapped[str] = mapped_column(String(40), default="", index=True)
    fax: Mapped[str] = mapped_column(String(40), default="", index=True)
    language: Mapped[str] = mapped_column(String(8), default="en")
    zone: Mapped[str] = mapped_column(String(64), default="Europe/Berlin")
    theme: Mapped[str] = mapped_column(String(8), default="")
    letter_keys: Mapped[bool] = mapped_column(default=True, server_default=true())
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    vip: Mapped[bool] = mapped_column(default=False)
    company_view: Mapped[bool] = mapped_column(
        default=False
    )  # sees all tickets of the organisation
    password_hash: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(Utc)
    last_seen_at: Mapped[datetime | None] = mapped_column(Utc)

    organisation: Mapped[Organisation | None] = relationship()
    manager: Mapped[Person | None] = relationship(remote_side=[id])
    role_rows: Mapped[list[PersonRole]] = relationship(cascade="all, delete-orphan")

    @property
    def roles(self) -> frozenset[str]:
        """The names of all roles this person has."""
        return frozenset(row.role for row in self.role_rows)

    @property
    def is_agent(self) -> bool:
        """Whether this person works on tickets rather than only reporting them."""
        return bool(self.roles & {"agent", "owner", "admin"})


class PersonRole(Base):
    """One role of one person."""

    __tablename__ = "person_role"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)


class Group(Base):
    """A team; queues belong to groups, and permissions are given on groups."""

    __tablename__ = "team"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)


class Membership(Base):
    """What a person may do with the tickets of a group's queues; `rw` means everything."""

    __tablename__ = "membership"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True)
    permission: Mapped[str] = mapped_column(String(20), primary_key=True)


class TeamLead(Base):
    """Somebody who leads a group: told where its tickets run late, and given what nobody has."""

    __tablename__ = "team_lead"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True, index=True)


class Absence(Base):
    """The days, both included, on which somebody is away, and who stands in for them."""

    __tablename__ = "absence"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    substitute_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class PersonSkill(Base):
    """Something that a person can do; whoever hands out tickets may ask for it."""

    __tablename__ = "person_skill"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    skill: Mapped[str] = mapped_column(String(60), primary_key=True)


class LoginSession(Base):
    """One browser that is logged in; the key itself is never stored, only its digest."""

    __tablename__ = "login_session"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Utc)
    used_at: Mapped[datetime] = mapped_column(Utc)
    expires_at: Mapped[datetime] = mapped_column(Utc)
    revoked_at: Mapped[datetime | None] = mapped_column(Utc)
    device: Mapped[str] = mapped_column(String(200), default="")
    person: Mapped[Person] = relationship()


class ApiToken(Base):
    """A key for the API; shown once when it is made, then only its digest is known."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(Utc)
    expires_at: Mapped[datetime | None] = mapped_column(Utc)
    revoked_at: Mapped[datetime | None] = mapped_column(Utc)
    used_at: Mapped[datetime | None] = mapped_column(Utc)
    person: Mapped[Person] = relationship()


class PasswordLink(Base):
    """A one-time link, sent by mail, with which a person sets a password."""

    __tablename__ = "password_link"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Utc)
    expires_at: Mapped[datetime] = mapped_column(Utc)
    used_at: Mapped[datetime | None] = mapped_column(Utc)
    person: Mapped[Person] = relationship()


class Attempt(Base):
    """One failed try (login, registration, reset) that throttling counts."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_key_at", "key", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(400))
    at: Mapped[datetime] = mapped_column(Utc)


class Preference(Base):
    """One remembered choice of a person, such as the columns of a table."""

    __tablename__ = "preference"
    __table_args__ = (UniqueConstraint("person_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(80))
    value: Mapped[Any] = mapped_column(Json)
