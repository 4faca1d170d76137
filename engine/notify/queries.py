"""What is remembered of how somebody wants to be told."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.notify.choices import PREFERENCE
from engine.people.models import Preference


def remembered(session: Session, person_id: int) -> Any:
    """What a person has chosen about how they are told, as it is stored."""
    chosen = Preference.person_id == person_id, Preference.name == PREFERENCE
    return session.scalar(select(Preference.value).where(*chosen))
