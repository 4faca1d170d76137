"""The plain evaluator of conditions: what the core must answer too, told without it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from engine.rules.facts import Facts
from engine.rules.operators import OPERATORS
from engine.rules.ruleset import Atom, Group, Rule

Test = Callable[[Facts], bool]


class Oracle:
    """Rules as plain Python tests, made once and asked often."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._tests = [ready(rule.when) for rule in rules]

    def matching(self, facts: Facts, among: Iterable[int] | None = None) -> set[int]:
        """The indexes of the rules whose conditions hold; `among` names the only ones asked."""
        tests = self._tests
        if among is not None:
            return {index for index in among if tests[index](facts)}
        return {index for index, test in enumerate(tests) if test(facts)}


def matching(facts: Facts, rules: Sequence[Rule]) -> set[int]:
    """The indexes of the rules whose conditions hold, asked once."""
    return Oracle(rules).matching(facts)


def ready(condition: Atom | Group | None) -> Test:
    """The test of one condition or group; None holds always."""
    if condition is None:
        return lambda facts: True
    if isinstance(condition, Atom):
        return _atom(condition)
    tests = [ready(member) for member in condition.members]
    if len(tests) == 1:
        return _not(tests[0]) if condition.mode == "none" else tests[0]
    if condition.mode == "all":
        return _all(tests)
    return _any(tests) if condition.mode == "any" else _not(_any(tests))


def ready_term(term: tuple[bool, Atom | Group]) -> Test:
    """The test whether a condition is as wanted."""
    wanted, condition = term
    return ready(condition) if wanted else _not(ready(condition))


def _atom(atom: Atom) -> Test:
    test = OPERATORS[atom.op].test
    return lambda facts: test(facts, atom)


def _not(test: Test) -> Test:
    return lambda facts: not test(facts)


def _all(tests: Sequence[Test]) -> Test:
    def run(facts: Facts) -> bool:
        for test in tests:  # noqa: SIM110 - several times faster than all() over a generator
            if not test(facts):
                return False
        return True

    return run


def _any(tests: Sequence[Test]) -> Test:
    def run(facts: Facts) -> bool:
        for test in tests:  # noqa: SIM110 - as above
            if test(facts):
                return True
        return False

    return run
