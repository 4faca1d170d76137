"""Checking a ruleset, with a ticket for all that is found, beside reading and compiling the same.

`python -m bench.rules_checking [--small]`; the rules are those of bench.rules: all set the same
queue, so that each is compared with others, and some are shut out or doubled by chance.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

from bench.figures import number, table
from bench.rule_engines import Made, vocabulary_of_all, written
from engine.rules import compile_release, parse_ruleset
from engine.rules.lint import lint_rulesets

HEAD = ("rules", "found", "reading s", "compiling s", "checking s", "÷ compiling", "ms a rule")


def row(count: int) -> list[str]:
    """The figures of so many rules."""
    vocabulary = vocabulary_of_all()
    text = written(Made(count))
    (ruleset, problems), reading = _timed(lambda: parse_ruleset("many", text, vocabulary))
    if ruleset is None:
        raise SystemExit(f"The rules made for the benchmark are refused: {problems[:2]}")
    release, compiling = _timed(lambda: compile_release([ruleset], vocabulary))
    release.close()
    found, checking = _timed(lambda: lint_rulesets([ruleset], vocabulary))
    told = sum(map(len, found.values()))
    return [str(count), str(told), number(reading), number(compiling), number(checking),
            number(checking / compiling), number(checking / count * 1000)]  # fmt: skip


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.process_time()
    done = work()
    return done, time.process_time() - began


def main(arguments: list[str] | None = None) -> str:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a quick proof that it works")
    given = parser.parse_args(arguments)
    sizes = (10, 30) if given.small else (10, 100, 1_000, 10_000)
    told = table("Checking rulesets", HEAD, [row(count) for count in sizes])
    print(told)
    return told


if __name__ == "__main__":
    main()
