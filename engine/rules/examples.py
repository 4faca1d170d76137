"""Examples beside the rules: facts and what must be decided, run before rules come in force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from engine.errors import Problem
from engine.rules.conditions import close_to
from engine.rules.facts import NOON
from engine.rules.layout import flow
from engine.rules.release import Evaluation, Release
from engine.rules.source import Listed, read_yaml

KEYS = ("name", "event", "facts", "changed", "now", "expect")
EXPECTED = ("rules", "not_rules", "set", "add_tag", "remove_tag", "notify", "message", "variable",
            "raise_priority", "watch",
            "note", "assign", "create_ticket", "start_process", "link", "webhook", "show", "hide",
            "require", "optional", "read_only", "only_choices", "without_choices", "prefill",
            "hint")  # fmt: skip


def read_examples(text: str | bytes) -> tuple[list[dict[str, Any]], list[Problem]]:
    """The well-formed examples of a file and what is wrong with the others; never raises."""
    data, problems = read_yaml(text)
    if data is None and problems:
        return [], problems
    if not isinstance(data, Listed):
        return [], [_problem("example", None, 1, "a file of examples is a list",
                             "begin each with - name:")]  # fmt: skip
    good = []
    for entry, line in zip(data, data.lines, strict=True):
        wrong = malformed(entry, line)
        problems.extend(wrong)
        if not wrong:
            good.append(entry)
    return good, problems


def malformed(example: Any, line: int | None = None) -> list[Problem]:
    """What keeps this from being an example."""
    if not isinstance(example, Mapping) or not isinstance(example.get("name"), str):
        return [_problem("example", None, line, "an example is a mapping with a name", "")]
    name, found = example["name"], []
    for key in example:
        if key not in KEYS:
            found.append(_problem("unknown-key", name, _line(example, key, line),
                                  f"unknown key {key!r}", close_to(key, KEYS)))  # fmt: skip
    for key in ("facts", "expect", "changed"):
        if not isinstance(example.get(key, {}), Mapping):
            found.append(_problem("example", name, _line(example, key, line),
                                  f"{key} must be a mapping", ""))  # fmt: skip
    expect = example.get("expect")
    if not isinstance(expect, Mapping) or not expect:
        found.append(_problem("example", name, line, "the example expects nothing",
                              "write expect: {rules: [...]}"))  # fmt: skip
    else:
        for key in expect:
            if key not in EXPECTED:
                found.append(_problem("unknown-key", name, _line(expect, key, line),
                                      f"cannot expect {key!r}",
                                      close_to(key, EXPECTED)))  # fmt: skip
    if _moment(example.get("now")) is None:
        found.append(_problem("example", name, _line(example, "now", line),
                              f"{example.get('now')!r} is no moment", ""))  # fmt: skip
    return found


def run_example(release: Release, ruleset: str, example: Mapping[str, Any]) -> list[Problem]:
    """How the release's answer differs from what a well-formed example expects."""
    line = getattr(example, "line", None)
    event = example.get("event")
    if event is not None and event not in release.rulesets[ruleset].events:
        return [_problem("example", example["name"], line,
                         f"the ruleset does not hear {event!r}", "see its events")]  # fmt: skip
    unknown = [fact for fact in example.get("facts", {}) if release.vocabulary.told(fact) is None]
    if unknown:
        return [_problem("unknown-fact", example["name"], line, f"unknown fact {fact!r}",
                         close_to(fact, release.vocabulary.facts))
                for fact in unknown]  # fmt: skip
    evaluation = release.evaluate(
        ruleset,
        example.get("facts", {}),
        event=event,
        changed=example.get("changed"),
        now=_moment(example.get("now")) or NOON,
    )
    answer = answer_of(evaluation)
    return [
        _problem("example-failed", example["name"], line,
                 f"{key}: expected {_shown(wanted)}, decided {_shown(answer[key])}",
                 "correct the rule or the example")
        for key, wanted in example["expect"].items()
        if not _agrees(key, wanted, answer)
    ]  # fmt: skip


def answer_of(evaluation: Evaluation) -> dict[str, Any]:
    """What was decided, in the terms of `expect`; of several values for a field the last."""
    answer: dict[str, Any] = {key: [] for key in EXPECTED}
    answer.update({"set": {}, "variable": {}})
    answer["rules"] = answer["not_rules"] = list(evaluation.matched)
    for decision in evaluation.decisions:
        if decision.action in ("set", "variable"):
            answer[decision.action].update(decision.value)
        elif decision.action == "notify":
            answer["notify"].append(f"{decision.value['to']}: {decision.value['template']}")
        elif decision.action == "create_ticket":
            answer["create_ticket"].append(decision.value["title"])
        elif decision.action == "start_process":
            answer["start_process"].append(decision.value["process"])
        elif decision.action in ("assign", "link"):
            answer[decision.action].append(": ".join(map(str, decision.value.values())))
        elif decision.action in ("only_choices", "without_choices"):
            listed = ", ".join(map(str, decision.value["choices"]))
            answer[decision.action].append(f"{decision.value['field']}: {listed}")
        elif decision.action == "prefill":
            answer["prefill"].append(f"{decision.value['field']}: {decision.value['value']}")
        elif decision.action == "hint":
            answer["hint"].append(decision.value["field"])
        elif decision.action in answer:
            answer[decision.action].append(decision.value)
    return answer


def _agrees(key: str, wanted: Any, answer: Mapping[str, Any]) -> bool:
    got = answer[key]
    if key == "not_rules":
        return isinstance(wanted, list) and not set(map(str, wanted)) & set(got)
    if isinstance(got, dict):
        return isinstance(wanted, Mapping) and dict(wanted) == got
    return bool(list(wanted if isinstance(wanted, list) else [wanted]) == got)


def _shown(value: Any) -> str:
    """As it is written in an example."""
    return flow(value)[:200]


def _moment(value: Any) -> datetime | None:
    if value is None:
        return NOON
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.utcoffset() is not None else moment.replace(tzinfo=UTC)


def _line(data: Any, key: str, otherwise: int | None) -> int | None:
    return getattr(data, "lines", {}).get(key, otherwise)


def _problem(code: str, element: str | None, line: int | None, message: str, mend: str) -> Problem:
    return Problem(code, "error", element, line, message, mend)
