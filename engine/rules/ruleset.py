"""The shapes of rules after parsing: typed, immutable, free of YAML and of the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Atom:
    """One condition: `value` as written, `kind` how the fact is read, `literal` to compare with."""

    fact: str
    op: str
    value: Any = field(compare=False)
    kind: str = ""
    literal: Any = None
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Group:
    """Conditions of which all, any or none must be true."""

    mode: str
    members: tuple[Atom | Group, ...]


@dataclass(frozen=True)
class Action:
    """One thing to do: the verb of the vocabulary and its value as JSON-able data."""

    verb: str
    value: Any


@dataclass(frozen=True)
class Rule:
    """When this is so, do that. `when` None: always. `events` empty: every event of the set."""

    id: str
    title: dict[str, str]
    order: int
    when: Group | None
    then: tuple[Action, ...]
    stop: bool = False
    active: bool = True
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    events: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    note: str = ""
    line: int | None = field(default=None, compare=False)

    def valid_at(self, now: datetime) -> bool:
        """Whether `now` lies in its validity: from inclusive, until exclusive."""
        if self.valid_from is not None and now < self.valid_from:
            return False
        return self.valid_until is None or now < self.valid_until


@dataclass(frozen=True)
class Ruleset:
    """An ordered set of rules under one name; `text` is what it was read from."""

    name: str
    title: dict[str, str]
    events: tuple[str, ...]
    default: tuple[Action, ...]
    rules: tuple[Rule, ...]
    tests: tuple[dict[str, Any], ...]
    text: str
    file: str
    digest: str

    def in_order(self) -> list[Rule]:
        """The active rules as they are asked: by order, those of equal order as written."""
        return sorted((rule for rule in self.rules if rule.active), key=lambda rule: rule.order)
