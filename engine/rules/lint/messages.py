"""Messages that rules send to processes: somebody waits for them, and they do not go round.

What processes wait for is handed in; how it is read from diagrams is not this room's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from engine.rules.facts import fold
from engine.rules.lint.examined import Examined
from engine.rules.lint.formula import EVENT, Term
from engine.rules.lint.solver import Model
from engine.rules.ruleset import Action, Atom, Rule

STEP = "step.entered"
LONGEST = 5  # rules of one round


@dataclass(frozen=True)
class Awaited:
    """A place where a process waits for a message, and what follows by itself when it comes.

    `asks`: rulesets that are called on the way; `again`: messages that are waited for where the
    process comes to rest; `steps`: the steps that begin there, each as (id, lane).
    """

    process: str
    message: str
    asks: frozenset[str] = frozenset()
    again: frozenset[str] = frozenset()
    steps: frozenset[tuple[str, str]] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Sending:
    """A rule that sends a message."""

    one: Examined
    place: int
    message: str

    @property
    def rule(self) -> Rule:
        """The rule itself."""
        return self.one.rules[self.place]


def sent(actions: Sequence[Action]) -> Iterator[str]:
    """The messages of the actions."""
    return (str(action.value) for action in actions if action.verb == "message")


def messages(sets: Sequence[Examined], awaited: Sequence[Awaited]) -> None:
    """Add messages that nobody waits for, and those that lead to being sent again."""
    waited = {one.message for one in awaited}
    sendings = [Sending(one, place, message)
                for one in sets for place, rule in enumerate(one.rules)
                if place not in one.dead for message in sent(rule.then)]  # fmt: skip
    for sending in sendings:
        if sending.message not in waited | _announced(sending.one):
            asked = [(True, sending.one.wholes[sending.place])]
            model = sending.one.reaching(asked, sending.place)[0].model
            if model is not None and sending.place in sending.one.firing.matched(model):
                sending.one.found("unawaited", "warning", sending.rule,
                                  f"no process waits for the message {sending.message!r}",
                                  "correct its name, or drop the action", model)  # fmt: skip
    for first in sendings:
        _round(first, sendings, awaited)


def _announced(one: Examined) -> set[str]:
    """Messages called like an event: they tell of it whoever waits, and nobody needs to."""
    return {event.replace(".", "_") for event in one.vocabulary.events}


def _round(first: Sending, sendings: Sequence[Sending], awaited: Sequence[Awaited]) -> None:
    """Whether what the message leads to sends it again, directly or by other messages."""
    paths: list[list[tuple[Sending, Awaited]]] = [
        [(first, one)] for one in awaited if one.message == first.message
    ]
    while paths:
        path = paths.pop(0)
        place = path[-1][1]
        for following in sendings:
            if following.message not in place.again:
                continue
            model = _led_to(place, following)
            if model is None:
                continue
            if following == first:
                _tell(path, model)
                return
            if len(path) < LONGEST and all(following != seen for seen, _ in path):
                paths += [
                    [*path, (following, one)]
                    for one in awaited
                    if one.message == following.message and one.process == place.process
                ]


def _led_to(place: Awaited, following: Sending) -> Model | None:
    """A ticket on which the rule fires by what follows from the message; None where it does not."""
    one = following.one
    asked: list[list[Atom]] = []
    if one.ruleset.name in place.asks:
        asked.append([Atom(EVENT, "among", None, "event", frozenset({None}))])
    if STEP in one.ruleset.events:
        entered = Atom(EVENT, "among", None, "event", frozenset({STEP}))
        asked += [[entered, *_at(*step)] for step in sorted(place.steps)]
    for atoms in asked:
        terms: list[Term] = [(True, one.wholes[following.place])]
        terms += [(True, atom) for atom in atoms]
        model = one.reaching(terms, following.place)[0].model
        if model is not None and following.place in one.firing.matched(model):
            return model
    return None


def _at(step: str, lane: str) -> list[Atom]:
    found = [Atom("step.id", "is", step, "string", fold(step))]
    empty = Atom("step.lane", "is_empty", True, "string", True)
    return [*found, Atom("step.lane", "is", lane, "string", fold(lane)) if lane else empty]


def _tell(path: list[tuple[Sending, Awaited]], model: Model) -> None:
    first, place = path[0]
    links = [f"{one.one.ruleset.name}/{one.rule.id}" for one, _ in path]
    if min(links) != links[0]:
        return  # the same round is told once, of its first rule
    way = " → ".join([*links, links[0]])
    first.one.found("message-loop", "warning", first.rule,
                    f"the process {place.process!r} can bring the message {first.message!r}"
                    f" back to where it is sent: {way}",
                    "let the rule look whether it has done so already", model)  # fmt: skip
