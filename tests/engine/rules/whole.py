"""Whole rulesets with everything that a rule can say, and what they must decide, told naively.

The answer is worked out of the text as it was written, by nothing but the operators themselves: no
grouping, order, event, validity, stop or default of the engine is asked for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from engine import patterns
from engine.rules import (
    Evaluation,
    Release,
    Vocabulary,
    compile_release,
    parse_ruleset,
    preview_release,
)
from engine.rules.facts import Facts
from engine.rules.operators import holds
from engine.rules.ruleset import Atom, Rule, Ruleset
from engine.rules.trace import atoms_of, plain
from tests.engine.rules.conftest import FACTS, NOW, Odd

EVENTS = ["ticket.created", "ticket.changed"]
TITLE = {"de": "Probe", "en": "Sample"}
HEAD = {"ruleset": "sample", "title": TITLE, "events": EVENTS}
MOMENTS = ["2026-05-01", "2026-05-03T14:00:00+02:00", "2026-05-03T12:00:00.000001Z", "2026-05-04"]
PATTERNS = ["vpn", "VPN[0-9]+", "stra(ß|ss)e", "^5$", "[vw]pn$", "x{3}", ".+", "\\d"]
ACTIONS: list[list[dict[str, Any]]] = [
    [{"set": {"queue": "A", "priority": 2}}], [{"set": {"queue": "B"}}, {"add_tag": "x"}],
    [{"add_tag": "Straße"}], [{"notify": {"to": "owner", "template": "t"}}],
    [{"variable": {"one": 1, "two": "b"}}],
]  # fmt: skip


@dataclass(frozen=True)
class Question:
    """One ticket put to a ruleset."""

    facts: dict[str, Any]
    changed: dict[str, Any]
    event: str | None
    skip: frozenset[str]
    now: datetime


@dataclass
class Answer:
    """What a question must be answered with."""

    fired: list[str] = field(default_factory=list)
    idle: list[str] = field(default_factory=list)
    stopped_by: str | None = None
    decisions: list[tuple[str, str, Any]] = field(default_factory=list)


class Whole(Odd):
    """Odd rulesets and questions from one seed."""

    def ruleset(self, count: int) -> tuple[dict[str, Any], Ruleset]:
        """As plain data and as it was read; what no ticket can satisfy is left out."""
        pick = self.random
        default = pick.choice(ACTIONS) if pick.random() < 0.5 else None
        rules = [self.rule(number) for number in range(count)]
        while True:
            data: dict[str, Any] = {"rules": rules} | ({"default": default} if default else {})
            # JSON is YAML, and is read in the same way.
            text = json.dumps({**HEAD, **data}, ensure_ascii=False)
            read, problems = parse_ruleset("sample", text, self.vocabulary)
            if read is not None:
                return data, read
            wrong = {problem.element for problem in problems}
            assert wrong & {rule["id"] for rule in rules}, problems
            rules = [rule for rule in rules if rule["id"] not in wrong]

    def rule(self, number: int) -> dict[str, Any]:
        """A rule that says whatever rules can say."""
        pick = self.random
        found: dict[str, Any] = {
            "id": f"rule{number}", "title": TITLE, "then": pick.choice(ACTIONS),
        }  # fmt: skip
        ways: list[tuple[float, str, Any]] = [
            (0.96, "when", lambda: self.group(0)),
            (0.3, "order", lambda: pick.randint(-3, 5)),
            (0.1, "stop", lambda: True),
            (0.05, "active", lambda: False),
            (0.06, "valid_from", lambda: pick.choice(MOMENTS)),
            (0.06, "valid_until", lambda: pick.choice(MOMENTS)),
            (0.2, "events", lambda: pick.sample(EVENTS, pick.choice([1, 2]))),
            (0.1, "changed", lambda: pick.sample(self.names(), pick.choice([1, 2]))),
        ]
        return found | {key: make() for share, key, make in ways if pick.random() < share}

    def names(self) -> list[str]:
        """All facts."""
        return [name for names in FACTS.values() for name in names]

    def condition(self) -> dict[str, Any]:
        """Also patterns, own fields, states and dates in all zones."""
        pick = self.random
        if pick.random() < 0.04 and patterns.available():
            return {"fact": pick.choice(["s.one", "t.one"]), "op": "matches",
                    "value": pick.choice(PATTERNS)}  # fmt: skip
        return super().condition()

    def literal(self, kind: str) -> Any:
        if kind == "date":
            return self.random.choice(
                [*MOMENTS, "1970-01-01T00:00:00", "0001-01-02", "2026-05-03T23:30:00-11:30"]
            )
        return super().literal(kind)

    def question(self, ruleset: Ruleset) -> Question:
        """A ticket with what happened to it, when, and which rules led there."""
        pick = self.random
        ids = [*(rule.id for rule in ruleset.rules), "default"]
        led = pick.sample(ids, min(len(ids), pick.choice([0, 0, 0, 1, 5])))
        return Question(
            facts=self.ticket(),
            changed=self.changed(),
            event=pick.choice([None, *EVENTS]),
            skip=frozenset(f"sample/{one}" if pick.random() < 0.5 else one for one in led),
            now=NOW + timedelta(microseconds=pick.choice([0, 0, 1, -1, -(10**12), 10**12, 10**15])),
        )

    def ticket(self) -> dict[str, Any]:
        """Every other value is one that rules ask for, in a spelling of its own."""
        pick = self.random
        found = super().ticket()
        for kind, names in FACTS.items():
            for name in names:
                if pick.random() < 0.4:
                    asked = self.literal("string" if kind == "any" else kind)
                    ways = [asked, [asked, "vpn"], f"Re: {asked} vpn?", f"{asked}".upper()]
                    found[name] = pick.choice(ways)
        if pick.random() < 0.5:  # what calendars say of a date
            found["d.one.working_minutes"] = pick.choice([0, 30, 31, 120, 10**6, -1, "120", None])
            found["d.one.calendars"] = pick.choice([["vpn"], ["Straße", "x"], [], "vpn", None])
        return found

    def changed(self) -> dict[str, Any]:
        pick = self.random
        values = [None, "", "vpn", "VPN", "Straße", "5", 1, 1.0, 2, 10**30, True, False, [], ["a"],
                  "2026-05-03", "2026-05-03T00:00:00Z", "x" * 300]  # fmt: skip
        found: dict[str, Any] = {}
        for name in self.names():
            if pick.random() < 0.3:
                known = name.removeprefix("ticket.") if pick.random() < 0.5 else name
                found[known] = (pick.choice(values), pick.choice(values))
        return found


class Truth:
    """What a ruleset must decide, by its text."""

    def __init__(self, data: Mapping[str, Any], ruleset: Ruleset) -> None:
        read = {rule.id: rule for rule in ruleset.rules}
        rules = [rule for rule in data["rules"] if rule.get("active", True)]
        places = {rule["id"]: place for place, rule in enumerate(data["rules"])}
        # sorted() keeps equal ones as they are written
        self.rules = sorted(rules, key=lambda rule: rule.get("order", places[rule["id"]]))
        self.trees = [_tree(rule.get("when"), _atoms(read[rule["id"]])) for rule in self.rules]
        self.written = {rule["id"]: _written(rule.get("when")) for rule in self.rules}
        self.default = data.get("default", [])

    def holding(self, facts: Facts) -> set[int]:
        """The places of the rules whose conditions hold, whatever else they say."""
        return {place for place, tree in enumerate(self.trees) if _holds(tree, facts)}

    def answer(self, question: Question, holding: set[int]) -> Answer:
        """The whole answer."""
        found = Answer()
        for place, rule in enumerate(self.rules):
            if place not in holding or not _asked(rule, question):
                continue
            led = {rule["id"], f"sample/{rule['id']}"} & question.skip
            (found.idle if led else found.fired).append(rule["id"])
            if not led:
                found.decisions += _decisions(rule["id"], rule["then"])
            if rule.get("stop"):
                found.stopped_by = rule["id"]
                break
        held = found.fired or found.idle
        if not held and not {"default", "sample/default"} & question.skip:
            found.decisions += _decisions("default", self.default)
        return found

    def explained(self, entry: Mapping[str, Any], seen: Mapping[str, Any]) -> bool:
        """Whether an entry of a trace names each condition of its rule, and their truth makes it.

        The truth of each is put into the rule as it was written.
        """
        told = iter(entry["conditions"])
        result = _told(self.written[entry["id"]], told, seen)
        return result and next(told, None) is None


def _asked(rule: Mapping[str, Any], question: Question) -> bool:
    if rule.get("events") and question.event not in rule["events"]:
        return False
    if "valid_from" in rule and question.now < _moment(rule["valid_from"]):
        return False
    if "valid_until" in rule and question.now >= _moment(rule["valid_until"]):
        return False
    return not rule.get("changed") or any(_moved(name, question) for name in rule["changed"])


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _moved(name: str, question: Question) -> bool:
    pair = question.changed.get(name, question.changed.get(name.removeprefix("ticket.")))
    return pair is not None and pair[0] != pair[1]


def _decisions(rule: str, actions: list[dict[str, Any]]) -> list[tuple[str, str, Any]]:
    """Fields one by one, everything else as it stands."""
    found: list[tuple[str, str, Any]] = []
    for action in actions:
        ((verb, value),) = action.items()
        many = verb in ("set", "variable")
        found += [(rule, verb, {k: v}) for k, v in value.items()] if many else [(rule, verb, value)]
    return found


def _atoms(rule: Rule) -> Iterator[Atom]:
    return (atom for atom, _ in atoms_of(rule.when))


def _tree(data: Any, atoms: Iterator[Atom]) -> Any:
    """The condition as it was written, its leaves made ready to be asked."""
    if data is None:
        return ()
    if "fact" in data:
        atom = next(atoms)
        assert (atom.fact, atom.op) == (data["fact"], data["op"])
        return atom
    return tuple((mode, [_tree(one, atoms) for one in members]) for mode, members in data.items())


def _holds(tree: Any, facts: Facts) -> bool:
    if isinstance(tree, Atom):
        return holds(facts, tree)
    for mode, members in tree:
        if mode == "all":
            right = all(_holds(one, facts) for one in members)
        else:
            right = any(_holds(one, facts) for one in members) is (mode == "any")
        if not right:
            return False
    return True


def _written(data: Any) -> Any:
    """The condition as it was written, its leaves as a trace tells them."""
    if data is None:
        return ()
    if "fact" in data:
        value = data.get("value")
        kept = plain(tuple(value) if isinstance(value, list) else value)
        return {"fact": data["fact"], "op": data["op"], "value": kept}
    return tuple((mode, [_written(one) for one in members]) for mode, members in data.items())


def _told(data: Any, told: Iterator[Mapping[str, Any]], seen: Mapping[str, Any]) -> bool:
    """The condition by the truth that the trace tells of its parts; every part is told."""
    if isinstance(data, dict):
        entry = next(told, None)
        assert entry is not None
        assert {name: entry[name] for name in data} == data
        assert entry["seen"] == seen.get(data["fact"])
        return bool(entry["truth"])
    groups = []
    for mode, members in data:
        truths = [_told(one, told, seen) for one in members]
        groups.append(all(truths) if mode == "all" else any(truths) is (mode == "any"))
    return all(groups)


class Proof:
    """One ruleset by every way it can be asked, held against its truth."""

    def __init__(self, maker: Whole, count: int) -> None:
        self.maker = maker
        self.data, self.ruleset = maker.ruleset(count)
        self.truth = Truth(self.data, self.ruleset)
        self.release = compile_release([self.ruleset], maker.vocabulary)
        self.draft = preview_release([self.ruleset], maker.vocabulary)
        self.fired = 0

    def differences(self, question: Question, *, draft: bool) -> list[str]:
        """The ways in which it is answered otherwise."""
        facts = Facts(question.facts, question.changed, question.now)
        holding = self.truth.holding(facts)
        right = self.truth.answer(question, holding)
        self.fired += len(right.fired)
        matcher = self.release._matchers["sample"]
        assert matcher.plan is not None
        asked = matcher._index.candidates(facts)
        found = {
            "index": holding <= asked,
            "core": matcher.plan.match(facts) == holding,
            "core by index": matcher.plan.match(facts, asked) == holding,
            "evaluated": self._evaluated(self.release, question, right),
            "answered": self._answered(question, facts, right),
            "drafted": not draft or self._evaluated(self.draft, question, right),
        }
        return [way for way, agrees in found.items() if not agrees]

    def right(self, question: Question) -> Answer:
        """What the question must be answered with."""
        facts = Facts(question.facts, question.changed, question.now)
        return self.truth.answer(question, self.truth.holding(facts))

    def _evaluated(self, release: Release, question: Question, right: Answer) -> bool:
        got = evaluated(release, question)
        seen = {name: plain(value) for name, value in question.facts.items()}
        entries = got.trace["rules"]
        told = [entry for entry in entries if entry["matched"] or entry.get("caused")]
        return (
            list(got.matched) == right.fired
            and [(d.rule, d.action, d.value) for d in got.decisions] == right.decisions
            and got.trace["decisions"]
            == [{"rule": r, "action": a, "value": v} for r, a, v in right.decisions]
            and got.trace["stopped_by"] == right.stopped_by
            and got.trace["differs"] is False
            and [entry["id"] for entry in told if entry["matched"]] == right.fired
            and [entry["id"] for entry in told if not entry["matched"]] == right.idle
            and all(self.truth.explained(entry, seen) for entry in told)
        )

    def _answered(self, question: Question, facts: Facts, right: Answer) -> bool:
        decisions, fired = self.draft.answer("sample", facts, event=question.event,
                                             skip=question.skip, now=question.now)  # fmt: skip
        return (
            list(fired) == right.fired
            and [(d.rule, d.action, d.value) for d in decisions] == right.decisions
        )

    def close(self) -> None:
        """Give the core's memory back."""
        self.release.close()


def evaluated(release: Release, question: Question) -> Evaluation:
    """The answer of a release, with its explanation."""
    return release.evaluate("sample", question.facts, event=question.event,
                            changed=question.changed, skip=question.skip,
                            now=question.now)  # fmt: skip


def proved(seed: int, rules: int, questions: int, vocabulary: Vocabulary) -> tuple[int, list[Any]]:
    """(rules fired, what was answered wrongly) for one ruleset and so many questions."""
    proof = Proof(Whole(seed, vocabulary), rules)
    wrong: list[Any] = []
    for number in range(questions):
        question = proof.maker.question(proof.ruleset)
        ways = proof.differences(question, draft=number % 5 == 0)
        if ways:
            wrong.append((seed, rules, number, ways))
    proof.close()
    return proof.fired, wrong
