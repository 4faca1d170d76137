"""The words of the desk's messages: written, taken back and removed by those who keep the rules.

Every saving is a version, in force at once; none is ever changed or lost. Whoever may decide who
is told may say in which words; only what is said about people's access is the admins' alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from engine.audit.trail import record_desk
from engine.catalogue.notice_texts import NoticeInForce, NoticeText
from engine.commands.notice_uses import uses_of
from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.notify.texts import (
    FRAMES,
    LANGUAGES,
    LETTERS,
    NAME,
    Notice,
    Text,
    as_written,
    digest,
    notice,
    notices,
    shipped,
)
from engine.notify.values import IN_LETTERS, placeholders
from engine.work import Work

LONGEST_SUBJECT = 200
LONGEST_BODY = 10_000
LONGEST_TITLE = 80
LONGEST_NOTE = 400
MOST_OWN = 500
_BRACES = re.compile(r"\{\{[^{}\n]*\}\}|\{[^{}\n]*\}")
# Without these a message is worth nothing to whoever gets it.
NEEDED = {"password_link": ("link",), **dict.fromkeys(FRAMES, ("text",))}
# Also what ends a line or turns the direction of what follows, unseen.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
OVERTAKEN = "Somebody else has changed this text meanwhile."


@dataclass(frozen=True)
class Misplaced:
    """Something in braces that is no placeholder: where it stands, and what may be meant."""

    field: str  # subject_de, body_en …
    line: int
    found: str
    near: str


def save_text(
    work: Work, name: str, values: Mapping[str, Any], *, seen: int, note: str = ""
) -> NoticeText:
    """Put words in force for a message; `seen` is the number of the version they began from.

    Raises `Conflict` where somebody else was quicker, and `Invalid` with codes by field.
    """
    before = _changeable(work, name)
    if before.number != seen:
        raise Conflict(OVERTAKEN)
    texts = _checked(work, name, values, title=bool(before.title))
    title = _title(values) if before.title else {}
    if digest(texts) == digest(before.texts) and title == dict(before.title or {}):
        raise Invalid("Nothing was changed.", fields={"": "unchanged"})
    return _keep(work, name, as_written(texts), title, note)


def create_text(work: Work, name: str, values: Mapping[str, Any], note: str = "") -> NoticeText:
    """Add a message of one's own, that rules and diagrams can name at once."""
    _may(work, name)
    wrong: dict[str, str] = {}
    known = notices(work.session)
    if not NAME.match(name):
        wrong["name"] = "notice_name" if name else "required"
    elif name in known:
        wrong["name"] = "taken"
    if sum(one.own for one in known.values()) >= MOST_OWN:
        wrong["name"] = "too_many"
    texts = _checked(work, name, values, title=True, wrong=wrong)
    return _keep(work, name, as_written(texts), _title(values), note)


def put_back(work: Work, name: str, number: int, *, seen: int) -> NoticeText:
    """Put an earlier version in force again, 0 for what comes with Vorgang."""
    before = _changeable(work, name)
    if before.number != seen:
        raise Conflict(OVERTAKEN)
    if number == 0:
        if shipped(name) is None:
            raise NotFound("There is no such version.")
        return _keep(work, name, {}, {}, "as it comes with Vorgang")
    row = work.session.scalar(
        select(NoticeText).where(NoticeText.name == name, NoticeText.number == number)
    )
    if row is None or not (row.texts or shipped(name)):
        raise NotFound("There is no such version.")
    return _keep(work, name, row.texts, row.title, f"as version {number}")


def keep_own(work: Work, name: str) -> NoticeText:
    """Stay with one's own words though others came with a newer Vorgang; not offered again."""
    now = _changeable(work, name)
    if not now.own:
        raise NotFound("There is no such version.")
    title = dict(now.title or {})
    return _keep(work, name, as_written(now.texts), title, "kept beside what came anew")


def remove_text(work: Work, name: str) -> None:
    """Take a message of one's own away; refused while rules or diagrams name it."""
    _changeable(work, name)
    if shipped(name) is not None:
        raise Conflict("This text comes with Vorgang; it can be changed, but not removed.")
    used = uses_of(work, name)
    if used:
        raise Conflict(
            "This text is still used: %(uses)s",
            values={"uses": ", ".join(one.said for one in used)[:400]},
        )
    _keep(work, name, {}, {}, "removed")


def versions_of(work: Work, name: str, limit: int) -> list[NoticeText]:
    """The latest versions of a message, the last one first."""
    query = select(NoticeText).where(NoticeText.name == name)
    return list(work.session.scalars(query.order_by(NoticeText.number.desc()).limit(limit)))


def notice_or_missing(work: Work, name: str) -> Notice:
    """The message of this name; raises `NotFound`."""
    try:
        return notice(work.session, name)
    except Invalid as error:
        raise NotFound("There is no such text.") from error


def may_word(work: Work, name: str) -> bool:
    """Whether whoever acts may change the words of this message."""
    roles = work.actor.roles
    return work.actor.is_system or "admin" in roles or ("owner" in roles and name not in LETTERS)


def misplaced(work: Work, name: str, values: Mapping[str, Any]) -> list[Misplaced]:
    """Everything in braces that means nothing here, in the order of the fields."""
    known = set(IN_LETTERS) if name in LETTERS else set(placeholders(work.session))
    known = set(FRAMES.get(name, known))
    return [
        one
        for language in LANGUAGES
        for part in ("subject", "body")
        for one in _misplaced(
            f"{part}_{language}", str(values.get(f"{part}_{language}", "")), known
        )
    ]


def _misplaced(field: str, text: str, known: Collection[str]) -> Iterator[Misplaced]:
    for number, line in enumerate(text.split("\n"), 1):
        for found in _BRACES.findall(line):
            inner = found.strip("{}")
            if found.startswith("{{") or inner not in known:
                word = inner.strip().lower()
                near = [word] if word in known else get_close_matches(word, sorted(known), 1)
                yield Misplaced(field, number, found[:80], f"{{{near[0]}}}" if near else "")


def _changeable(work: Work, name: str) -> Notice:
    _may(work, name)
    return notice_or_missing(work, name)


def _may(work: Work, name: str) -> None:
    if not may_word(work, name):
        raise NotAllowed("Only admins do this.")


def _checked(
    work: Work,
    name: str,
    values: Mapping[str, Any],
    *,
    title: bool,
    wrong: dict[str, str] | None = None,
) -> dict[str, Text]:
    """The words, right in every language; raises `Invalid` with all that is not."""
    wrong = {} if wrong is None else wrong
    texts = {
        language: Text(str(values.get(f"subject_{language}") or "").strip(),
                       str(values.get(f"body_{language}") or "").strip() + "\n")
        for language in LANGUAGES
    }  # fmt: skip
    for language, text in texts.items():
        wrong |= _line(f"subject_{language}", text.subject, LONGEST_SUBJECT)
        if not text.body.strip():
            wrong[f"body_{language}"] = "required"
        elif len(text.body) > LONGEST_BODY:
            wrong[f"body_{language}"] = "maxLength"
        elif _CONTROL.search(text.body.replace("\t", " ").replace("\n", " ")):
            wrong[f"body_{language}"] = "control"
        if title:
            wrong |= _line(f"title_{language}", _title(values)[language], LONGEST_TITLE)
        for needed in NEEDED.get(name, ()):
            if needed not in text.placeholders():
                wrong.setdefault(f"body_{language}", f"needs_{needed}")
    for one in misplaced(work, name, values):
        wrong.setdefault(one.field, "placeholder")
    if wrong:
        raise Invalid("The text cannot be saved like this.", fields=wrong)
    return texts


def _line(field: str, text: str, longest: int) -> dict[str, str]:
    """What is wrong with one line: nothing in it may begin another, as a header would."""
    if not text:
        return {field: "required"}
    if _CONTROL.search(text):
        return {field: "control"}
    return {field: "maxLength"} if len(text) > longest else {}


def _title(values: Mapping[str, Any]) -> dict[str, str]:
    return {one: str(values.get(f"title_{one}") or "").strip() for one in LANGUAGES}


def _keep(
    work: Work, name: str, texts: Mapping[str, Any], title: Mapping[str, Any], note: str
) -> NoticeText:
    """Add a version and put it in force."""
    last = next(iter(versions_of(work, name, 1)), None)
    row = NoticeText(
        name=name,
        number=last.number + 1 if last else 1,
        texts=dict(texts),
        title=dict(title),
        shipped=digest(shipped(name)),
        note=" ".join(note.split())[:LONGEST_NOTE],
        at=work.now,
        by=work.actor.name,
    )
    work.session.add(row)
    try:
        work.session.flush()
    except IntegrityError as error:
        raise Conflict(OVERTAKEN) from error
    in_force = work.session.get(NoticeInForce, name)
    if in_force is None:
        work.session.add(NoticeInForce(name=name, text_id=row.id))
    else:
        in_force.text_id = row.id
    work.session.flush()
    record_desk(work, "message worded", name=name, version=row.number, note=row.note)
    return row
