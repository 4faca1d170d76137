"""Facts on which a formula holds: found, shown not to exist, or given up within bounds.

A formula is taken apart into literals and choices; the literals of each variable are answered by
what knows its values (texts, scalars), choices are tried one after the other. Variables are taken
to be independent, which makes more possible than really is: "there are none" stays true.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.rules.facts import EPOCH, NOON, Facts, as_date
from engine.rules.lint import scalars, texts
from engine.rules.lint.formula import EVENT, NOW, Literal, Split, Term, Variable, split, variable_of
from engine.rules.lint.scalars import MISSING, NONE, UNKNOWN, Found
from engine.rules.operators import holds
from engine.rules.ruleset import Atom
from engine.rules.vocabulary import Vocabulary

MOST_STEPS = 400  # variables looked at for one formula
CHANGED = "ticket.changed"
Known = dict[Variable, tuple[Literal, ...]]


@dataclass(frozen=True)
class Model:
    """A ticket and what happened to it, such as an example has it."""

    facts: Mapping[str, Any]
    changed: Mapping[str, tuple[Any, Any]]
    event: str | None
    now: datetime

    def seen(self) -> Facts:
        """As the operators look at it."""
        return Facts(self.facts, self.changed, self.now)

    def witness(self) -> dict[str, Any]:
        """In the form of an example without name and expectation; whatever is empty left out."""
        found: dict[str, Any] = {"event": self.event} if self.event else {}
        found["facts"] = dict(self.facts)
        if self.changed:
            found["changed"] = {name: list(ends) for name, ends in self.changed.items()}
        if self.now != NOON:
            found["now"] = self.now.isoformat()
        return found


@dataclass(frozen=True)
class Answer:
    """`possible`: True with a model, False when surely never, None where it was given up."""

    possible: bool | None
    model: Model | None = None


@dataclass
class Solver:
    """Answers formulas about the tickets of one ruleset."""

    vocabulary: Vocabulary
    events: Sequence[str] = ()
    since: datetime | None = None  # tickets of before are not asked about
    facts: Sequence[str] = ()  # those that rules look at
    _steps: int = field(default=0, init=False)
    _closed: dict[str, tuple[Sequence[str], bool]] = field(default_factory=dict, init=False)

    def solve(self, terms: Iterable[Term]) -> Answer:
        """Facts on which all of the terms hold."""
        self._steps = 0
        parts = split(terms)
        return Answer(False) if parts is None else self._search({}, parts, ())

    def _search(self, known: Known, parts: Split, choices: tuple[tuple[Term, ...], ...]) -> Answer:
        fresh: dict[Variable, list[Literal]] = defaultdict(list)
        for literal in parts.literals:
            fresh[variable_of(literal[1])].append(literal)
        known = dict(known)
        for variable, literals in fresh.items():
            known[variable] = (*known.get(variable, ()), *literals)
            self._steps += 1
        for variable in _touched(fresh, known):
            asked = _with_ends(variable, known)
            if self._decide(variable, asked, None, MISSING).possible is False:
                return Answer(False)
        if self._unheard(known):
            return Answer(False)
        if self._steps > MOST_STEPS:
            return Answer(None)
        open_choices = sorted((*choices, *parts.choices), key=len)
        if not open_choices:
            model = self._model(known)
            return Answer(True, model) if model else Answer(None)
        unsure = False
        for term in open_choices[0]:
            inner = split([term])
            if inner is None:
                continue
            answer = self._search(known, inner, tuple(open_choices[1:]))
            if answer.possible:
                return answer
            unsure = unsure or answer.possible is None
        return Answer(None if unsure else False)

    def _unheard(self, known: Known) -> bool:
        """Whether a change is asked for at an event that brings none."""
        asked = any(truth for (_, kind), literals in known.items() if kind == "change"
                    for truth, _ in literals)  # fmt: skip
        return asked and self._event(known.get((EVENT, "event"), ()), True).value != CHANGED

    def _model(self, known: Known) -> Model | None:
        """One ticket out of the answers of all variables; None where they do not go together."""
        now = self._moment(known.get((NOW, "now"), ()))
        changes = [variable for variable in known if variable[1] == "change"]
        event = self._event(known.get((EVENT, "event"), ()), bool(changes))
        if now is None or event.possible is not True:
            return None
        raws: dict[str, list[Any]] = defaultdict(list)
        for variable in known:
            fact, kind = variable
            if kind in ("event", "now", "change"):
                continue
            found = self._decide(variable, _with_ends(variable, known), now, MISSING)
            if found.possible is not True:
                return None
            raws[fact].append(found.value)
        facts = {}
        for fact, values in raws.items():
            value = self._common(fact, values, known)
            if value is MISSING:
                continue
            facts[fact] = value
        for fact in self.facts:
            if fact not in facts and self._of(fact)[1]:
                facts[fact] = next(iter(self._of(fact)[0]), False)
        changed: dict[str, tuple[Any, Any]] = {}
        for variable in changes:
            facts |= self._there(variable[0], known, facts, now)
            found = self._decide(variable, known[variable], now, facts.get(variable[0], MISSING))
            if found.possible is not True:
                return None
            if found.value is not MISSING:
                changed[variable[0]] = found.value
                if facts.setdefault(variable[0], found.value[1]) != found.value[1]:
                    return None  # what it became is what it is
        model = Model(facts, changed, event.value, now)
        seen = model.seen()
        for (_, kind), literals in known.items():
            if kind not in ("event", "now") and any(
                holds(seen, atom) is not truth for truth, atom in literals
            ):
                return None
        return model

    def _there(
        self, fact: str, known: Known, facts: Mapping[str, Any], now: datetime
    ) -> Mapping[str, Any]:
        """The fact with a value, where it is left out for no other reason than that it may be.

        What changed has become something, which is to suit the conditions on it as well.
        """
        moved = any(truth for truth, _ in known[fact, "change"])
        for (name, kind), literals in known.items():
            if not moved or name != fact or name in facts or kind == "change":
                continue
            there = (False, Atom(fact, "is_empty", True, literals[0][1].kind, True))
            found = self._decide((name, kind), (*literals, there), now, MISSING)
            if found.possible and found.value is not MISSING:
                return {fact: found.value}
        return {}

    def _common(self, fact: str, values: Sequence[Any], known: Known) -> Any:
        """A value that suits every way in which the fact is read; the first where none does."""
        if len(values) == 1:
            return values[0]
        asked = [one for (name, kind), literals in known.items()
                 if name == fact and kind != "change" for one in literals]  # fmt: skip
        for value in values:
            facts = Facts({} if value is MISSING else {fact: value}, None, EPOCH)
            if all(holds(facts, atom) is truth for truth, atom in asked):
                return value
        return values[0]

    def _decide(
        self, variable: Variable, literals: Sequence[Literal], now: datetime | None, after: Any
    ) -> Found:
        fact, kind = variable
        if kind == "event":
            return self._event(literals, False)
        if kind == "now":
            return UNKNOWN if self._moment(literals) else NONE
        if kind == "change":
            return self._change(literals, after)
        closed, always = self._of(fact)
        if kind == "text":
            return texts.text(literals, closed, always)
        if kind == "number":
            return scalars.number(literals, always)
        if kind == "boolean":
            return scalars.boolean(literals, always)
        if kind == "date":
            return scalars.date(literals, always, as_date(now or NOON) or 0)
        return scalars.listed(literals, always) if kind == "list" else UNKNOWN

    def always(self, fact: str) -> bool:
        """Whether every ticket has the fact."""
        return self._of(fact)[1]

    def _of(self, fact: str) -> tuple[Sequence[str], bool]:
        if fact not in self._closed:
            known = self.vocabulary.fact(fact)
            self._closed[fact] = (known.values, known.always) if known else ((), False)
        return self._closed[fact]

    def _change(self, literals: Sequence[Literal], after: Any) -> Found:
        kinds = [atom.kind for _, atom in literals if atom.kind != "raw"]
        known = self.vocabulary.fact(literals[0][1].fact)
        return scalars.change(literals, after, (kinds or [known.kind if known else "string"])[0])

    def _event(self, literals: Sequence[Literal], changes: bool) -> Found:
        """The event asked with; None where the ruleset is called by a step of a process."""
        left: list[str | None] = [*self.events, None]
        for truth, atom in literals:
            left = [event for event in left if (event in atom.literal) is truth]
        if changes and CHANGED in left:
            return Found(True, CHANGED)
        return Found(True, left[0]) if left else NONE

    def _moment(self, literals: Sequence[Literal]) -> datetime | None:
        bounds = scalars.Range(literals)
        if self.since is not None:
            bounds.bound("low", as_date(self.since), False)
        usual = max(as_date(NOON) or 0, bounds.low or 0)
        if bounds.holds(usual):
            value = usual
        elif bounds.high is not None and (bounds.low is None or bounds.low < bounds.high):
            value = max(bounds.high - 3600 * 10**6, bounds.low or 0)
        else:
            return None
        return EPOCH.astimezone(UTC) + timedelta(microseconds=value)


def _touched(fresh: Iterable[Variable], known: Known) -> Iterator[Variable]:
    """The variables that are asked more of: what a fact became is what it is."""
    for variable in fresh:
        yield variable
        if variable[1] == "change":
            yield from (one for one in known if one[0] == variable[0] and one not in fresh)


def _with_ends(variable: Variable, known: Known) -> tuple[Literal, ...]:
    """What is asked of a variable, with what it must have become."""
    fact = variable[0]
    ends = [
        Atom(fact, "in", atom.value, atom.kind, atom.literal)
        for truth, atom in known.get((fact, "change"), ())
        if truth and atom.op == "changed_to"
    ]
    return (*known[variable], *((True, end) for end in ends if variable_of(end) == variable))
