"""What people change about themselves: name, language, zone, theme, and their password."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import available_timezones

from sqlalchemy import func, select

from engine.audit.trail import record_desk
from engine.commands.people import set_password
from engine.errors import Invalid
from engine.people.models import Attempt, Person
from engine.people.passwords import password_fits
from engine.work import Work

LANGUAGES = ("de", "en")
THEMES = ("", "light", "dark")


def change_own_data(
    work: Work,
    person: Person,
    *,
    name: str,
    language: str,
    zone: str,
    theme: str,
    letter_keys: bool = True,
) -> None:
    """Change what a person may change about themselves; raises `Invalid` with one field."""
    name = " ".join(name.split())[:200]
    if not name:
        raise Invalid("Please say your name.", fields={"name": "required"})
    if language not in LANGUAGES:
        raise Invalid("Unknown language.", fields={"language": "enum"})
    if zone not in available_timezones():
        raise Invalid("Unknown time zone.", fields={"zone": "enum"})
    if theme not in THEMES:
        raise Invalid("Unknown theme.", fields={"theme": "enum"})
    person.name, person.language, person.zone, person.theme = name, language, zone, theme
    person.letter_keys = letter_keys


def change_own_password(work: Work, person: Person, current: str, fresh: str) -> bool:
    """Set a new password if the current one is right; every session ends then.

    Returns False, and counts the try, where it is wrong or was wrong too often.
    """
    settings = work.desk.settings
    key = f"password:{person.id}"
    since = work.now - timedelta(minutes=settings.login_window_minutes)
    query = select(func.count(Attempt.id)).where(Attempt.key == key, Attempt.at > since)
    blocked = int(work.session.scalar(query) or 0) >= settings.login_tries
    if not password_fits(person.password_hash, current) or blocked:
        work.session.add(Attempt(key=key, at=work.now))
        record_desk(work, "password refused", login=person.login)
        return False
    set_password(work, person, fresh)
    return True
