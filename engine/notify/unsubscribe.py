"""The link in a mail that ends mails of its kind: signed, so that it works without a login.

It says for whom and for which groups, and can do nothing else. Whoever asks for it again gets the
same (RFC 8058 has mail programs ask by themselves), and nobody can make one without the secret.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable

from engine.notify.choices import BROWSER, Rules
from engine.notify.kinds import GROUPS, URGENT, group_of
from engine.notify.models import Notification

_TOKEN = re.compile(r"([1-9][0-9]{0,9})\.([a-z]+(?:-[a-z]+){0,9})\.([0-9a-f]{40})\Z")


def group_told(row: Notification) -> str:
    """By which choice of its reader a notification goes."""
    ticket = row.ticket
    holders = {ticket.owner_id, ticket.responsible_id} if ticket is not None else set()
    stood_in = row.for_person_id if not row.payload.get("team") else None
    mine = ticket is None or bool({row.person_id, stood_in} & (holders - {None}))
    return URGENT if row.payload.get("urgent") else group_of(row.kind, mine=mine)


def can_end(rules: Rules, groups: Iterable[str]) -> list[str]:
    """Those groups that a person may have in the browser only, in their order."""
    some = set(groups)
    return [one for one in GROUPS if one in some and BROWSER in rules.allowed(one)]


def token_for(secret: str, person_id: int, groups: Iterable[str]) -> str:
    """What the link ends with."""
    said = f"{person_id}.{'-'.join(groups)}"
    return f"{said}.{_signature(secret, said)}"


def read_token(secret: str, token: str) -> tuple[int, list[str]] | None:
    """For whom and for which groups it is; None for what the desk has not made."""
    found = _TOKEN.match(token)
    if found is None:
        return None
    person_id, groups, signature = found.groups()
    if not hmac.compare_digest(signature, _signature(secret, f"{person_id}.{groups}")):
        return None
    return int(person_id), [one for one in groups.split("-") if one in GROUPS]


def _signature(secret: str, said: str) -> str:
    made = hmac.new(secret.encode(), f"vorgang unsubscribe\0{said}".encode(), hashlib.sha256)
    return made.hexdigest()[:40]
