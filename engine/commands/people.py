"""People: made, changed, logged in and out, given passwords and keys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, joinedload

from engine.audit.trail import record_desk
from engine.commands.administering import admins_only
from engine.commands.contacts import new_contact, number_of, organisation_of
from engine.commands.customer_changes import OF_PERSON, customer_changed, facts_changed
from engine.commands.leaving import free_work
from engine.errors import Invalid
from engine.outbox import write as outbox
from engine.people.account import open_link
from engine.people.models import (
    PERMISSIONS,
    ROLES,
    ApiToken,
    Attempt,
    Group,
    LoginSession,
    Membership,
    PasswordLink,
    Person,
    PersonRole,
)
from engine.people.passwords import fresh_token, hash_password, password_fits, token_digest
from engine.people.queries import people_with_role, person_by_login
from engine.work import Work

LINK_HOURS = 24
CHANGEABLE = frozenset(
    (
        "name",
        "phone",
        "mobile",
        "fax",
        "language",
        "vip",
        "active",
        "company_view",
        "organisation",
        "manager",
    )
)
NUMBERS = frozenset(("phone", "mobile", "fax"))
LINKS_PER_HOUR = 3
LONGEST_NAME = 100  # of somebody who registers
_LINK = re.compile(r"(?i)://|www\.|@|[a-z0-9-]\.[a-z]{2,}/")


def create_person(
    work: Work,
    *,
    login: str,
    name: str,
    roles: Sequence[str],
    password: str | None = None,
    groups: Mapping[str, Iterable[str]] | None = None,
    **more: Any,
) -> Person:
    """Make a person. Raises `Invalid` where the login is taken or a role is unknown."""
    admins_only(work)
    login = login.strip().lower()
    if person_by_login(work.session, login) is not None:
        raise Invalid(
            "There is somebody with the login “%(login)s” already.",
            fields={"login": "taken"},
            values={"login": login},
        )
    if not roles or set(roles) - set(ROLES):
        raise Invalid("There is no such role.", fields={"roles": "enum"})
    person = Person(
        login=login,
        name=" ".join(name.split())[:200] or login,
        email=login if "@" in login else "",
        password_hash=hash_password(password) if password else None,
        active=True,
        created_at=work.now,
        role_rows=[PersonRole(role=role) for role in sorted(set(roles))],
        **_spelt(work, more),
    )
    if person.organisation is None and "customer" in roles:
        person.organisation = organisation_of(work, person.email)
    work.session.add(person)
    work.session.flush()
    if groups is not None:
        set_groups(work, person, groups)
    record_desk(work, "person created", login=login, roles=sorted(roles))
    return person


def change_person(work: Work, person: Person, changes: Mapping[str, Any]) -> None:
    """Change a person: name, roles, active, contact data. Disabling ends all sessions.

    The person's open tickets hear of what rules go by; they keep their organisation.

    Raises `Invalid` where nobody would be left who administers the desk.
    """
    admins_only(work)
    roles = changes.get("roles")
    if roles is not None and (not roles or set(roles) - set(ROLES)):
        raise Invalid("There is no such role.", fields={"roles": "enum"})
    stays = "admin" in (person.roles if roles is None else roles)
    if not (stays and changes.get("active", person.active)):
        _another_admin(work, person)
    before = {field: getattr(person, field) for field in OF_PERSON}
    for field, value in _spelt(work, changes).items():
        if field in CHANGEABLE:
            setattr(person, field, value)
    if roles is not None and person.roles != set(roles):
        person.role_rows = [PersonRole(role=role) for role in sorted(set(roles))]
    if not person.active:
        end_sessions(work, person)
        free_work(work, person)
    after = {field: getattr(person, field) for field in OF_PERSON}
    customer_changed(work, person, facts_changed(person, before, after))
    record_desk(work, "person changed", login=person.login, fields=sorted(changes))


def set_groups(work: Work, person: Person, groups: Mapping[str, Iterable[str]]) -> None:
    """Say anew in which groups a person has which permissions."""
    admins_only(work)
    work.session.execute(delete(Membership).where(Membership.person_id == person.id))
    for name, permissions in groups.items():
        group = work.session.scalar(select(Group).where(Group.name == name))
        unknown = set(permissions) - set(PERMISSIONS)
        if group is None or unknown:
            raise Invalid(
                "There is no group “%(name)s”, or not this permission.", values={"name": name}
            )
        for permission in sorted(set(permissions)):
            work.session.add(
                Membership(person_id=person.id, group_id=group.id, permission=permission)
            )
    work.session.flush()
    record_desk(work, "permissions changed", login=person.login)


def log_in(work: Work, login: str, password: str, *, address: str, device: str = "") -> str | None:
    """Check a password and open a session; returns the key for the cookie, or None.

    The answer and the time it takes are the same whether the login exists or not. After too many
    failures for the login or the address every try fails until the window has passed.
    """
    keys = [f"login:{login.strip().lower()[:320]}", f"from:{address[:64]}"]
    settings = work.desk.settings
    since = work.now - timedelta(minutes=settings.login_window_minutes)
    limits = {keys[0]: settings.login_tries, keys[1]: settings.login_tries * 5}
    blocked = any(_attempts(work.session, key, since) >= limit for key, limit in limits.items())
    person = person_by_login(work.session, login)
    known = person.password_hash if person is not None and person.active else None
    fits = password_fits(known, password)
    if blocked or not fits or person is None:
        work.session.add_all(Attempt(key=key, at=work.now) for key in keys)
        record_desk(work, "login failed", login=login.strip().lower()[:320], blocked=blocked)
        return None
    work.session.execute(delete(Attempt).where(Attempt.key == keys[0]))
    return open_session(work, person, device=device)


def open_session(work: Work, person: Person, *, device: str = "") -> str:
    """A new session of a person; the key is returned once and only its digest is kept."""
    key = fresh_token()
    work.session.add(
        LoginSession(
            digest=token_digest(key),
            person_id=person.id,
            created_at=work.now,
            used_at=work.now,
            expires_at=work.now + timedelta(hours=work.desk.settings.session_hours),
            device=device[:200],
        )
    )
    person.last_seen_at = work.now
    return key


def session_person(session: Session, key: str, now: datetime) -> Person | None:
    """The person behind a session key, if the session lives and the person is active."""
    who = joinedload(LoginSession.person).joinedload(Person.role_rows)  # asked with every request
    row = session.get(LoginSession, token_digest(key), options=[who])
    if row is None or row.revoked_at is not None or row.expires_at <= now:
        return None
    return row.person if row.person.active else None


def log_out(work: Work, key: str) -> None:
    """End the session with this key."""
    row = work.session.get(LoginSession, token_digest(key))
    if row is not None:
        row.revoked_at = work.now


def end_sessions(work: Work, person: Person, *, keep: str | None = None) -> None:
    """End every session of a person, but for the one kept."""
    query = update(LoginSession).where(
        LoginSession.person_id == person.id, LoginSession.revoked_at.is_(None)
    )
    if keep is not None:
        query = query.where(LoginSession.digest != token_digest(keep))
    work.session.execute(query.values(revoked_at=work.now))


def register(work: Work, *, name: str, email: str, language: str, address: str) -> None:
    """A customer asks for access; the link to set a password goes to the address, and only there.

    Nothing tells the caller whether the address was known.
    """
    email = email.strip().lower()
    if "@" not in email or len(email) > 320 or any(c in email for c in " \r\n,;<>"):
        raise Invalid("That is not a mail address.", fields={"email": "email"})
    if not name.strip():
        raise Invalid("Please say your name.", fields={"name": "required"})
    # The name stands in a mail to an address that anybody can give: it must not carry a message.
    if len(name) > LONGEST_NAME or _LINK.search(name):
        raise Invalid("That is not a name.", fields={"name": "name"})
    if _throttled(work, email, address):
        return
    person = person_by_login(work.session, email)
    if person is None:
        person = new_contact(work, name=name, email=email, language=language)
    if person.active:
        send_password_link(work, person)


def forgot_password(work: Work, email: str, *, address: str) -> None:
    """Send a link to set a new password, if there is such a person; says nothing either way."""
    email = email.strip().lower()
    if _throttled(work, email, address):
        return
    person = person_by_login(work.session, email)
    if person is not None and person.active and person.email:
        send_password_link(work, person)


def send_password_link(work: Work, person: Person) -> None:
    """Ask the outbox to make and send a link; the token itself is never stored."""
    outbox.add(work, "link", person_id=person.id)


def make_password_link(work: Work, person: Person) -> str:
    """A fresh one-time token for setting a password; earlier ones stop working."""
    token = fresh_token()
    work.session.execute(
        update(PasswordLink)
        .where(PasswordLink.person_id == person.id, PasswordLink.used_at.is_(None))
        .values(used_at=work.now)
    )
    work.session.add(
        PasswordLink(
            digest=token_digest(token),
            person_id=person.id,
            created_at=work.now,
            expires_at=work.now + timedelta(hours=LINK_HOURS),
        )
    )
    return token


def use_password_link(work: Work, token: str, password: str) -> Person:
    """Set a password by a link, once; ends all sessions. Raises `NotFound` for a spent link."""
    link = open_link(work.session, token, work.now)
    set_password(work, link.person, password)
    link.used_at = work.now
    return link.person


def set_password(work: Work, person: Person, password: str) -> None:
    """Give a person a new password; every session ends."""
    person.password_hash = hash_password(password)
    end_sessions(work, person)
    record_desk(work, "password set", login=person.login)


def make_token(
    work: Work, person: Person, label: str, *, days: int | None = 365
) -> tuple[ApiToken, str]:
    """A key for the API; the second value is shown once and never again."""
    if person.id != work.actor.id:
        admins_only(work)
    token = fresh_token()
    row = ApiToken(
        person_id=person.id,
        digest=token_digest(token),
        label=label.strip()[:120] or "API",
        created_at=work.now,
        expires_at=work.now + timedelta(days=days) if days else None,
    )
    work.session.add(row)
    work.session.flush()
    record_desk(work, "token made", login=person.login, label=row.label)
    return row, token


def revoke_token(work: Work, token: ApiToken) -> None:
    """Make a key useless."""
    if token.person_id != work.actor.id:
        admins_only(work)
    token.revoked_at = work.now


def token_person(session: Session, token: str, now: datetime) -> Person | None:
    """The person behind an API key, if the key lives and the person is active."""
    row = session.scalar(select(ApiToken).where(ApiToken.digest == token_digest(token)))
    if row is None or row.revoked_at is not None or (row.expires_at and row.expires_at <= now):
        return None
    return row.person if row.person.active else None


def _throttled(work: Work, email: str, address: str) -> bool:
    since = work.now - timedelta(hours=1)
    keys = {f"link:{email[:320]}": LINKS_PER_HOUR, f"links from:{address[:64]}": 20}
    over = any(_attempts(work.session, key, since) >= limit for key, limit in keys.items())
    work.session.add_all(Attempt(key=key, at=work.now) for key in keys)
    return over


def _attempts(session: Session, key: str, since: datetime) -> int:
    query = select(func.count(Attempt.id)).where(Attempt.key == key, Attempt.at > since)
    return int(session.scalar(query) or 0)


def _spelt(work: Work, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with telephone numbers in the spelling by which callers are found."""
    return {
        name: number_of(work, str(value)) if name in NUMBERS and value else value
        for name, value in values.items()
    }


def _another_admin(work: Work, person: Person) -> None:
    """Refuse to take the last admin away; nobody could give the role back."""
    if not (person.active and "admin" in person.roles):
        return
    others = [p for p in people_with_role(work.session, "admin") if p.id != person.id]
    if not others:
        raise Invalid("This is the last admin of the desk.", fields={"roles": "last_admin"})
