"""Rules that set each other's work back: one changes the ticket, another hears it and undoes it.

The desk does not go round with them (a rule never fires on what it began, chains end after five
links), but what comes of such a ticket nobody has meant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from engine.rules.facts import EPOCH, Facts
from engine.rules.lint.chains import TAGS, Chain, Link, Play, writes
from engine.rules.lint.examined import Examined
from engine.rules.lint.formula import CHANGES, EVENT, Term, plain, split
from engine.rules.lint.solver import CHANGED, Model
from engine.rules.operators import holds
from engine.rules.ruleset import Action, Atom, Group, Rule
from engine.rules.trace import atoms_of

MOST_NEXT = 20  # rules that are tried as the next one after a rule
MOST_TRIED = 3_000  # pairs of rules tried at all
_ONLY_CHANGED = Atom(EVENT, "among", None, "event", frozenset({CHANGED}))


def loops(sets: Sequence[Examined]) -> None:
    """Add each loop to the findings of the ruleset of its first rule."""
    play = Play(sets)
    told: set[frozenset[Link]] = set()
    tried = 0
    for one, other in circular(_pairs(sets)):
        tried += 1
        if tried > MOST_TRIED:
            return
        if any({one, other} <= links for links in told):
            continue
        for model in _starts(sets, one, other):
            chain = play.loop(one[0], model)
            if chain is None:
                continue
            links = frozenset(chain.links)
            if links not in told:
                told.add(links)
                _tell(sets, chain, model)
            break


def _tell(sets: Sequence[Examined], chain: Chain, model: Model) -> None:
    ids = [f"{sets[n].ruleset.name}/{sets[n].rules[place].id}" for n, place in chain.links]
    number, place = chain.links[0]
    one = sets[number]
    way = " → ".join([*ids, ids[0]])
    one.found("loop", "warning", one.rules[place], f"these rules set each other off: {way}",
              "let one of them leave alone what the other sets", model)  # fmt: skip


def _pairs(sets: Sequence[Examined]) -> Iterator[tuple[Link, Link]]:
    """Two rules that hear of changes, of which the second looks at what the first writes.

    Only where something is written in two ways can a ticket come back to what it was.
    """
    links = [
        (number, place)
        for number, one in enumerate(sets)
        if CHANGED in one.ruleset.events
        for place, rule in enumerate(one.rules)
        if place not in one.dead and (not rule.events or CHANGED in rule.events)
    ]
    written = {link: _touched(_rule(sets, link).then) for link in links}
    values: dict[str, set[str]] = defaultdict(set)
    for link in links:
        for name, value in _settings(_rule(sets, link).then):
            values[name].add(repr(value))
    opposed = {name for name, found in values.items() if len(found) > 1}
    acting = [link for link in links if _writes_of(_rule(sets, link).then) & opposed]
    lasting = {link for link in acting if _rule(sets, link).stop and _lasts(sets, link)}
    readers = _readers(sets, acting)
    numbers = {number for number, _ in acting}
    loose = {
        (fact, number): [one for one in found if one[0] != number or one not in lasting]
        for fact, found in readers.items()
        for number in numbers
    }

    def kept_out(one: Link, other: Link) -> bool:
        """Whether one of them goes on to fire, and stops before the other is asked."""
        return one[0] == other[0] and min(one, other) in lasting

    for link in acting:
        after: dict[Link, None] = {}
        for fact, value in written[link].items():
            known = loose.get((fact, link[0]), []) if link in lasting else readers[fact]
            for other in known:
                if other == link or kept_out(link, other):
                    continue
                if _bears(sets, other, fact, value):
                    after[other] = None
        for other in list(after)[:MOST_NEXT]:
            yield link, other


def _lasts(sets: Sequence[Examined], link: Link) -> bool:
    """Whether the rule still fires on what it has done itself."""
    left = after(sets[link[0]].wholes[link[1]], _rule(sets, link).then)
    if left is None:
        return False
    before, behind = split([(True, sets[link[0]].wholes[link[1]])]), split(left)
    if before is None or behind is None:
        return False
    return set(behind.literals) <= set(before.literals) and not behind.choices


def circular(pairs: Iterable[tuple[Link, Link]]) -> Iterator[tuple[Link, Link]]:
    """The pairs that lie on a way which comes back to where it began."""
    following: dict[Link, list[Link]] = defaultdict(list)
    leading: dict[Link, list[Link]] = defaultdict(list)
    for one, other in pairs:
        following[one].append(other)
        leading[other].append(one)
    alive = set(following) & set(leading)
    while True:
        ended = {
            link
            for link in alive
            if not alive.intersection(following[link]) or not alive.intersection(leading[link])
        }
        if not ended:
            break
        alive -= ended
    for one in [link for link in following if link in alive]:
        yield from ((one, other) for other in following[one] if other in alive)


def _settings(actions: Iterable[Action]) -> Iterator[tuple[str, Any]]:
    for action in actions:
        if action.verb == "set" and isinstance(action.value, Mapping):
            yield from action.value.items()
        elif action.verb in ("add_tag", "remove_tag"):
            yield f"tag:{str(action.value).strip().lower()}", action.verb


def _writes_of(actions: Iterable[Action]) -> set[str]:
    return {name for name, _ in _settings(actions)}


def _rule(sets: Sequence[Examined], link: Link) -> Rule:
    return sets[link[0]].rules[link[1]]


def _touched(actions: Sequence[Action]) -> dict[str, Any]:
    """What is written, of tags each by itself too."""
    tags = {name: None for name, _ in _settings(actions) if name.startswith("tag:")}
    return {**writes(actions), **tags}


def _readers(sets: Sequence[Examined], links: Iterable[Link]) -> dict[str, list[Link]]:
    """By fact, of tags each by itself, the rules that look at it; some look at nothing."""
    found: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        rule = _rule(sets, link)
        names = {name for atom, _ in atoms_of(rule.when) for name in _looked_at(atom)}
        if rule.when is None and not rule.changed:
            names.update(writes(rule.then))
        for name in names | set(rule.changed):
            found[name].append(link)
    return found


def _looked_at(atom: Atom) -> Iterable[str]:
    if atom.fact != TAGS or atom.op not in ("has", "has_any"):
        return (atom.fact,)
    members = atom.literal if atom.op == "has_any" else (atom.literal,)
    return [f"tag:{member}" for member in members]


def _bears(sets: Sequence[Examined], link: Link, fact: str, value: Any) -> bool:
    """Whether the rule may fire on a ticket on which the fact is this."""
    if value is None:
        return True
    area = sets[link[0]].box(link[1]).get((fact, "text")) or sets[link[0]].box(link[1]).get(
        (fact, "number")
    )
    if area is None or not area.values:
        return True
    facts = Facts({fact: value}, None, EPOCH)
    return bool({facts.seen(fact, "string"), facts.seen(fact, "number")} & area.values)


def _starts(sets: Sequence[Examined], one: Link, other: Link) -> Iterator[Model]:
    """Tickets on which the first rule fires, then the second, then perhaps the first again."""
    first, second = sets[one[0]], sets[other[0]]
    then, back = _rule(sets, one).then, _rule(sets, other).then
    begin: list[Term] = [(True, _ONLY_CHANGED), (True, first.wholes[one[1]]), *_moving(then)]
    next_terms = after(second.wholes[other[1]], then)
    again = after(first.wholes[one[1]], [*then, *back])
    for more in ([next_terms, again], [next_terms]):
        if None in more:
            continue
        terms = [term for found in more for term in found or ()]
        answer, _ = first.reaching([*begin, *terms], one[1])
        if answer.model is not None:
            yield answer.model


def _moving(actions: Iterable[Action]) -> list[Term]:
    """That the ticket is not yet as the actions make it."""
    found: list[Term] = []
    for name, value in _settings(actions):
        if name.startswith("tag:"):
            atom = Atom(TAGS, "has", None, "list", name.removeprefix("tag:"))
            found.append((value == "remove_tag", atom))
        elif isinstance(value, str):
            seen = Facts({"x": value}, None, EPOCH).seen("x", "string")
            fact = name if "." in name else f"ticket.{name}"
            found.append((False, Atom(fact, "is", value, "string", seen)))
        elif isinstance(value, int | float):
            fact = name if "." in name else f"ticket.{name}"
            found.append((False, Atom(fact, "is", value, "number", value)))
    return found[:1]


def after(condition: Group, actions: Iterable[Action]) -> list[Term] | None:
    """The condition on the ticket as the actions leave it, said of the ticket before; or None.

    What they write is known; the event is the change, and whatever is written has changed.
    """
    made: dict[str, Any] = {}
    tags: dict[str, bool] = {}
    for name, value in _settings(actions):
        if name.startswith("tag:"):
            tags[name.removeprefix("tag:")] = value == "add_tag"
        else:
            made[name if "." in name else f"ticket.{name}"] = value
    said = _After(made, tags).term(True, condition)
    if isinstance(said, bool):
        return [] if said else None
    return [said]


class _After:
    def __init__(self, made: Mapping[str, Any], tags: Mapping[str, bool]) -> None:
        self.made, self.tags = made, tags

    def term(self, wanted: bool, condition: Atom | Group) -> Term | bool:
        """The term before the actions that makes the condition as wanted behind them."""
        if isinstance(condition, Atom):
            return self._atom(*plain(wanted, condition))
        inner = wanted if condition.mode != "none" else not wanted
        every = (condition.mode == "all") is wanted if condition.mode != "none" else wanted
        kept: list[Atom | Group] = []
        for member in condition.members:
            said = self.term(inner, member)
            if isinstance(said, bool):
                if said is not every:
                    return said
                continue
            truth, part = said
            kept.append(part if truth else Group("none", (part,)))
        if not kept:
            return every
        return True, Group("all" if every else "any", tuple(kept))

    def _atom(self, wanted: bool, atom: Atom) -> Term | bool:
        if atom.fact == EVENT:
            return (CHANGED in atom.literal) is wanted
        if atom.fact == TAGS and self.tags and atom.op in ("has", "has_any"):
            return self._tags(wanted, atom)
        if atom.op in CHANGES:
            return self._changed(wanted, atom)
        if atom.fact not in self.made:
            return wanted, atom
        return holds(Facts({atom.fact: self.made[atom.fact]}, None, EPOCH), atom) is wanted

    def _tags(self, wanted: bool, atom: Atom) -> Term | bool:
        members = atom.literal if atom.op == "has_any" else (atom.literal,)
        if any(self.tags.get(member) for member in members):
            return wanted
        left = tuple(member for member in members if member not in self.tags)
        if not left:
            return not wanted
        return wanted, Atom(atom.fact, "has_any", list(left), "list", frozenset(left))

    def _changed(self, wanted: bool, atom: Atom) -> Term | bool:
        if atom.fact == TAGS and self.tags:
            return wanted if atom.op == "changed" else not wanted
        if atom.fact not in self.made:
            return not wanted
        if atom.op == "changed":
            return wanted
        if atom.op == "changed_to":
            new = Facts({atom.fact: self.made[atom.fact]}, None, EPOCH).seen(atom.fact, atom.kind)
            return (new in atom.literal) is wanted
        return wanted, Atom(atom.fact, "in", list(atom.literal), atom.kind, atom.literal)
