"""Says of a process whether it is sound: yes, no with a course that shows it, or not decided."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from engine.errors import Problem
from engine.workflow.definition import Definition, build
from engine.workflow.lint.diagram import Element, name_of
from engine.workflow.lint.run import diagrams_of
from engine.workflow.soundness.facts import root_of
from engine.workflow.soundness.found import Fault, Found
from engine.workflow.soundness.net import kind_of
from engine.workflow.soundness.replay import COME_UPON, replay, stumble
from engine.workflow.soundness.scopes import Candidate, Part, Survey
from engine.workflow.soundness.witness import acts_of, solve, some_answers
from engine.workflow.source import Bundle
from engine.workflow.xml import local

STUMBLES = 12  # plays at random where a counter-example could not be played as foretold
UNDECIDED = "undecided"
RESTING = "rests-on-facts"  # it ends as long as nobody changes what its gateways ask
MOST_TRIED = 4  # faults for which a counter-example is looked for

_SAYS = {
    "stuck": 'At "{0}" a path waits for another one that never comes',
    "twice": 'At "{0}" two paths arrive at the same time and do not wait for each other: what'
    " follows is done twice",
    "circle": 'From "{0}" no end can be reached any more',
    "spin": 'From "{0}" no end can be reached any more',
    "no-way": 'At "{0}" it can be that no condition holds: the process would stop there',
}
_MENDS = {
    "stuck": "Join paths with the kind of gateway that split them, or lead each to its own end",
    "twice": "Join them with a parallel gateway",
    "circle": "Draw a way out of the circle",
    "no-way": "Make one way out the default",
}


@dataclass(frozen=True)
class Soundness:
    """`verdict` is sound, unsound or undecided; `scenario` shows on the machine what is wrong."""

    verdict: str
    reason: str = ""
    element: str | None = None
    scenario: dict[str, Any] | None = None
    problems: tuple[Problem, ...] = field(default=(), compare=False)


def judge(bundle: Bundle) -> Soundness:
    """Explore a process that the other checks have found no error in."""
    survey = Survey(diagrams_of(bundle))
    top = survey.diagrams[0]
    root = survey.part(top, top.scopes[0])
    return _Judge(bundle, survey, root).run()


class _Judge:
    def __init__(self, bundle: Bundle, survey: Survey, root: Part) -> None:
        self.bundle, self.survey, self.root = bundle, survey, root
        self.definition: Definition | None = None
        self.verdict, self.reason = "sound", ""
        self.element: str | None = None
        self.scenario: dict[str, Any] | None = None
        self.problems: list[Problem] = []
        self.idle = {
            node.get("id", "")
            for diagram in survey.diagrams
            for node in diagram.nodes()
            if local(node) == "boundaryEvent" and node.get("cancelActivity") == "false"
        }

    def run(self) -> Soundness:
        """Look at each part once, innermost faults first told where they are."""
        seen: set[int] = set()
        for part, path in self.root.walk():
            if id(part) in seen:
                continue
            seen.add(id(part))
            self._part(part, path)
        return Soundness(
            self.verdict, self.reason, self.element, self.scenario, tuple(self.problems)
        )

    def _part(self, part: Part, path: Any) -> None:
        if part.free.over:
            self._undecided(
                part, part.scope.element, "there are more ways through it than can be looked at"
            )
            return
        faults = self._faults(part)
        tried = 0
        for fault, doubt in faults:
            node = part.scope.nodes.get(fault.node, part.scope.element)
            scenario = None
            if tried < MOST_TRIED and (not doubt or fault.kind == "circle"):
                tried += 1
                kind = "spin" if doubt else fault.kind  # nobody can change anything meanwhile
                scenario = self._shown(Candidate(path, part, replace(fault, kind=kind)))
            text, mend = _SAYS[fault.kind].format(name_of(node)), _MENDS[fault.kind]
            if scenario is not None:
                self._unsound(part, node, text, mend, scenario)
            elif self.verdict != "unsound" and fault in part.best.faults:
                why = doubt or "no data were found that lead there"
                self._undecided(part, node, f"{text}; {why}", mend)
        self._doubts(part)
        if not faults:
            self._dead(part)

    def _faults(self, part: Part) -> list[tuple[Fault, str]]:
        """The faults of a part, each with the reason for which it can only be a suspicion."""
        found = list(part.best.faults)
        told = {(f.kind, f.node) for f in found}
        found += [f for f in part.free.faults if f.kind == "twice" and (f.kind, f.node) not in told]
        return [(fault, self._doubt(part, fault)) for fault in found]

    def _doubt(self, part: Part, fault: Fault) -> str:
        """Why a fault can only be a suspicion."""
        if part.rescued and fault.kind in ("stuck", "circle"):
            return "only an event on its border would end it then"
        free = any(f.kind == fault.kind for f in part.free.faults)
        if fault.kind != "circle" or free or part.facts is None:
            return ""
        paths = [path for group in part.facts.groups for path in group.paths]
        loose = [path for path in paths if root_of(path) not in self.survey.known]
        return f"unless somebody changes {loose[0]} meanwhile" if loose else ""

    def _doubts(self, part: Part) -> None:
        """Where nothing is wrong as far as was looked, but that is not all there is."""
        told, facts = part.told, part.facts
        element = part.scope.element
        if part.net.partial:
            text = "an inclusive gateway has too many ways out to look at every combination"
            self._undecided(part, element, text)
        elif part.best.bounded:
            text = "an event that may happen again and again was counted only so far"
            self._undecided(part, element, text)
        elif told is not None and told.over:
            self._undecided(part, element, "its data can differ in more ways than can be looked at")
        elif part.free.faults and told is not None and facts is not None and not told.faults:
            resting = [g for g in facts.groups if any(p.startswith("ticket.") for p in g.paths)]
            if not all(group.exact for group in facts.groups):
                node = part.scope.nodes.get(part.free.faults[0].node, element)
                text = "whether its paths meet depends on data that cannot be told apart"
                self._undecided(part, node, text)
            elif resting:
                node = part.scope.nodes.get(part.free.faults[0].node, element)
                path = next(p for p in resting[0].paths if p.startswith("ticket."))
                text = f"its paths meet only as long as nobody changes {path} in between"
                self._undecided(part, node, text, code=RESTING)

    def _dead(self, part: Part) -> None:
        """Steps that never happen: by the drawing alone, or because of the data."""
        if part.net.partial or part.free.faults or part.free.bounded:
            return
        for key, node in part.scope.nodes.items():
            if local(node) == "startEvent" or not (part.scope.into.get(key) or _border(node)):
                continue
            if key not in part.free.fired:
                self._problem(
                    "dead-step", "error", node, part, f'"{name_of(node)}" can never happen',
                    "Nothing throws what it waits for, or nothing leads to it: delete it"
                    if _border(node) else "Delete it, or draw a way to it",
                )  # fmt: skip
            elif self._dead_by_data(part.told, part, key):
                self._problem(
                    "dead-step", "warning", node, part,
                    f'"{name_of(node)}" never happens: the conditions before it cannot hold',
                    "Correct the conditions, or delete it",
                )  # fmt: skip

    @staticmethod
    def _dead_by_data(told: Found | None, part: Part, key: str) -> bool:
        exact = part.facts is not None and all(g.exact for g in part.facts.groups)
        return told is not None and not told.over and exact and key not in told.fired

    def _shown(self, candidate: Candidate) -> dict[str, Any] | None:
        """A counter-example that came true on the machine."""
        part, fault = candidate.part, candidate.fault
        course = solve(self.survey, acts_of(candidate.path, part, fault.trace))
        if course is None:
            return None
        if self.definition is None:
            self.definition = build(self.bundle)
        node = part.scope.nodes.get(fault.node)
        title = _SAYS[fault.kind].format(name_of(node) if node is not None else "")
        found = replay(self.definition, course, fault, title, self.idle)
        by_chance = found is None and fault.kind in COME_UPON
        for seed in range(STUMBLES if by_chance else 0):
            dice = random.Random(seed)
            answers = partial(some_answers, self.survey, dice)
            found = stumble(self.definition, course, fault, title, self.idle, answers, dice)
            if found is not None:
                break
        return found

    def _unsound(
        self, part: Part, node: Element, text: str, mend: str, scenario: dict[str, Any]
    ) -> None:
        if self.verdict != "unsound":
            self.verdict, self.reason, self.scenario = "unsound", text, scenario
            self.element = node.get("id")
        self._problem("unsound", "error", node, part, text, mend)

    def _undecided(
        self, part: Part, node: Element, text: str, mend: str = "", code: str = UNDECIDED
    ) -> None:
        if self.verdict == "sound":
            self.verdict, self.reason, self.element = "undecided", text, node.get("id")
        told = f"Whether the process always comes to an end is not decided: {text}"
        self._problem(code, "warning", node, part, told, mend or "Play it, or draw it apart")

    def _problem(
        self, code: str, severity: str, node: Element, part: Part, text: str, mend: str
    ) -> None:
        line: Any = node.sourceline
        folder = f"{part.diagram.folder}: " if part.diagram.folder else ""
        self.problems.append(Problem(code, severity, node.get("id"), line, folder + text, mend))


def _border(node: Element) -> bool:
    return local(node) == "boundaryEvent" and kind_of(node) in ("error", "escalation", "cancel")
