"""Imports every room's tables, so that migrations and tests see the whole schema."""

from __future__ import annotations

from engine.audit import findings
from engine.audit import models as audit
from engine.catalogue import drafting, notice_texts, published, rules_drafting, rules_trials
from engine.catalogue import models as catalogue
from engine.db.base import Base
from engine.faq import models as faq
from engine.notify import models as notify
from engine.outbox import models as outbox
from engine.outbox import webhook_models
from engine.people import models as people
from engine.sla import models as sla
from engine.tickets import flow, fulltext, moves, turns
from engine.tickets import models as tickets
from engine.timers import models as timers

metadata = Base.metadata

__all__ = [
    "audit",
    "catalogue",
    "drafting",
    "faq",
    "findings",
    "flow",
    "fulltext",
    "metadata",
    "moves",
    "notice_texts",
    "notify",
    "outbox",
    "people",
    "published",
    "rules_drafting",
    "rules_trials",
    "sla",
    "tickets",
    "timers",
    "turns",
    "webhook_models",
]
