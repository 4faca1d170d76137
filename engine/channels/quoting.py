"""What somebody wrote, apart from what their mail program quoted below it; one pass over lines."""

from __future__ import annotations

import re

# One line each, bounded: no pattern here can go back more than a line's first characters.
_DIVIDER = re.compile(
    r"\s{0,3}-{2,20} ?(original message|urspr(ü|ue)ngliche nachricht|original-nachricht|"
    r"forwarded message|weitergeleitete nachricht|message d'origine) ?-{0,20}\s*\Z",
    re.IGNORECASE,
)
_INTRO_START = re.compile(r"\s{0,3}(on|am|le|el|op|il) \S", re.IGNORECASE)
_INTRO_END = re.compile(
    r"(wrote|schrieb|a écrit|escribió|schreef|ha scritto)\b.{0,200}:\s*\Z", re.IGNORECASE
)
_FROM = re.compile(r"\s{0,3}\*?(from|von|de|van): ?\*?\s*\S", re.IGNORECASE)
_FOLLOWS = re.compile(
    r"\s{0,3}\*?(sent|date|to|subject|gesendet|datum|an|betreff|cc|envoyé|à|objet): ?\*?",
    re.IGNORECASE,
)
_INTRO_LINES = 4


def split_quoted(text: str) -> tuple[str, str]:
    """(own words, quoted rest); together they are exactly `text`, so nothing can get lost.

    Answers written between quoted lines keep the whole text as own words.
    """
    lines = text.splitlines(keepends=True)
    heads = [line[:500] for line in lines]
    for at in range(len(lines)):
        if _DIVIDER.match(heads[at]) or _header_block(heads, at):
            return _cut(lines, at)
        start = _quote_at(heads, at)
        if start is not None:
            return (text, "") if _written_after(heads, start) else _cut(lines, at)
    return text, ""


def _cut(lines: list[str], at: int) -> tuple[str, str]:
    own = "".join(lines[:at])
    # A forward without a word of one's own is all there is: hiding it would leave nothing.
    return (own, "".join(lines[at:])) if own.strip() else ("".join(lines), "")


def _quote_at(heads: list[str], at: int) -> int | None:
    """The first quoted line when a quotation, with or without introduction, starts at `at`."""
    if heads[at].startswith(">"):
        return at
    if not _INTRO_START.match(heads[at]):
        return None
    for end in range(at, min(at + _INTRO_LINES, len(heads))):
        if not heads[end].strip():
            return None
        if _INTRO_END.search(heads[end].rstrip()[-300:]):
            return end + 1
    return None


def _written_after(heads: list[str], start: int) -> bool:
    """Whether own words follow the quoted lines (an answer below or between)."""
    rest = [line for line in heads[start:] if line.strip()]
    if not rest or not rest[0].startswith(">"):
        return False  # quoted without marks, as Outlook does
    return any(not line.startswith(">") for line in rest)


def _header_block(heads: list[str], at: int) -> bool:
    """Outlook's way: From, Sent, To, Subject as plain lines."""
    if not _FROM.match(heads[at]):
        return False
    return sum(bool(_FOLLOWS.match(line)) for line in heads[at + 1 : at + 6]) >= 2
