"""Two texts side by side: what differs, with a little of what is around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

AROUND = 2  # lines that are alike, before and behind what differs
MOST = 400  # lines that are shown
MOST_COMPARED = 2_000  # differing lines for which it is worth looking which belong together
LONGEST = 300  # characters shown of one line


@dataclass(frozen=True)
class Line:
    """A line of both texts, or of one of them; `gap` says that lines are left out before it."""

    mine: str | None
    theirs: str | None
    mine_number: int = 0
    theirs_number: int = 0
    same: bool = False
    gap: bool = False


@dataclass(frozen=True)
class Difference:
    """Lines to show; `more` when there are others that differ."""

    lines: list[Line]
    more: bool = False


def difference(mine: str, theirs: str) -> Difference:
    """What differs between two texts."""
    lines: list[Line] = []
    for line in _lines(mine.splitlines(), theirs.splitlines()):
        if len(lines) == MOST:
            return Difference(lines, more=True)
        lines.append(line)
    return Difference(lines)


def _lines(mine: list[str], theirs: list[str]) -> Iterator[Line]:
    a, b = 0, 0
    for mine_to, theirs_to, mine_end, theirs_end in _places(mine, theirs):
        begin = max(0, min(AROUND, mine_to - a))
        yield from _alike(mine, mine_to - begin, theirs_to - begin, begin, mine_to - a > begin)
        for n in range(max(mine_end - mine_to, theirs_end - theirs_to)):
            x, y = mine_to + n, theirs_to + n
            yield Line(
                _cut(mine[x]) if x < mine_end else None,
                _cut(theirs[y]) if y < theirs_end else None,
                x + 1, y + 1,
            )  # fmt: skip
        a, b = mine_end, theirs_end
        following = min(AROUND, _alike_from(mine, theirs, a, b))
        yield from _alike(mine, a, b, following, False)
        a, b = a + following, b + following


def _places(mine: list[str], theirs: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Where the texts differ, without what both begin and end with, which is nearly all."""
    first = _alike_from(mine, theirs, 0, 0)
    last = 0
    while last < min(len(mine), len(theirs)) - first and mine[-1 - last] == theirs[-1 - last]:
        last += 1
    a, b = mine[first : len(mine) - last], theirs[first : len(theirs) - last]
    if not a and not b:
        return
    if max(len(a), len(b)) > MOST_COMPARED:
        yield first, first, first + len(a), first + len(b)
        return
    for kind, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if kind != "equal":
            yield first + i, first + k, first + j, first + m


def _alike_from(mine: list[str], theirs: list[str], a: int, b: int) -> int:
    count = 0
    while (
        a + count < len(mine) and b + count < len(theirs) and mine[a + count] == theirs[b + count]
    ):
        count += 1
    return count


def _alike(mine: list[str], a: int, b: int, count: int, gap: bool) -> Iterator[Line]:
    for n in range(count):
        text = _cut(mine[a + n])
        yield Line(text, text, a + n + 1, b + n + 1, same=True, gap=gap and n == 0)


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST else line[:LONGEST] + " …"
