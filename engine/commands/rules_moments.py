"""What is known of a ticket's past, and the moments at which rules were asked about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

CALLED = "asked"  # what stands in place of the event where a process asked


@dataclass(frozen=True)
class Entry:
    """One line of the history; `event` and `skip` are of the decision that caused it, if one did:
    at which event that was, and which rules do not hear of what it changed."""

    what: str
    before: str
    after: str
    at: datetime
    cause: str
    ref: Mapping[str, Any]
    by_person: bool = True
    event: str = ""
    skip: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Decided:
    """One time that a ruleset was asked: at which event, and the facts it saw as far as kept."""

    ruleset: str
    event: str
    at: datetime
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Said:
    """An article as rules are told of it, and its writer as far as the desk knows who that is."""

    facts: dict[str, Any]
    login: str
    agent: bool
    known: bool


@dataclass(frozen=True)
class Moment:
    """One time that rules were asked, or would have been: the event, or the ruleset called."""

    event: str
    ruleset: str
    at: datetime
    facts: dict[str, Any]
    changed: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    skip: frozenset[str] = frozenset()
    # Rulesets are asked by name, and one sees what those before it have changed: who, and then.
    stages: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    times: Any = None  # the calendars of the ticket, as it was then

    def seen_by(self, ruleset: str) -> dict[str, Any]:
        """The facts that a ruleset found when its turn came."""
        found = self.facts
        for name, facts in self.stages:
            if name < ruleset:
                found = facts
        return found


@dataclass
class Course:
    """A ticket today, and what is known of its past."""

    facts: dict[str, Any]  # today's, with article facts of its beginning apart in `first`
    created: datetime
    first: Mapping[str, Any] = field(default_factory=dict)
    entries: Sequence[Entry] = ()
    decided: Sequence[Decided] = ()
    articles: Mapping[int, Said] = field(default_factory=dict)
    steps: Sequence[tuple[str, datetime, Mapping[str, Any]]] = ()  # title, when, facts
    customers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # login → facts
    state_types: Mapping[str, str] = field(default_factory=dict)
    known: Mapping[str, frozenset[str]] = field(default_factory=dict)  # field → names there are
    working: Callable[[str, str, datetime, datetime], Mapping[str, Any]] | None = None
    times: Callable[[str, str], Any] | None = None


def article_of(entry: Entry) -> int:
    """The id of the article that an entry speaks of, as far as rules hear of it; else 0."""
    words = entry.after.split() if entry.what == "article" else []
    return int(words[2]) if len(words) > 2 and words[2].isdigit() else 0
