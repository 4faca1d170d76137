"""Requests that may be sent again after a failure of the network, and do what they do only once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from engine.audit.models import ApiRequest
from engine.errors import Conflict
from engine.work import Work

Made = TypeVar("Made")


def once(
    work: Work, key: str, raw: bytes, make: Callable[[], Made], again: Callable[[int], Made]
) -> tuple[Made, bool]:
    """Make something once per person and key; says whether it was made now.

    `again` finds by its id, with the rights of now, what was made before. The same key with another
    request is a `Conflict`.
    """
    digest = hashlib.sha256(raw).hexdigest()
    known = _known(work, key)
    if known is None:
        row = ApiRequest(person_id=work.actor.id or 0, key=key, digest=digest, at=work.now)
        try:
            with work.session.begin_nested():
                work.session.add(row)
        except IntegrityError:  # the same request at the same moment has just been quicker
            known = _known(work, key)
        else:
            made: Any = make()
            work.session.flush()
            row.made_id = made.id
            return made, True
    if known is None or known.made_id is None or known.digest != digest:
        raise Conflict("This Idempotency-Key has been used for another request.")
    return again(known.made_id), False


def _known(work: Work, key: str) -> ApiRequest | None:
    mine = ApiRequest.person_id == (work.actor.id or 0)
    return work.session.scalar(select(ApiRequest).where(mine, ApiRequest.key == key))
