"""What rules would have been asked about a ticket, moment by moment, told from its history.

History says of each field what it was before. Rolled back from today it gives the ticket as it was
born; told forward again, what each event found. What no history keeps (the customer's name, who is
a VIP, the company) is as it is today.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from engine.rules.release import DEFAULT

NAMED = ("queue", "type", "service", "sla")  # what can be renamed or taken away later
FIELDS = frozenset({*NAMED, "priority", "state", "owner", "responsible", "title", "customer"})
KEPT = FIELDS | {"created", "tag", "article", "clock", "step", "process"}  # and custom.…
MOST = 200  # moments of one ticket
CUT = 200  # from this length on a trace has only the beginning of a text
CALLED = "asked"  # what stands in place of the event where a process asked
BY_MAIL = ("email", "sms", "fax")  # through the filter
NOT_TOLD = frozenset({"step", "timer"})  # causes whose changes no rule is told of


@dataclass(frozen=True)
class Entry:
    """One line of the history, with the event of the decision that caused it, if one did."""

    what: str
    before: str
    after: str
    at: datetime
    cause: str
    ref: Mapping[str, Any]
    event: str = ""
    led: frozenset[str] = frozenset()  # rules of decisions before, of which that one came


@dataclass(frozen=True)
class Decided:
    """A decision that was kept: which ruleset was asked at which event, and the facts it saw."""

    ruleset: str
    event: str
    at: datetime
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Moment:
    """One time that rules were asked, or would have been: the event, or the ruleset called."""

    event: str
    ruleset: str
    at: datetime
    facts: dict[str, Any]
    changed: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    skip: frozenset[str] = frozenset()
    times: Any = None  # the calendars of the ticket, as it was then


@dataclass
class Course:
    """A ticket today, and what is known of its past."""

    facts: dict[str, Any]  # today's, with article facts of its beginning apart in `first`
    created: datetime
    first: Mapping[str, Any] = field(default_factory=dict)
    entries: Sequence[Entry] = ()
    decided: Sequence[Decided] = ()
    articles: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    steps: Sequence[tuple[str, datetime, Mapping[str, Any]]] = ()  # title, when, facts
    customers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # login → facts
    state_types: Mapping[str, str] = field(default_factory=dict)
    known: Mapping[str, frozenset[str]] = field(default_factory=dict)  # field → names there are
    working: Callable[[str, str, datetime, datetime], Mapping[str, Any]] | None = None
    times: Callable[[str, str], Any] | None = None


def moments(course: Course, most: int = MOST) -> list[Moment]:
    """Every moment of a ticket's life, the first one that of its birth."""
    return list(islice(_Telling(course).all(), most))


def standing(course: Course, at: datetime) -> Moment:
    """The ticket as it stood at any moment, whether or not something happened then."""
    return _Telling(course).standing(at)


class _Telling:
    """One ticket's course being told forward."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.renamed = _renamed(course)
        self.state = _born(course, self.renamed)
        self.entered = list(course.steps)
        self.called = [one for one in course.decided if one.event == CALLED]

    def all(self) -> Iterator[Moment]:
        """Birth, what the processes asked, and every event, in their order."""
        course, entries = self.course, self.course.entries
        yield self._moment("", "", course.created, course.first)
        if course.facts.get("ticket.channel") in BY_MAIL:
            yield self._moment("mail.received", "", course.created, course.first)
        yield self._moment("ticket.arrived", "", course.created, course.first)
        begun = _length_of_beginning(course)
        for entry in entries[:begun]:
            yield from self._calls(entry)
            self._apply(entry)
            yield from self._step(entry)
        yield self._moment("ticket.created", "", course.created, course.first)
        index = begun
        while index < len(entries):
            end = _end_of_group(entries, index)
            yield from self._calls(entries[index])
            yield from self._told(entries[index:end])
            index = end
        yield from self._calls(None)

    def standing(self, at: datetime) -> Moment:
        """After all that had happened until then."""
        for entry in self.course.entries:
            if entry.at > at:
                break
            self._apply(entry)
        return self._moment("", "", at, self.course.first)

    def _calls(self, entry: Entry | None) -> Iterator[Moment]:
        """Rulesets that a process had asked when this entry was written; at the end all others."""
        while self.called:
            next_one = self.called[0]
            if entry is not None and entry.at <= next_one.at:
                by_it = entry.event == CALLED and entry.ref.get("ruleset") == next_one.ruleset
                if entry.at < next_one.at or not by_it:
                    return
            yield self._called(self.called.pop(0))

    def _told(self, group: Sequence[Entry]) -> Iterator[Moment]:
        """Entries of one act: what changed together, or one that is an event by itself."""
        changed: dict[str, tuple[Any, Any]] = {}
        for entry in group:
            for fact, pair in self._apply(entry).items():
                changed[fact] = (changed[fact][0] if fact in changed else pair[0], pair[1])
        entry = group[-1]
        if changed and entry.cause not in NOT_TOLD:
            skip = _rules_of(entry)
            yield self._moment("ticket.changed", "", entry.at, {}, changed, skip)
        elif entry.what == "article":
            yield from self._article(entry)
        elif entry.what == "clock" and entry.after in ("warning", "breached"):
            percent = {"clock.percent": 100} if entry.after == "breached" else {}
            facts = {"clock.kind": entry.before, **percent}
            yield self._moment(f"clock.{entry.after}", "", entry.at, facts)
        elif entry.what == "process" and entry.after == "done":
            yield self._moment("process.ended", "", entry.at, {})
        yield from self._step(entry)

    def _article(self, entry: Entry) -> Iterator[Moment]:
        words = entry.after.split()
        number = int(words[2]) if len(words) > 2 and words[2].isdigit() else 0
        facts = self.course.articles.get(number)
        if facts is not None:
            yield self._moment("article.added", "", entry.at, facts)

    def _step(self, entry: Entry) -> Iterator[Moment]:
        if entry.what == "step" and not entry.before:
            for index, (title, at, facts) in enumerate(self.entered):
                if at == entry.at and title == entry.after:
                    del self.entered[index]
                    yield self._moment("step.entered", "", entry.at, facts)
                    return

    def _called(self, decided: Decided) -> Moment:
        """A process asked: what its decision saw is exact, as far as it was kept."""
        exact = {name: seen for name, seen in decided.facts.items() if not _cut(seen)}
        moment = self._moment("", decided.ruleset, decided.at, self.course.first)
        for name, value in list(moment.facts.items()):
            if name.startswith("custom."):  # answers of a form are kept as fields of the ticket
                moment.facts.setdefault("form." + name.removeprefix("custom."), value)
        moment.facts.update(exact)
        return moment

    def _moment(
        self,
        event: str,
        ruleset: str,
        at: datetime,
        more: Mapping[str, Any],
        changed: Mapping[str, tuple[Any, Any]] | None = None,
        skip: frozenset[str] = frozenset(),
    ) -> Moment:
        facts = {**self.state, **more}
        facts["ticket.tags"] = sorted(facts["ticket.tags"])
        age = (at - self.course.created).total_seconds() / 60
        facts["ticket.age_minutes"] = max(0, int(age))
        sla, queue = facts.get("ticket.sla", ""), facts.get("ticket.queue", "")
        if self.course.working is not None:
            facts |= self.course.working(sla, queue, self.course.created, at)
        for decided in self.course.decided:
            if event and decided.event == event and decided.at == at:
                for name, seen in decided.facts.items():
                    if name not in facts and not _cut(seen):
                        facts[name] = seen
        times = self.course.times(sla, queue) if self.course.times else None
        return Moment(event, ruleset, at, facts, changed or {}, skip, times)

    def _apply(self, entry: Entry) -> dict[str, tuple[Any, Any]]:
        """Let the entry happen; what it changed, under the names of facts."""
        fact = fact_of(entry.what)
        if fact is None:
            return {}
        before = self.state.get(fact)
        if entry.what == "tag":
            tags = set(before or ())
            self.state[fact] = sorted(tags - {entry.before} | {entry.after} - {""})
        else:
            _put(self.course, self.state, entry.what, self._name(entry.what, entry.after))
        after = self.state.get(fact)
        return {fact: (before, after)} if before != after else {}

    def _name(self, what: str, value: str) -> str:
        return self.renamed.get((what, value), value)


def fact_of(what: str) -> str | None:
    """The fact that an entry of the history changes, if it changes one."""
    if what.startswith("custom."):
        return what
    if what == "tag":
        return "ticket.tags"
    if what == "customer":
        return "customer.email"
    return f"ticket.{what}" if what in FIELDS else None


def _born(course: Course, renamed: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """The facts of today without all that happened since."""
    state = dict(course.facts)
    for entry in reversed(course.entries):
        if entry.what == "tag":
            tags = set(state["ticket.tags"])
            state["ticket.tags"] = sorted(tags - {entry.after} | {entry.before} - {""})
        elif fact_of(entry.what) is not None:
            value = renamed.get((entry.what, entry.before), entry.before)
            _put(course, state, entry.what, value)
    return state


def _renamed(course: Course) -> dict[tuple[str, str], str]:
    """Names of the history that nothing goes by any more, with the name that it has today.

    Known of what the ticket still has: there the last entry and the ticket say the same thing.
    """
    found: dict[tuple[str, str], str] = {}
    for what in NAMED:
        last = next((entry for entry in reversed(course.entries) if entry.what == what), None)
        today = course.facts.get(f"ticket.{what}")
        gone = last is not None and last.after not in course.known.get(what, frozenset())
        if last is not None and gone and today and last.after and last.after != today:
            found[what, last.after] = str(today)
    return found


def _put(course: Course, state: dict[str, Any], what: str, value: str) -> None:
    """Give a field the value that the history wrote down as text."""
    if what == "priority":
        state["ticket.priority"] = int(value) if value.isdigit() else value
    elif what == "customer":
        none = {"customer.email": value, "customer.domain": value.rpartition("@")[2]}
        state.update(course.customers.get(value, none))
    elif what.startswith("custom."):
        state[what] = _value(value)
    else:
        state[f"ticket.{what}"] = value
    if what == "state":
        state["ticket.state_type"] = course.state_types.get(value, "")


def _value(text: str) -> Any:
    """A value of an own field: lists stand in the history as Python writes them."""
    if text.startswith("[") and text.endswith("]"):
        try:
            return ast.literal_eval(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return text
    return text


def _length_of_beginning(course: Course) -> int:
    """How many entries were written before the rules heard that the ticket is there."""
    for index, entry in enumerate(course.entries):
        if entry.at != course.created or entry.event == "ticket.created":
            return index
    return len(course.entries)


def _end_of_group(entries: Sequence[Entry], start: int) -> int:
    """Where the fields end that changed in one go with this one."""
    first = entries[start]
    end = start + 1
    if fact_of(first.what) is None:
        return end
    while end < len(entries):
        other = entries[end]
        same = (other.at, other.cause, other.ref) == (first.at, first.cause, first.ref)
        if not same or fact_of(other.what) is None:
            break
        end += 1
    return end


def _rules_of(entry: Entry) -> frozenset[str]:
    """The rules, or the default, that led to a change: they do nothing on hearing of it."""
    if entry.cause != "rule":
        return frozenset()
    ruleset, rules = entry.ref.get("ruleset"), entry.ref.get("rules")
    return entry.led | {f"{ruleset}/{rule}" for rule in rules or (DEFAULT,)}


def _cut(value: Any) -> bool:
    """Whether a trace has kept only a part of a value."""
    if isinstance(value, str):
        return len(value) >= CUT and value.endswith("…")
    return isinstance(value, list) and len(value) >= 20
