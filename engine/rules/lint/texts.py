"""Which text satisfies these conditions: put together from the words that they name, or excluded.

That there is none is said only where one condition plainly contains the other (a text that begins
with "vpn" contains "vpn"); what is found is tried with the operators themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, product

from engine import patterns
from engine.rules.facts import EPOCH, Facts, fold
from engine.rules.lint.formula import Literal, values_of
from engine.rules.lint.samples import bare, is_literal, sample
from engine.rules.lint.scalars import NONE, UNKNOWN, Found, absent, fresh
from engine.rules.operators import OPERATORS, has_word
from engine.rules.ruleset import Atom

EXACT = frozenset({"is", "in"})
PARTS = frozenset({"contains", "contains_word", "starts_with", "ends_with", "domain_is"})
OPS = EXACT | PARTS | {"matches", "is_empty"}
MOST_TRIED = 60  # texts put together for one fact
Part = tuple[str, str]  # (operator, one of its values)


def text(literals: Sequence[Literal], closed: Sequence[str], always: bool) -> Found:
    """A text for conditions on one fact; `closed` are the only ones that it can be, if any."""
    if any(atom.op not in OPS for _, atom in literals):
        return UNKNOWN
    answer = absent(literals, always and bool(closed))
    if answer is not None:
        return answer
    if closed:
        return next((Found(True, v) for v in closed if _holds(v, literals)), NONE)
    if any(truth and atom.op in EXACT for truth, atom in literals):
        return _one_of(literals)
    return _free(literals)


def _holds(value: str, literals: Iterable[Literal]) -> bool:
    facts = Facts({atom.fact: value for _, atom in literals}, None, EPOCH)
    return all(OPERATORS[atom.op].test(facts, atom) is truth for truth, atom in literals)


def _one_of(literals: Sequence[Literal]) -> Found:
    """A value of the equalities; how it is written matters to patterns only."""
    allowed: dict[str, str] | None = None
    refused: set[str] = set()
    others: list[Literal] = []
    for truth, atom in literals:
        if atom.op not in EXACT:
            others.append((truth, atom))
        elif truth:
            written = atom.value if isinstance(atom.value, list | tuple) else (atom.value,)
            spelled = {fold(str(one)).strip(): str(one) for one in written}
            left = {str(one): spelled.get(str(one), str(one)) for one in values_of(atom)}
            allowed = left if allowed is None else {k: v for k, v in allowed.items() if k in left}
        else:
            refused.update(str(one) for one in values_of(atom))
    sure = True
    for value, said in (allowed or {}).items():
        if value in refused:
            continue
        if not others or _holds(said, others):
            return Found(True, said)
        read = [(truth, atom) for truth, atom in others if atom.op != "matches"]
        sure = sure and (("ss" not in value and value.isascii()) or not _holds(said, read))
    return NONE if sure else UNKNOWN


def _free(literals: Sequence[Literal]) -> Found:
    wanted = [_parts(atom) for truth, atom in literals if truth and atom.op != "is_empty"]
    refused = [part for truth, atom in literals if not truth for part in _parts(atom)]
    alive = [[part for part in parts if not _implies_any(part, refused)] for parts in wanted]
    if not all(alive) or not _fit(alive):
        return NONE
    tried = (value for choice in islice(product(*alive), 12) for value in _texts(choice, refused))
    found = next((value for value in islice(tried, MOST_TRIED) if _holds(value, literals)), None)
    return UNKNOWN if found is None else Found(True, found)


def _parts(atom: Atom) -> list[Part]:
    if atom.op in PARTS or atom.op == "in":
        return [(atom.op, value) for value in atom.literal]
    return [] if atom.op == "is_empty" else [(atom.op, atom.literal)]


def _implies_any(part: Part, others: Iterable[Part]) -> bool:
    return any(implies(part, other) for other in others)


def implies(part: Part, other: Part) -> bool:
    """Whether every text that satisfies the one surely satisfies the other."""
    (op, a), (wanted, b) = part, other
    if op == "matches" or wanted == "matches":
        return _pattern_implies(op, a, wanted, b)
    if op in EXACT:
        return wanted in EXACT and a == b
    if wanted == "contains":
        return b in a
    if wanted == "contains_word":
        # what may stand beside it in the text is taken for a letter
        left = "x" if op in ("contains", "ends_with") else ""
        right = "x" if op in ("contains", "starts_with") else ""
        return op != "domain_is" and has_word(f"{left}{a}{right}", b)
    if wanted == "starts_with":
        return op == "starts_with" and a.startswith(b)
    if wanted == "ends_with":
        return op == "ends_with" and a.endswith(b)
    return wanted == "domain_is" and op == "domain_is" and a == b


def _pattern_implies(op: str, a: str, wanted: str, b: str) -> bool:
    if op == wanted and a == b:
        return True
    if wanted == "matches":
        # text and pattern are compared letter by letter; folding also knows ß, and the dot of İ
        certain = is_literal(a) if op == "matches" else a.isascii() and _unfolded(a)
        inner = op in PARTS - {"domain_is"} or op == "matches"
        return inner and certain and bare(b) and patterns.compiled(b).search(a) is not None
    return wanted == "contains" and is_literal(a) and a.isascii() and b in fold(a)


def _unfolded(text: str) -> bool:
    return "ss" not in text and not text.endswith("i")


def _fit(alive: Sequence[Sequence[Part]]) -> bool:
    """Whether beginnings, endings and domains that are all asked for can be had together."""
    for op, fits in (("starts_with", str.startswith), ("ends_with", str.endswith),
                     ("domain_is", str.__eq__)):  # fmt: skip
        asked = [[v for _, v in parts] for parts in alive if all(o == op for o, _ in parts)]
        for place, first in enumerate(asked):
            for second in asked[place + 1 :]:
                if not any(fits(a, b) or fits(b, a) for a in first for b in second):
                    return False
    return True


def _texts(choice: Sequence[Part], refused: Sequence[Part]) -> Iterator[str]:
    """Texts that have all the parts, with and without something around them."""
    start = max((v for op, v in choice if op == "starts_with"), key=len, default="")
    end = max((v for op, v in choice if op == "ends_with"), key=len, default="")
    domain = next((v for op, v in choice if op == "domain_is"), "")
    words = [v for op, v in choice if op in ("contains", "contains_word")]
    words += [sample(v) for op, v in choice if op == "matches"]
    longest = sorted(dict.fromkeys(words), key=len, reverse=True)
    needed: list[str] = []
    for word in longest:
        if word and not any(word in more for more in (start, end, *needed)):
            needed.append(word)
    tail = f"someone@{domain}" if domain else ""
    if not (start or end or needed or tail):
        yield fresh(value for _, value in refused)
    pieces = [piece for piece in (start, *reversed(needed), tail, end) if piece]
    for joint in (" ", "", "x", " x "):
        inner = joint.join(pieces)
        yield inner
        yield from (f"{inner} x", f"x {inner}", f"x {inner} x", f"{inner}x", f"x{inner}",
                    f"x{inner}x")  # fmt: skip
