"""Forms of admins know what they showed, so that nobody overwrites unseen what others saved.

The mark is made of the values themselves: what was saved without a change disturbs nobody, and no
table needs a column for it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pyramid.request import Request
from sqlalchemy import inspect, select

from webapp.i18n import N_

LABELS = {
    "name": N_("Name"),
    "parent": N_("Below"),
    "group": N_("Group"),
    "process": N_("Process"),
    "sla": N_("SLA"),
    "email": N_("Address"),
    "signature": N_("Signature of replies"),
    "follow_up": N_("An answer after the ticket has ended"),
    "phone": N_("Phone"),
    "mobile": N_("Mobile"),
    "fax": N_("Fax"),
    "language": N_("Language"),
    "organisation": N_("Organisation"),
    "manager": N_("Manager"),
    "leads": N_("Who leads this group"),
    "roles": N_("Roles"),
    "groups": N_("Permissions by group"),
    "vip": N_("VIP"),
    "company_view": N_("sees all tickets of the organisation"),
    "active": N_("active"),
    "title_de": N_("Title in German"),
    "title_en": N_("Title in English"),
    "choices": N_("Choices"),
    "customer_visible": N_("shown to the customer"),
    "domain": N_("Mail domain"),
    "description": N_("Description"),
    "url": N_("Address"),
    "headers": N_("Headers"),
    "template": N_("Body"),
    "timeout": N_("Seconds to wait"),
    "internal": N_("belongs to the house"),
    "subject_de": N_("Subject in German"),
    "body_de": N_("Text in German"),
    "subject_en": N_("Subject in English"),
    "body_en": N_("Text in English"),
}


def mark(values: Mapping[str, Any]) -> str:
    """What a form showed, as a short text that goes with it."""
    plain = json.dumps({name: _plain(value) for name, value in values.items()}, sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()[:24]


def held(request: Request, row: Any) -> None:
    """Let nobody else change this row before we are done, and see it as it is now."""
    seen = inspect(row)
    key = seen.mapper.primary_key[0]
    request.db.execute(select(key).where(key == seen.identity[0]).with_for_update())
    request.db.refresh(row)


def overtaken(request: Request, now: Mapping[str, Any]) -> bool:
    """Whether somebody has saved something else since this form was shown."""
    seen = request.POST.get("seen", "")
    changed = bool(seen) and seen != mark(now)
    if changed:
        request.response.status_int = 409
    return changed


def differences(
    request: Request, now: Mapping[str, Any], typed: Mapping[str, Any]
) -> list[list[str]]:
    """What stands there now where something else was typed, by the names of the fields."""
    _ = request.translate
    return [
        [_(LABELS[name]), _said(request, value)]
        for name, value in now.items()
        if name in LABELS and _plain(value) != _plain(typed.get(name, ""))
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items() if one}
    if isinstance(value, set | frozenset | list | tuple):
        return sorted(str(one) for one in value)
    return value if isinstance(value, bool) else str(value or "")


def _said(request: Request, value: Any) -> str:
    plain = _plain(value)
    if isinstance(plain, bool):
        return str(request.translate(N_("yes") if plain else N_("no")))
    if isinstance(plain, dict):
        return "; ".join(f"{key}: {', '.join(members)}" for key, members in sorted(plain.items()))
    return ", ".join(plain) if isinstance(plain, list) else plain or "–"
