"""How a message finds its ticket: the number in the subject and the ids that we gave our mails."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence

from engine.channels.characters import one_line

SUBJECT_FORMATS = ("left", "right", "none")
_LOOKED_AT = 2_000  # characters of a subject; more is nobody's subject


def number_shapes(system_id: str, min_digits: int = 5) -> dict[str, str]:
    """The regular expression of a whole number by generator (OTRS formats)."""
    sid = re.escape(system_id)
    return {
        "date_checksum": rf"\d{{8}}{sid}\d{{4,40}}",
        "date": rf"\d{{8}}{sid}\d{{1,40}}",
        "counter": rf"{sid}\d{{{min_digits},{min_digits + 5}}}",
        "random": rf"{sid}\d{{2,20}}",
    }


def ticket_number_in(
    subject: str,
    hook: str = "Ticket#",
    system_id: str = "10",
    *,
    divider: str = "",
    generator: str | None = None,
    min_digits: int = 5,
) -> str | None:
    """The first number of this desk in `subject`, or None. It is a claim, not a right.

    `generator` None takes the shapes of all generators, so old numbers stay known after a change;
    a number of another system id never matches. The checksum is not verified, as in OTRS.
    """
    found = ticket_numbers_in(
        subject, hook, system_id, divider=divider, generator=generator, min_digits=min_digits
    )
    return found[0] if found else None


def ticket_numbers_in(
    subject: str,
    hook: str = "Ticket#",
    system_id: str = "10",
    *,
    divider: str = "",
    generator: str | None = None,
    min_digits: int = 5,
) -> list[str]:
    """All numbers of this desk in `subject`, in order, each once."""
    shapes = number_shapes(system_id, min_digits)
    wanted = [shapes[generator]] if generator else list(shapes.values())
    rx = rf"(?:{_hook(hook, divider)})((?a:{'|'.join(wanted)}))(?!\d)"
    return list(dict.fromkeys(re.findall(rx, subject[:_LOOKED_AT], re.IGNORECASE)))


def claimed_numbers(
    subject: str, hooks: Sequence[str], system_ids: Sequence[str], min_digits: int = 5
) -> list[str]:
    """All numbers in `subject` by any of the hooks and system ids, ours before former ones.

    A company that came from another desk, or changed its hook, still gets answers by old numbers.
    """
    found: dict[str, None] = {}
    for hook in hooks:
        for system_id in system_ids:
            numbers = ticket_numbers_in(subject, hook, system_id, min_digits=min_digits)
            found |= dict.fromkeys(numbers)
    return list(found)


def without_hooks(subject: str, hooks: Sequence[str]) -> str:
    """`subject` without numbers by any of the hooks."""
    for hook in hooks:
        subject = clean_subject(subject, hook)
    return subject


def _hook(hook: str, divider: str) -> str:
    """The hook with its divider, or followed by a colon as some programs rewrite it."""
    return rf"{re.escape(hook)}{re.escape(divider)}|{re.escape(hook)}:[ ]{{0,2}}"


def clean_subject(
    subject: str,
    hook: str = "Ticket#",
    *,
    divider: str = "",
    prefixes: tuple[str, ...] = ("Re", "Fwd"),
    size: int = 0,
) -> str:
    """`subject` without our hook and number and without leading reply marks (`Re:`, `Re[5]:`).

    Marks of other programs (`AW:`, `WG:`) stay unless they are in `prefixes`; `size` > 0 cuts.
    """
    text = one_line(subject[:_LOOKED_AT])
    number = rf"(?:{_hook(hook, divider)})\d{{1,60}}"
    text = re.sub(rf"\[\s?{number}\s?\]\s?|{number}\s?", "", text, flags=re.IGNORECASE)
    marks = "|".join(re.escape(one) for one in prefixes if one)
    if marks:
        text = re.sub(rf"^(?:\s?(?:{marks})(?:\[\d{{1,5}}\])?\s?:\s?)+", "", text, flags=re.I)
    text = text.strip()
    return text[:size].rstrip() + "[...]" if size and len(text) > size else text


def build_subject(
    number: str,
    subject: str,
    *,
    hook: str = "Ticket#",
    divider: str = "",
    form: str = "left",
    prefix: str = "Re",
    prefixes: tuple[str, ...] = ("Re", "Fwd"),
    size: int = 100,
) -> str:
    """The subject of a mail about a ticket: `Re: [Ticket#N] subject` (left), `Re: subject
    [Ticket#N]` (right) or `Re: subject` (none); an empty `prefix` for the first mail."""
    if form not in SUBJECT_FORMATS:
        raise ValueError(f"unknown subject format {form!r}")
    known = tuple(dict.fromkeys((*prefixes, prefix)))
    text = clean_subject(subject, hook, divider=divider, prefixes=known, size=size)
    mark = f"[{hook}{divider}{number}]"
    words = {"left": (mark, text), "right": (text, mark), "none": (text,)}[form]
    start = f"{prefix}: " if prefix else ""
    return start + " ".join(word for word in words if word)


_REFERENCE = re.compile(
    r"<?vorgang\.(\d{1,60})\.([A-Za-z0-9-]{1,80})\.([0-9a-f]{16}|0)@([^<>\s@]+)>?\Z"
)


def reference_id(number: str, key: str, domain: str, secret: bytes = b"") -> str:
    """A Message-ID for a mail about ticket `number`; the same `key` gives the same id on a retry.

    With `secret` the id is sealed, so that naming it proves to have seen one of our mails.
    """
    key = re.sub(r"[^A-Za-z0-9-]", "-", key)[:80] or "0"
    return f"<vorgang.{number}.{key}.{_seal(number, key, secret)}@{domain.lower()}>"


def number_in_reference(reference: str, domain: str, secret: bytes = b"") -> str | None:
    """The ticket number in an id of ours; None for foreign, forged or otherwise sealed ids."""
    match = _REFERENCE.match(reference[:400])
    if not match or match[4].lower() != domain.lower():
        return None
    return match[1] if hmac.compare_digest(match[3], _seal(match[1], match[2], secret)) else None


def _seal(number: str, key: str, secret: bytes) -> str:
    if not secret:
        return "0"
    return hmac.new(secret, f"{number}.{key}".encode(), hashlib.sha256).hexdigest()[:16]
