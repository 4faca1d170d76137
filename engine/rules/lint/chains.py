"""What follows from one ticket: rules fire, change it, and others hear of the change.

As engine/commands/follow_up.py does it, but without what it does against loops, so that they show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.rules.facts import as_list, as_string
from engine.rules.lint.examined import Examined
from engine.rules.lint.solver import CHANGED, Model
from engine.rules.ruleset import Action

LONGEST = 8  # links of a chain; the desk itself stops after five
MOST_LINKS = 60  # evaluations for one ticket
TAGS, PRIORITY = "ticket.tags", "ticket.priority"
HIGHEST = 5
Link = tuple[int, int]  # (number of the ruleset, place of the rule)


def fact_of(field: str) -> str:
    """The fact that tells what a field is."""
    return field if "." in field else f"ticket.{field}"


def raised(rank: Any, steps: Any) -> Any:
    """The priority so many steps up; what is no number is left as it is."""
    if not isinstance(rank, int | float) or not isinstance(steps, int | float):
        return rank
    return min(HIGHEST, int(rank) + int(steps))


def writes(actions: Iterable[Action]) -> dict[str, Any]:
    """What actions make of facts, by name; of tags the fact alone."""
    found: dict[str, Any] = {}
    for action in actions:
        if action.verb == "set" and isinstance(action.value, Mapping):
            found.update({fact_of(name): value for name, value in action.value.items()})
        elif action.verb == "raise_priority":
            found[PRIORITY] = None
        elif action.verb in ("add_tag", "remove_tag"):
            found[TAGS] = None
    return found


def carried(facts: Mapping[str, Any], actions: Iterable[Action]) -> dict[str, tuple[Any, Any]]:
    """What the actions really change on a ticket: fact → (before, after)."""
    changed: dict[str, tuple[Any, Any]] = {}
    for action in actions:
        pairs: list[tuple[str, Any]] = []
        if action.verb == "set" and isinstance(action.value, Mapping):
            pairs = [(fact_of(name), value) for name, value in action.value.items()]
        elif action.verb == "raise_priority":
            rank = changed.get(PRIORITY, (None, facts.get(PRIORITY)))[1]
            pairs = [(PRIORITY, raised(rank, action.value))]
        elif action.verb in ("add_tag", "remove_tag"):
            now = changed.get(TAGS, (None, facts.get(TAGS)))[1]
            tags, tag = set(as_list(now) or ()), str(action.value).strip().lower()
            tags = tags | {tag} if action.verb == "add_tag" else tags - {tag}
            pairs = [(TAGS, sorted(tags))]
        for fact, value in pairs:
            changed[fact] = (facts.get(fact, "" if fact != TAGS else []), value)
    return {fact: (old, new) for fact, (old, new) in changed.items() if not _same(old, new)}


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, list) or isinstance(other, list):
        return (as_list(one) or frozenset()) == (as_list(other) or frozenset())
    return one == other or (as_string(one) or "") == (as_string(other) or "")


@dataclass(frozen=True)
class Chain:
    """The rules by which a chain came to a rule that it had been at before."""

    links: tuple[Link, ...]


class Play:
    """Plays what one ticket leads to, until a rule would fire again on what it began."""

    def __init__(self, sets: Sequence[Examined]) -> None:
        self.sets = sets
        self.hearing = [n for n, one in enumerate(sets) if CHANGED in one.ruleset.events]
        self.left = MOST_LINKS

    def loop(self, number: int, model: Model) -> Chain | None:
        """The loop that begins with this ticket in this ruleset, if there is one."""
        self.left = MOST_LINKS
        found, _ = self._asked(number, model, ())
        return found

    def _asked(
        self, number: int, model: Model, path: tuple[tuple[Link, ...], ...]
    ) -> tuple[Chain | None, Model]:
        self.left -= 1
        one = self.sets[number]
        matched = tuple((number, place) for place in one.firing.matched(model))
        changing = [link for link in matched if carried(model.facts, self._then(link))]
        for depth, earlier in enumerate(path):
            again = [link for link in changing if link in earlier]
            if again and len(way := _way(path[depth:], again[0])) > 1:
                return Chain(way), model
        actions = [action for link in matched for action in self._then(link)]
        changed = carried(model.facts, actions)
        if not changed or len(path) >= LONGEST or self.left <= 0:
            return None, model
        after = replace(
            model,
            facts={**model.facts, **{fact: new for fact, (_, new) in changed.items()}},
            changed=changed,
            event=CHANGED,
        )
        for heard in self.hearing:
            found, after = self._asked(heard, after, (*path, tuple(changing)))
            if found:
                return found, after
            after = replace(after, changed=changed)
        return None, replace(after, changed=model.changed, event=model.event)

    def _then(self, link: Link) -> Sequence[Action]:
        return self.sets[link[0]].rules[link[1]].then


def _way(path: Sequence[tuple[Link, ...]], again: Link) -> tuple[Link, ...]:
    """The different rules of a loop; the one that comes again first."""
    return tuple(dict.fromkeys([again, *(link for links in path[1:] for link in links)]))
