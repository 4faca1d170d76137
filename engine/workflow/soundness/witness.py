"""Makes a counter-example of a trace: which answers, facts and decisions lead there."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Any

from engine.workflow.expression_values import ExpressionError
from engine.workflow.expressions import (
    evaluate,
    execute,
    names_in,
    parse_expression,
    parse_script,
)
from engine.workflow.lint.diagram import Diagram, Element
from engine.workflow.lint.words import DECIDED
from engine.workflow.sandbox import TICKET
from engine.workflow.soundness.facts import domain_of, paths_in, put, root_of
from engine.workflow.soundness.found import Done
from engine.workflow.soundness.net import repeated
from engine.workflow.soundness.scopes import Part, Survey, Way
from engine.workflow.soundness.variables import Set, collects, read_schema
from engine.workflow.xml import B, extension, extension_properties, local

MOST_TRIES = 4_000  # states of the search for values
MOST_ANSWERS = 60  # combinations of answers to one form
LEFT_OUT = object()  # a field that is not answered
LONGEST = 20_000  # characters of a text that is made to be long enough
MOST_ITEMS = 30  # of a list that is made to be long enough
DEEPEST = 3  # lists within lists


@dataclass(frozen=True)
class Act:
    """One step of a course: a move, in the diagram that it belongs to."""

    done: Done
    diagram: Diagram
    node: Element | None
    host: bool = False  # a repeated process within: play it through as it comes


@dataclass
class Course:
    """What has to be known to play a trace: facts, decisions, and answers for each form."""

    acts: list[Act]
    ticket: dict[str, Any] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    rulesets: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: dict[int, dict[str, Any]] = field(default_factory=dict)


def acts_of(path: Way, part: Part, trace: list[Done]) -> list[Act]:
    """A trace with everything that happens before and within it."""
    acts: list[Act] = []
    for outer, host in path:
        acts += _expanded(outer, outer.best.reached.get(host, []))
    return acts + _expanded(part, trace)


def _expanded(part: Part, trace: list[Done]) -> list[Act]:
    acts: list[Act] = []
    for done in _eager(trace):
        move, node = done.move, part.scope.nodes.get(done.move.node)
        if move.act != "inside":
            acts.append(Act(done, part.diagram, node))
            continue
        within = part.inside[move.node]
        if node is not None and repeated(node) and move.inner is None:
            acts.append(Act(done, part.diagram, node, host=True))
        else:
            inner = within.best.exits.get(move.inner) if move.inner else within.best.normal
            acts += _expanded(within, inner or [])
    return acts


def _eager(trace: list[Done]) -> list[Done]:
    """The same trace with automatic steps done as soon as they can be, as the machine does them."""
    givers: dict[int, list[int]] = {}
    needs: list[set[int]] = []
    for index, done in enumerate(trace):
        move = done.move
        taken = move.takes or [p for p in move.gathers if givers.get(p)]
        needs.append({givers[p].pop(0) for p in taken if givers.get(p)})
        if move.gathers or move.kills:
            needs[index] = set(range(index))
        for place in (*move.gives, *(way.place for way in done.ways)):
            givers.setdefault(place, []).append(index)
    order: list[int] = []
    over: set[int] = set()
    waiting = list(range(len(trace)))
    while waiting:
        ready = [i for i in waiting if needs[i] <= over]
        here = next((i for i in ready if not trace[i].move.act), ready[0] if ready else waiting[0])
        waiting.remove(here)
        order.append(here)
        over.add(here)
    return [trace[i] for i in order]


def solve(survey: Survey, acts: list[Act]) -> Course | None:
    """Values with which every gateway of a course goes the wanted way; None if none were found."""
    return _Search(survey, acts).run()


class _Search:
    def __init__(self, survey: Survey, acts: list[Act]) -> None:
        self.survey, self.acts = survey, acts
        self.conditions = [w.condition for a in acts for w in a.done.move.ways if w.condition]
        self.paths: set[str] = set()
        for text in self.conditions:
            try:
                self.paths |= paths_in(parse_expression(text).body)
            except ExpressionError:
                continue
        self.roots = (
            {root_of(path) for path in self.paths} | self._scripted() | self._gone_through()
        )
        self.set_here = {s.name for sets in survey.sets.values() for s in sets} - DECIDED
        self.tries = 0
        self.course = Course(acts)

    def _scripted(self) -> set[str]:
        names: set[str] = set()
        for act in self.acts:
            if act.node is not None and local(act.node) == "scriptTask":
                try:
                    lines = parse_script(act.node.findtext(f"{B}script") or "")
                except ExpressionError:
                    continue
                for _, tree in lines:
                    names |= names_in(tree)
        return names

    def _gone_through(self) -> set[str]:
        """The lists that steps of the course are repeated for."""
        nodes = [act.node for act in self.acts if act.node is not None]
        texts = [text for node in nodes for text in node.iter(f"{B}loopDataInputRef")]
        return {(text.text or "").strip() for text in texts}

    def run(self) -> Course | None:
        """Try the facts of the ticket and what is given, then the answers one after the other."""
        lists = self._lists()
        facts = sorted(p for p in self.paths if root_of(p) == "ticket" and p != "ticket")
        loose = self.roots - {"ticket"} - self.set_here - DECIDED
        free = sorted(p for p in self.paths if root_of(p) in loose)
        domains = [self._domain(path) for path in [*facts, *free]]
        for values in islice(product(*domains), MOST_TRIES):
            data: dict[str, Any] = {"ticket": dict(TICKET)}
            for path, value in zip([*facts, *free], values, strict=True):
                put(data, path, value)
            data |= lists
            self.course.ticket = {
                p.split(".")[1]: data["ticket"].get(p.split(".")[1]) for p in facts
            }
            self.course.given = {k: v for k, v in data.items() if k != "ticket"}
            if self._from(0, data):
                return self.course
            if self.tries > MOST_TRIES:
                return None
        return None

    def _lists(self) -> dict[str, Any]:
        """Lists that steps are repeated for, where nobody sets them."""
        found = {}
        for diagram in self.survey.diagrams:
            for source in diagram.process.iter(f"{B}loopDataInputRef"):
                name = (source.text or "").strip()
                if name and name not in self.set_here:
                    found[name] = ["a", "b"]
        return found

    def _domain(self, path: str) -> list[Any]:
        known = {k: v for k, v in self.survey.known.items() if v is not None}
        texts = [c for c in self.conditions if c]
        return domain_of(path, texts, known, self.survey.whole)[0]

    def _from(self, index: int, data: dict[str, Any]) -> bool:
        """Whether the rest of the course can be played with these variables."""
        while index < len(self.acts):
            self.tries += 1
            if self.tries > MOST_TRIES:
                return False
            act = self.acts[index]
            if act.done.move.ways:
                if not self._goes(act.done, data):
                    return False
            elif act.node is not None and not act.host:
                kind = local(act.node)
                if kind == "scriptTask":
                    try:
                        data = data | execute(act.node.findtext(f"{B}script") or "", data)
                    except ExpressionError:
                        return False
                elif kind == "businessRuleTask" and (more := self._decisions(act.node)):
                    return any(self._from(index + 1, data | one) for one in more)
                elif act.done.move.act == "complete" and not act.done.move.event:
                    return self._answer(index, act, data)
            index += 1
        return True

    def _goes(self, done: Done, data: dict[str, Any]) -> bool:
        held = []
        for way in done.move.ways:
            if way.condition is None:
                continue
            try:
                if evaluate(way.condition, data):
                    held.append(way)
            except ExpressionError:
                return False
        taken = held or [w for w in done.move.ways if w.condition is None]
        return tuple(taken if done.move.inclusive else taken[:1]) == done.ways

    def _decisions(self, node: Element) -> Iterator[dict[str, Any]] | None:
        """What a ruleset may decide that matters here; the same each time it is asked."""
        ruleset = extension(node, "calledDecisionId") or ""
        names = sorted(n for n in DECIDED if n in self.roots)
        if not names:
            return None
        if ruleset in self.course.rulesets:
            return iter([self.course.rulesets[ruleset]])
        return self._decided(ruleset, names)

    def _decided(self, ruleset: str, names: list[str]) -> Iterator[dict[str, Any]]:
        for values in islice(product(*(self._domain(n) for n in names)), MOST_ANSWERS):
            self.course.rulesets[ruleset] = dict(zip(names, values, strict=True))
            yield self.course.rulesets[ruleset]
        self.course.rulesets.pop(ruleset, None)

    def _answer(self, index: int, act: Act, data: dict[str, Any]) -> bool:
        assert act.node is not None
        if _rounds(act.node, data) == 0:
            return self._from(index + 1, data)
        fields = [s for s in self.survey.sets.get(act.done.move.node, ()) if s.source == "form"]
        wanted = [s for s in fields if s.name in self.roots]
        rest = {s.name: sample(s.schema) for s in fields if s.sure and s not in wanted}
        for values in islice(product(*(self.choices(s) for s in wanted)), MOST_ANSWERS):
            said = zip(wanted, values, strict=True)
            mine = rest | {s.name: v for s, v in said if v is not LEFT_OUT}
            if not _fits(act, mine):
                continue
            self.course.answers[index] = mine
            after = data if collects(act.node) else {s.name: None for s in fields} | data | mine
            if self._from(index + 1, after):
                return True
        return False

    def choices(self, one: Set) -> list[Any]:
        """The values of a field that matter."""
        found = list(one.values or ())
        if one.values is None:
            found = [v for v in self._domain(one.name) if _of_type(v, one.type)]
        found = found or [sample(one.schema)]
        return found if one.always else [*found, LEFT_OUT]


def _rounds(node: Element, data: Mapping[str, Any]) -> int:
    """How often a step is done: 0 where it is repeated for nothing; more than 1 is not counted."""
    times: Any = 1
    for repeat in node.iterchildren(f"{B}multiInstanceLoopCharacteristics"):
        source = (repeat.findtext(f"{B}loopDataInputRef") or "").strip()
        text = (repeat.findtext(f"{B}loopCardinality") or "").strip()
        times = bool(data.get(source)) if source else evaluated(text, data)
    for loop in node.iterchildren(f"{B}standardLoopCharacteristics"):
        text = loop.findtext(f"{B}loopCondition") or ""
        if loop.get("testBefore") == "true" and text:
            times = evaluated(text, data)
    return int(bool(times))


def evaluated(text: str, data: Mapping[str, Any]) -> Any:
    """The value of an expression; None where it cannot be computed."""
    try:
        return evaluate(text, data)
    except ExpressionError:
        return None


def some_answers(survey: Survey, dice: random.Random, step: str) -> dict[str, Any]:
    """Answers to the form of a step, by chance."""
    search = _Search(survey, [])
    search.conditions = [
        text.text or ""
        for diagram in survey.diagrams
        for text in diagram.process.iter(f"{B}conditionExpression")
    ]
    fields = [s for s in survey.sets.get(step, ()) if s.source == "form" and s.sure]
    said = {one.name: dice.choice(search.choices(one)) for one in fields}
    return {name: value for name, value in said.items() if value is not LEFT_OUT}


def _of_type(value: Any, kind: str) -> bool:
    kinds: dict[str, tuple[type, ...]] = {
        "string": (str,), "integer": (int,), "number": (int, float), "array": (list,),
        "boolean": (bool,), "object": (dict,),
    }  # fmt: skip
    fits = isinstance(value, kinds.get(kind, (object,)))
    return fits and not (kind in ("integer", "number") and isinstance(value, bool))


def _fits(act: Act, answers: Mapping[str, Any]) -> bool:
    """Whether a form takes these answers."""
    from engine.workflow.form_schema import fits

    name = extension_properties(act.node).get("formJsonSchemaFilename", "")  # type: ignore[arg-type]
    schema = read_schema(act.diagram.files.get(name, b""))
    return not schema or fits(schema, answers)


def sample(schema: Mapping[str, Any], left: int = DEEPEST) -> Any:
    """Some value that a field takes."""
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "boolean":
        return False
    if kind in ("integer", "number"):
        return schema.get("minimum", 0)
    if kind == "array":
        items = schema.get("items")
        one = sample(items, left - 1) if isinstance(items, Mapping) and left else "text"
        return [one] * _bounded(schema.get("minItems"), MOST_ITEMS, 1)
    if kind == "object":
        inner = schema.get("properties", {})
        return {name: sample(inner.get(name, {}), left) for name in schema.get("required", [])}
    texts = {"date": "2030-01-07", "date-time": "2030-01-07T08:00:00+00:00", "time": "08:00:00",
             "email": "somebody@example.com", "uri": "https://example.com/"}  # fmt: skip
    text = texts.get(str(schema.get("format")), "text")
    return text + "x" * max(0, _bounded(schema.get("minLength"), LONGEST, 0) - len(text))


def _bounded(said: Any, most: int, otherwise: int) -> int:
    """A length that a schema asks for; what is beyond all reason is not made, and does not fit."""
    whole = isinstance(said, int | float) and not isinstance(said, bool)
    return int(min(said, most)) if whole and said else otherwise
