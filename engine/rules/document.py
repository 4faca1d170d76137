"""One rule file, read whole: a typed ruleset, or every problem at once with its line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from engine.errors import Problem
from engine.rules.actions import read_actions
from engine.rules.analysis import analyse
from engine.rules.conditions import ConditionReader, Findings, close_to
from engine.rules.ruleset import Action, Rule, Ruleset
from engine.rules.source import Listed, Mapped, read_yaml
from engine.rules.vocabulary import LANGUAGES, Vocabulary

MOST_RULES = 20_000
NAME = re.compile(r"[a-z][a-z0-9_]{0,40}\Z")
ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}\Z")
_KEYS = ("ruleset", "title", "events", "default", "rules", "tests", "note")
_RULE_KEYS = ("id", "title", "order", "when", "then", "stop", "active", "valid_from",
              "valid_until", "events", "changed", "note")  # fmt: skip
ORDER = 1_000_000


def parse_ruleset(
    name: str | None, text: str | bytes, vocabulary: Vocabulary, file: str = ""
) -> tuple[Ruleset | None, list[Problem]]:
    """The ruleset (None when an error stands in the list) and all problems; never raises.

    `name` is the name that the file must give itself, None for whichever it gives.
    """
    data, problems = read_yaml(text)
    findings = Findings()
    findings.problems.extend(problems)
    if data is None and problems:
        return None, findings.problems
    if not isinstance(data, Mapped):
        findings.error("not-a-ruleset", None, 1, "a rule file is a mapping", "begin with ruleset:")
        return None, findings.problems
    source = text if isinstance(text, str) else text.decode("utf-8")
    ruleset = _Reader(vocabulary, findings).ruleset(name, data, source, file)
    if not findings.failed:
        analyse(ruleset, vocabulary, findings)
    return (None if findings.failed else ruleset), findings.problems


class _Reader:
    def __init__(self, vocabulary: Vocabulary, findings: Findings) -> None:
        self.vocabulary = vocabulary
        self.findings = findings

    def ruleset(self, name: str | None, data: Mapped, text: str, file: str) -> Ruleset:
        self._keys(data, _KEYS, None)
        own = data.get("ruleset")
        if not isinstance(own, str) or not NAME.match(own):
            self.findings.error("name", None, data.lines.get("ruleset", data.line),
                                f"{own!r} is no name of a ruleset",
                                "small letters, digits and underscores")  # fmt: skip
            own = name or "unnamed"
        if name is not None and own != name:
            self.findings.error("name", own, data.lines.get("ruleset", data.line),
                                f"the file calls itself {own!r}, expected {name!r}",
                                "name file and ruleset alike")  # fmt: skip
        title = self._title(data, own)
        events = tuple(self._names(data, "events", self.vocabulary.events, own, "unknown-event"))
        default: tuple[Action, ...] = ()
        if data.get("default"):
            default = read_actions(data["default"], self.vocabulary, self.findings, "default",
                                   data.lines["default"])  # fmt: skip
        rules = self._rules(data, events)
        self._fitting(
            data,
            own,
            events,
            (("default", None, default), *((rule.id, rule.line, rule.then) for rule in rules)),
        )
        digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        tests = tuple(self._tests(data, own))
        return Ruleset(own, title, events, default, rules, tests, text, file, digest)

    def _fitting(
        self, data: Mapped, own: str, events: tuple[str, ...],
        done: Iterable[tuple[str, int | None, tuple[Action, ...]]],
    ) -> None:  # fmt: skip
        """Whether what is done can be done at the events that are heard."""
        alone = [one for one in events if self.vocabulary.events[one].get("alone")]
        if alone and len(events) > 1:
            self.findings.error("events", own, data.lines["events"],
                                f"who hears {alone[0]} hears nothing else",
                                "make a ruleset of its own for it")  # fmt: skip
            return
        for element, line, then in done:
            for action in then:
                needs = self.vocabulary.actions[action.verb].event
                if needs != "".join(alone):
                    said = f"{action.verb} does nothing at {alone[0]}" if alone else (
                        f"{action.verb} is for rulesets that hear {needs}")  # fmt: skip
                    self.findings.error("wrong-action", element, line, said,
                                        "move it to a ruleset of its event")  # fmt: skip

    def _rules(self, data: Mapped, events: tuple[str, ...]) -> tuple[Rule, ...]:
        entries = data.get("rules")
        line = data.lines.get("rules", data.line)
        if not isinstance(entries, Listed) or len(entries) > MOST_RULES:
            self.findings.error("rules", None, line, f"rules is no list of at most {MOST_RULES}",
                                "write rules: []")  # fmt: skip
            return ()
        rules: list[Rule] = []
        first: dict[str, int] = {}
        for position, (entry, at) in enumerate(zip(entries, entries.lines, strict=True)):
            rule = self._rule(entry, at, position, events)
            if rule is None:
                continue
            if rule.id in first:
                self.findings.error("duplicate-id", rule.id, at,
                                    f"the id stands already in line {first[rule.id]}",
                                    "give each rule its own id")  # fmt: skip
            first.setdefault(rule.id, at)
            rules.append(rule)
        return tuple(rules)

    def _rule(self, data: Any, line: int, position: int, events: tuple[str, ...]) -> Rule | None:
        if not isinstance(data, Mapped):
            self.findings.error("rule", None, line, "a rule is a mapping", "begin with id:")
            return None
        rule_id = data.get("id")
        if not isinstance(rule_id, str) or not ID.match(rule_id) or rule_id == "default":
            self.findings.error("id", None, data.lines.get("id", line),
                                f"{rule_id!r} is no id of a rule",
                                "small letters, digits and dashes; not default")  # fmt: skip
            return None
        self._keys(data, _RULE_KEYS, rule_id)
        when = None
        if "when" in data:
            reader = ConditionReader(self.vocabulary, self.findings, rule_id)
            when = reader.when(data["when"], data.lines["when"])
        then = read_actions(data.get("then"), self.vocabulary, self.findings, rule_id,
                            data.lines.get("then", line))  # fmt: skip
        own_events = frozenset(self._names(data, "events", events, rule_id, "event-not-heard"))
        return Rule(
            id=rule_id,
            title=self._title(data, rule_id),
            order=self._order(data, rule_id, position),
            when=when,
            then=then,
            stop=self._flag(data, "stop", rule_id, default=False),
            active=self._flag(data, "active", rule_id, default=True),
            valid_from=self._moment(data, "valid_from", rule_id),
            valid_until=self._moment(data, "valid_until", rule_id),
            events=own_events,
            changed=self._facts(data, rule_id),
            note=str(data.get("note") or ""),
            line=line,
        )

    def _keys(self, data: Mapped, known: Iterable[str], element: str | None) -> None:
        for key in data:
            if key not in known:
                self.findings.error("unknown-key", element, data.lines[key],
                                    f"unknown key {key!r}", close_to(key, known))  # fmt: skip

    def _title(self, data: Mapped, element: str) -> dict[str, str]:
        title = data.get("title")
        odd = [key for key in title if title[key] is None] if isinstance(title, dict) else []
        if odd:  # {de: one, two, en: …} is read as three
            self.findings.error("title", element, data.lines.get("title", data.line),
                                f"{odd[0]!r} in the title is no language",
                                "put a title with a comma in quotation marks")  # fmt: skip
            return dict.fromkeys(LANGUAGES, element)
        if isinstance(title, dict) and all(
            isinstance(title.get(language), str) and title[language] for language in LANGUAGES
        ):
            return {str(language): str(text) for language, text in title.items()}
        self.findings.error("title", element, data.lines.get("title", data.line),
                            "the title is missing in de or en",
                            "write title: {de: …, en: …}")  # fmt: skip
        return dict.fromkeys(LANGUAGES, element)

    def _names(
        self, data: Mapped, key: str, known: Iterable[str], element: str, code: str
    ) -> list[str]:
        names = data.get(key)
        if names is None:
            return []
        if not isinstance(names, Listed):
            self.findings.error(key, element, data.lines[key], f"{key} must be a list",
                                f"write {key}: [NAME, NAME]")  # fmt: skip
            return []
        good = []
        for name, line in zip(names, names.lines, strict=True):
            if isinstance(name, str) and name in known:
                good.append(name)
            else:
                self.findings.error(code, element, line, f"{key} cannot hold {name!r}",
                                    close_to(name, known))  # fmt: skip
        return good

    def _facts(self, data: Mapped, element: str) -> frozenset[str]:
        names = data.get("changed")
        if names is None:
            return frozenset()
        if not isinstance(names, Listed) or not names:
            self.findings.error("changed", element, data.lines["changed"],
                                "changed must be a list of facts",
                                "write changed: [FACT]")  # fmt: skip
            return frozenset()
        for name, line in zip(names, names.lines, strict=True):
            if not isinstance(name, str) or self.vocabulary.fact(name) is None:
                self.findings.error("unknown-fact", element, line, f"unknown fact {name!r}",
                                    close_to(name, self.vocabulary.facts))  # fmt: skip
        return frozenset(name for name in names if isinstance(name, str))

    def _order(self, data: Mapped, element: str, position: int) -> int:
        order = data.get("order", position)
        if isinstance(order, int) and not isinstance(order, bool) and abs(order) <= ORDER:
            return order
        self.findings.error("order", element, data.lines["order"],
                            f"{order!r} is no order", "write a whole number")  # fmt: skip
        return position

    def _flag(self, data: Mapped, key: str, element: str, *, default: bool) -> bool:
        value = data.get(key, default)
        if isinstance(value, bool):
            return value
        said = f"{key} is neither true nor false: {value!r}"
        self.findings.error(key, element, data.lines[key], said, "write true or false")
        return default

    def _moment(self, data: Mapped, key: str, element: str) -> datetime | None:
        value = data.get(key)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value)
            aware = moment if moment.utcoffset() is not None else moment.replace(tzinfo=UTC)
            return aware.astimezone(UTC)
        except (TypeError, ValueError, OverflowError):
            self.findings.error(key, element, data.lines[key], f"{value!r} is no moment",
                                "write it as 2026-01-31T08:00:00+01:00")  # fmt: skip
            return None

    def _tests(self, data: Mapped, element: str) -> list[dict[str, Any]]:
        tests = data.get("tests")
        if tests is None:
            return []
        if isinstance(tests, Listed) and all(isinstance(test, Mapped) for test in tests):
            return list(tests)
        self.findings.error("tests", element, data.lines["tests"],
                            "tests must be a list of examples",
                            "begin each with a dash")  # fmt: skip
        return []
