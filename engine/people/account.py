"""What people see of their own account: where they are logged in, their links and API keys."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.people.models import ApiToken, LoginSession, PasswordLink, Person
from engine.people.passwords import token_digest


def live_sessions(session: Session, person: Person, now: datetime) -> list[LoginSession]:
    """The browsers in which this person is logged in, the latest first."""
    query = select(LoginSession).where(
        LoginSession.person_id == person.id,
        LoginSession.revoked_at.is_(None),
        LoginSession.expires_at > now,
    )
    return list(session.scalars(query.order_by(LoginSession.created_at.desc()).limit(100)))


def live_tokens(session: Session, person: Person) -> list[ApiToken]:
    """The person's keys that have not been revoked, the latest first."""
    query = select(ApiToken).where(ApiToken.person_id == person.id, ApiToken.revoked_at.is_(None))
    return list(session.scalars(query.order_by(ApiToken.id.desc()).limit(100)))


def open_link(session: Session, token: str, now: datetime) -> PasswordLink:
    """A link to set a password that still works; spent, old and invented ones are `NotFound`."""
    link = session.get(PasswordLink, token_digest(token))
    if link is None or link.used_at is not None or link.expires_at <= now:
        raise NotFound("This link has been used or is too old. Ask for a new one.")
    return link


def token_for(session: Session, person: Person, token_id: int) -> ApiToken:
    """One key of this person; somebody else's and absent ones are the same `NotFound`."""
    query = select(ApiToken).where(ApiToken.id == token_id, ApiToken.person_id == person.id)
    token = session.scalar(query)
    if token is None:
        raise NotFound("There is no such key.")
    return token
