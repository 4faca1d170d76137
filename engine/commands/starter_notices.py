"""Texts of messages after an upgrade: where one's own began from other words than come now.

What nobody changed here goes by what comes and needs no deciding. For the rest both texts are
shown, and one's own stays until somebody takes the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff

from engine.commands.notice_texts import keep_own, may_word, notice_or_missing, put_back
from engine.errors import NotFound
from engine.notify.texts import LANGUAGES, Texts, notices, shipped
from engine.work import Work

PREFIX = "notices/"


def texts_that_came(work: Work) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each that came anew, by its name among what an upgrade brings: from ours to what came."""
    for name, one in notices(work.session).items():
        came = shipped(name)
        if one.outdated and came is not None and may_word(work, name):
            mine, theirs = _lines(one.texts), _lines(came)
            lines = unified_diff(mine, theirs, f"here/{name}", f"came/{name}", lineterm="")
            yield f"{PREFIX}{name}", tuple(lines)


def take_text(work: Work, name: str) -> None:
    """Send what came from now on; one's own stays among the versions."""
    inner = _came(work, name)
    put_back(work, inner, 0, seen=notice_or_missing(work, inner).number)


def decline_text(work: Work, name: str) -> None:
    """Stay with one's own, and do not offer these words again."""
    keep_own(work, _came(work, name))


def _came(work: Work, name: str) -> str:
    if name not in dict(texts_that_came(work)):
        raise NotFound(f"The starter set has no {name}.")
    return name.removeprefix(PREFIX)


def _lines(texts: Texts) -> list[str]:
    return [
        line
        for language in LANGUAGES
        for line in (
            f"[{language}] {texts[language].subject}",
            "",
            *texts[language].body.splitlines(),
        )
    ]
