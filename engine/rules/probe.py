"""New rules are built in a process of their own first: a build that dies, dies alone.

The core leaks on failed builds and was seen to hang and crash. A child with limits on time and
memory compiles the rulesets, runs their examples and tries each rule on tickets made of its own
values, about which the core must say what the oracle says; only then they are compiled here.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.errors import Invalid, Problem
from engine.rules.document import parse_ruleset
from engine.rules.examples import malformed, run_example
from engine.rules.release import Release, compile_release
from engine.rules.ruleset import Ruleset
from engine.rules.trial import disagreed
from engine.rules.vocabulary import Vocabulary, load_vocabulary

SECONDS = 60
MEMORY = 2 * 2**30  # bytes of address space
REMEMBERED = 64  # orders of which nothing was wrong

_stood: dict[bytes, None] = {}  # digests of such orders, the latest last


def build_checked(
    rulesets: Iterable[Ruleset],
    vocabulary: Vocabulary,
    examples: Mapping[str, Sequence[Mapping[str, Any]]],
    seconds: int = SECONDS,
) -> Release:
    """The release, once a child process built it and all its examples came out right.

    `examples` maps names of rulesets to examples; those inside the rulesets run as well.
    Invalid names each example that fails, or that the build took too long or died.
    """
    kept = list(rulesets)
    problems = probe(kept, vocabulary, examples, seconds)
    if problems:
        raise Invalid("the rules do not stand their examples", problems)
    return compile_release(kept, vocabulary)


def probe(
    rulesets: Sequence[Ruleset],
    vocabulary: Vocabulary,
    examples: Mapping[str, Sequence[Mapping[str, Any]]],
    seconds: int = SECONDS,
) -> list[Problem]:
    """Build in a child and run the examples there; every problem found.

    What stood it once is not tried again: who checks, hands in and approves the same rules waits
    for it the first time only. What did not may do so next time, and is.
    """
    wanted = {
        "vocabulary": vocabulary.text,
        "rulesets": [[r.name, r.text, r.file] for r in rulesets],
        "examples": {name: list(entries) for name, entries in examples.items()},
        "seconds": seconds,
        "memory": MEMORY,
    }
    order = json.dumps(wanted, default=str).encode()
    digest = hashlib.sha256(order).digest()
    if digest in _stood:
        return []
    problems = _asked(order, seconds)
    if not problems:
        _stood[digest] = None
        for oldest in list(_stood)[:-REMEMBERED]:
            _stood.pop(oldest, None)
    return problems


def _asked(order: bytes, seconds: int) -> list[Problem]:
    """What a child of its own says about an order."""
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    try:
        done = subprocess.run(
            [sys.executable, "-m", "engine.rules.probe"],
            input=order,
            capture_output=True,
            timeout=seconds,
            env={**os.environ, "PYTHONPATH": path},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return [_failed(f"building the rules took longer than {seconds} seconds")]
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or [""]
        return [_failed(f"building the rules ended with {done.returncode}: {said[0][:200]}")]
    return [Problem(**problem) for problem in json.loads(done.stdout)]


def _failed(message: str) -> Problem:
    return Problem("build", "error", None, None, message, "make the rules fewer or simpler")


def _contradicted(name: str) -> Problem:
    """What the core says about this rule or example is not what the plain evaluator says."""
    return Problem("core-differs", "error", name, None,
                   "the rules engine and the plain evaluator of the desk answer differently here",
                   "write the rule in another way, and report this as a fault")  # fmt: skip


def build_and_run(order: Mapping[str, Any]) -> list[Problem]:
    """The child's work: parse, compile, run all examples, try the core; the problems found."""
    vocabulary = load_vocabulary(order["vocabulary"])
    rulesets: list[Ruleset] = []
    problems: list[Problem] = []
    for name, text, file in order["rulesets"]:
        ruleset, found = parse_ruleset(name, text, vocabulary, file)
        problems.extend(p for p in found if p.severity == "error")
        if ruleset is not None:
            rulesets.append(ruleset)
    if problems:
        return problems
    release = compile_release(rulesets, vocabulary)
    for ruleset in rulesets:
        good: list[Mapping[str, Any]] = []
        for example in [*ruleset.tests, *order["examples"].get(ruleset.name, ())]:
            wrong = malformed(example)
            if not wrong:
                good.append(example)
                wrong = run_example(release, ruleset.name, example)
            problems.extend(replace(p, message=f"{ruleset.name}: {p.message}") for p in wrong)
        problems.extend(_contradicted(name) for name in disagreed(release, ruleset.name, good))
    unknown = sorted(set(order["examples"]) - set(release.names))
    problems.extend(_failed(f"examples for {name!r}, which is no ruleset") for name in unknown)
    return problems


def main() -> None:
    """Read the order on standard input, answer with problems as JSON on standard output."""
    order = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (order["memory"], order["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (order["seconds"], order["seconds"] + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    json.dump([problem.as_dict() for problem in build_and_run(order)], sys.stdout)


if __name__ == "__main__":
    main()
