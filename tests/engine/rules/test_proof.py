"""Whole rulesets answer every question as their text says, whichever way they are asked.

Index, core, the core by way of the index, evaluations with their explanation, drafts, and what dry
run and live count ask: all of them a million times over odd rules and odd tickets.
"""

from __future__ import annotations

import threading
from typing import Any

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.rules import Vocabulary, compile_release
from engine.rules.operators import OPERATORS
from engine.rules.ruleset import Group
from engine.rules.trace import atoms_of
from tests.engine.rules.whole import Proof, Whole, evaluated, proved

PARTS, SEEDS, QUESTIONS = 50, 80, 250  # a million questions, in parts that can run side by side


def size(seed: int) -> int:
    """Mostly small rulesets, now and then one that is asked by its index alone."""
    return 51 + seed % 90 if seed % 20 == 19 else 1 + seed % 25


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), rules=st.sampled_from([1, 5, 20, 60]))
def test_a_ruleset_answers_what_its_text_says(
    vocabulary: Vocabulary, seed: int, rules: int
) -> None:
    assert proved(seed, rules, 15, vocabulary)[1] == []


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_a_million_questions_are_answered_as_the_text_says(
    vocabulary: Vocabulary, part: int
) -> None:
    fired, wrong = 0, []
    for seed in range(part * SEEDS, part * SEEDS + SEEDS):
        some, odd = proved(seed, size(seed), QUESTIONS, vocabulary)
        fired, wrong = fired + some, wrong + odd
    assert wrong == []
    assert fired > SEEDS * QUESTIONS


def test_the_rules_that_are_made_say_everything_that_rules_can_say(vocabulary: Vocabulary) -> None:
    said: set[Any] = set()
    for seed in range(40):
        _, ruleset = Whole(seed, vocabulary).ruleset(40)
        for rule in ruleset.rules:
            said |= {name for name in ("stop", "active", "valid_from", "valid_until", "events",
                                       "changed") if getattr(rule, name)}  # fmt: skip
            said |= {atom.op for atom, _ in atoms_of(rule.when)} | _nested(rule.when)
            said |= {atom.fact.partition(".")[0] for atom, _ in atoms_of(rule.when)}
        said |= {"default"} if ruleset.default else set()
    wanted = {"stop", "active", "valid_from", "valid_until", "events", "changed", "default",
              "custom", "ticket", "color", *OPERATORS}  # fmt: skip
    wanted |= {(outer, inner) for outer in ("all", "any", "none") for inner in ("any", "none")}
    assert wanted <= said


def _nested(group: Group | None) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for member in group.members if group else ():
        if group is not None and isinstance(member, Group):
            found |= {(group.mode, member.mode)} | _nested(member)
    return found


def test_what_is_asked_comes_to_every_end(vocabulary: Vocabulary) -> None:
    """Rules fire, stop, do nothing since they led here; the default decides, or nobody."""
    ends = set()
    for seed in range(60):
        proof = Proof(Whole(seed, vocabulary), 8)
        for _ in range(20):
            question = proof.maker.question(proof.ruleset)
            trace = proof.draft.evaluate(
                "sample", question.facts, event=question.event, changed=question.changed,
                skip=question.skip, now=question.now,
            ).trace  # fmt: skip
            idle = {rule["id"] for rule in trace["rules"] if rule.get("caused")}
            ends |= {"fired"} if any(rule["matched"] for rule in trace["rules"]) else {"nobody"}
            ends |= {"default"} if {"default"} & {d["rule"] for d in trace["decisions"]} else set()
            if trace["stopped_by"]:
                ends.add("idle stop" if trace["stopped_by"] in idle else "stop")
            ends |= {"idle"} if idle else set()
        proof.close()
    assert ends == {"fired", "nobody", "default", "stop", "idle stop", "idle"}


FAULTS = {
    "core": ("engine.rules.compiler.Plan._assertion", lambda plan, facts, fields: {}),
    "index": ("engine.rules.index.Index.candidates", lambda index, facts: set()),
    "order": ("engine.rules.ruleset.Ruleset.in_order", lambda ruleset: [
        rule for rule in ruleset.rules if rule.active]),
    "event": ("engine.rules.matcher.Matcher.asked",
              lambda matcher, numbers, asking, facts: numbers),
    "skip": ("engine.rules.matcher.Asking.skips", lambda asking, ruleset, rule: False),
    "explanation": ("engine.rules.trace.conditions", lambda facts, rule: []),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_any_part_is_noticed(
    vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(*FAULTS[fault])
    wrong: list[Any] = []
    for seed in range(12):
        try:
            wrong += proved(seed, 20, 30, vocabulary)[1]
        except AssertionError as error:
            wrong.append(error)
    assert wrong


@pytest.mark.parametrize("evaluations", [1_000, pytest.param(100_000, marks=pytest.mark.long)])
def test_threads_and_reloads(vocabulary: Vocabulary, evaluations: int) -> None:
    """Eight threads ask while releases come and go beside them, none of them closed by hand."""
    proof = Proof(Whole(19, vocabulary), 60)
    questions = [proof.maker.question(proof.ruleset) for _ in range(60)]
    right = [proof.right(question) for question in questions]
    current = [proof.release]
    wrong: list[Any] = []
    left = threading.Semaphore(evaluations)

    def ask(shift: int) -> None:
        turn = shift
        while left.acquire(blocking=False):
            turn += 7
            which = turn % len(questions)
            got = evaluated(current[0], questions[which])
            decided = [(d.rule, d.action, d.value) for d in got.decisions]
            answer = (list(got.matched), decided, got.trace["stopped_by"], got.trace["differs"])
            one = right[which]
            if answer != (one.fired, one.decisions, one.stopped_by, False):
                wrong.append((which, answer))

    threads = [threading.Thread(target=ask, args=(shift,)) for shift in range(8)]
    for thread in threads:
        thread.start()
    reloads = 0
    while any(thread.is_alive() for thread in threads):
        current[0] = compile_release([proof.ruleset], vocabulary)
        reloads += 1
    assert wrong == []
    assert reloads > 3


@pytest.mark.long
def test_memory_stays_flat_over_a_thousand_releases(vocabulary: Vocabulary) -> None:
    made = []
    for seed in range(20):
        maker = Whole(seed, vocabulary)
        _, ruleset = maker.ruleset(40)
        made.append((ruleset, [maker.question(ruleset) for _ in range(10)]))

    def turn(number: int) -> None:
        ruleset, questions = made[number % len(made)]
        release = compile_release([ruleset], vocabulary)
        for question in questions:
            evaluated(release, question)

    process = psutil.Process()
    for number in range(200):
        turn(number)
    before = process.memory_info().rss
    for number in range(1000):
        turn(number)
    assert process.memory_info().rss - before < 4 * 2**20
