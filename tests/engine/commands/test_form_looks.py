"""A form as form rules have it: what is asked, what counts, and that it can always be completed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.commands.form_answers import checked
from engine.commands.form_looks import Asking, Look, look_at
from engine.errors import Invalid
from engine.rules import Evaluation, load_vocabulary, parse_ruleset, preview_release
from engine.rules.facts import NOON
from engine.workflow import Form
from tests.town import ROOT

VOCABULARY = load_vocabulary((ROOT / "rules" / "vocabulary.yaml").read_text(encoding="utf-8"))
HEAD = "ruleset: forms\ntitle: {de: F, en: F}\nevents: [form.shown]\nrules:\n"
FORM = Form(
    "report",
    {
        "type": "object",
        "properties": {
            "what": {"type": "string", "enum": ["printer", "network", "other"]},
            "model": {"type": "string", "enum": ["a", "b"]},
            "count": {"type": "integer", "minimum": 1, "maximum": 9},
            "others": {"type": "boolean"},
            "places": {"type": "array", "items": {"type": "string", "enum": ["x", "y", "z"]}},
            "body": {"type": "string", "minLength": 1},
            "why": {"type": "string"},
        },
        "required": ["what", "body"],
        "allOf": [
            {
                "if": {"properties": {"model": {"const": "b"}}, "required": ["model"]},
                "then": {"required": ["why"]},
            }
        ],
        "additionalProperties": False,
    },
    {"order": ["what", "model", "count", "others", "places", "body", "why"], "fields": {}},
)
FULL = {"what": "printer", "model": "a", "count": 2, "others": True, "places": ["x"], "body": "b"}


def rule(then: str, when: str = "", number: int = 0) -> str:
    asks = f"    when: {{all: [{when}]}}\n" if when else ""
    head = f"  - id: r{number}\n    title: {{de: R, en: R}}\n{asks}"
    return f"{head}    then:\n      - {then}\n"


def fact(name: str, value: Any, op: str = "is") -> str:
    return f"{{fact: form.{name}, op: {op}, value: {str(value).lower()}}}"


def looked(
    text: str, typed: dict[str, Any], form: Form = FORM, untouched: Any = frozenset(), **more: Any
) -> Look:
    ruleset, problems = parse_ruleset("forms", HEAD + text, VOCABULARY)
    assert ruleset is not None, problems
    release = preview_release([ruleset], VOCABULARY)

    def ask(answers: Any) -> list[Evaluation]:
        facts = {f"form.{name}": value for name, value in answers.items()}
        return [release.evaluate("forms", facts, event="form.shown", now=NOON)]

    return look_at(Asking(form, **more), typed, ask, untouched)


def test_what_is_left_out_is_not_asked_and_does_not_count() -> None:
    look = looked(rule("hide: model"), FULL)
    assert "model" not in look.shown()
    assert "model" not in look.answers
    assert "model" not in look.taken
    assert look.kept == {}


def test_a_question_appears_by_the_answer_to_another() -> None:
    text = rule("hide: model") + rule("show: model", fact("what", "printer"), 1)
    assert "model" in looked(text, {"what": "printer"}).shown()
    assert "model" not in looked(text, {"what": "network"}).shown()


def test_an_answer_that_is_not_asked_counts_for_no_other_rule() -> None:
    text = (
        rule("hide: model", fact("what", "network"))
        + rule("hide: count", fact("model", "a"), 1)
        + rule("hide: others", fact("count", 2), 2)
    )
    look = looked(text, FULL | {"what": "network"})
    assert [n for n in ("model", "count", "others") if n in look.shown()] == ["count"]


def test_what_the_form_needs_stays() -> None:
    look = looked(rule("hide: what"), FULL)
    assert "what" in look.shown()
    assert look.kept == {"what": "needed"}


def test_what_the_form_needs_after_an_answer_stays_after_that_answer() -> None:
    assert "why" not in looked(rule("hide: why"), FULL).shown()
    look = looked(rule("hide: why"), FULL | {"model": "b"})
    assert "why" in look.shown()
    assert look.kept == {"why": "needed"}


def test_an_answer_is_required_only_where_it_is_asked() -> None:
    look = looked(rule("require: count"), {"what": "other", "body": "b"})
    with pytest.raises(Invalid) as refused:
        checked(look.strict(), look.taken)
    assert refused.value.fields == {"count": "required"}
    both = rule("require: count") + rule("hide: count", number=1)
    look = looked(both, {"what": "other", "body": "b"})
    assert checked(look.strict(), look.taken) == {"what": "other", "body": "b"}


def test_a_tick_that_is_required_has_to_be_set() -> None:
    look = looked(rule("require: others"), FULL | {"others": False})
    with pytest.raises(Invalid) as refused:
        checked(look.strict(), look.taken)
    assert refused.value.fields == {"others": "const"}


def test_an_answer_that_is_not_offered_is_refused_where_it_stands() -> None:
    look = looked(rule("only_choices: {field: what, choices: [network, other]}"), FULL)
    assert look.form.schema["properties"]["what"]["enum"] == ["network", "other"]
    assert "what" not in look.answers
    with pytest.raises(Invalid) as refused:
        checked(look.strict(), look.taken)
    assert refused.value.fields == {"what": "enum"}


def test_of_several_rules_about_choices_all_hold() -> None:
    text = rule("only_choices: {field: what, choices: [network, other]}") + rule(
        "without_choices: {field: what, choices: [other, printer]}", number=1
    )
    assert looked(text, {}).form.schema["properties"]["what"]["enum"] == ["network"]


def test_choices_of_a_list_are_taken_away_too() -> None:
    look = looked(
        rule("without_choices: {field: places, choices: [x]}"), FULL | {"places": ["x", "y"]}
    )
    assert look.form.schema["properties"]["places"]["items"]["enum"] == ["y", "z"]
    assert look.answers["places"] == ["y"]
    with pytest.raises(Invalid) as refused:
        checked(look.strict(), look.taken)
    assert refused.value.fields == {"places": "enum"}


def test_a_question_without_any_answer_left_goes_unless_it_is_needed() -> None:
    none = "only_choices: {field: %s, choices: [nothing]}"
    assert "model" not in looked(rule(none % "model"), FULL).shown()
    look = looked(rule(none % "what"), FULL)
    assert look.kept == {"what": "choices"}
    assert checked(look.strict(), look.taken)["what"] == "printer"


def test_what_is_only_shown_cannot_be_sent_otherwise() -> None:
    look = looked(rule("read_only: count"), FULL | {"count": 9}, standing={"count": 3})
    assert look.taken["count"] == 3
    assert look.form.ui["fields"]["count"] == {"read_only": True, "value": 3}


def test_what_is_needed_and_says_nothing_yet_can_be_changed() -> None:
    look = looked(rule("read_only: what"), FULL)
    assert look.kept == {"what": "value"}
    assert look.taken["what"] == "printer"


def test_a_suggestion_is_for_what_nobody_has_touched() -> None:
    text = rule("prefill: {field: count, value: 4}", fact("what", "printer"))
    assert looked(text, {"what": "printer"}, untouched={"count"}).answers["count"] == 4
    assert "count" not in looked(text, {"what": "printer"}).answers
    assert looked(text, {"what": "printer", "count": 2}).answers["count"] == 2
    assert "count" not in looked(text, {"what": "other"}, untouched={"count"}).answers


def test_a_suggestion_that_cannot_be_answered_is_none() -> None:
    for value in ("77", "many"):
        look = looked(rule(f"prefill: {{field: count, value: {value}}}"), {}, untouched={"count"})
        assert "count" not in look.answers


def test_hints_stand_together() -> None:
    text = "".join(rule(f"hint: {{field: body, de: D{n}., en: E{n}.}}", number=n) for n in (1, 2))
    assert looked(text, {}).form.ui["fields"]["body"]["hint"] == {"de": "D1. D2.", "en": "E1. E2."}


def test_rules_in_a_circle_leave_the_question_as_it_is() -> None:
    look = looked(rule("hide: model", fact("model", "a")), FULL)
    assert "model" in look.shown()
    assert look.answers["model"] == "a"
    assert look.kept == {"model": "circle"}


def test_what_the_desk_offers_is_a_choice_too() -> None:
    form = Form(
        "triage",
        {"type": "object", "properties": {"queue": {"type": "string"}}, "required": ["queue"]},
        {"fields": {"queue": {"widget": "queue"}}},
    )
    text = rule("without_choices: {field: queue, choices: [HR]}")
    look = looked(text, {"queue": "HR"}, form, options={"queue": ("HR", "Network")})
    assert look.form.schema["properties"]["queue"]["enum"] == ["Network"]


NAMES = list(FORM.schema["properties"])
CHOICES = {"what": ["printer", "network", "other"], "model": ["a", "b"], "places": ["x", "y", "z"]}
VALUES: dict[str, list[Any]] = {
    "what": CHOICES["what"], "model": CHOICES["model"], "count": [1, 2, 9], "others": [True, False],
    "places": [["x"], ["y", "z"]], "body": ["b"], "why": ["w"],
}  # fmt: skip


@st.composite
def rulesets(draw: st.DrawFn) -> str:
    def one(number: int) -> str:
        name = draw(st.sampled_from(NAMES))
        verbs = ["hide", "show", "require", "optional", "read_only", "prefill"]
        verb = draw(st.sampled_from([*verbs, "only_choices", "without_choices"]))
        if verb.endswith("choices"):
            name = draw(st.sampled_from(list(CHOICES)))
            some = draw(st.lists(st.sampled_from([*CHOICES[name], "nothing"]), min_size=1))
            then = f"{verb}: {{field: {name}, choices: [{', '.join(some)}]}}"
        elif verb == "prefill":
            value = draw(st.sampled_from(["a", "printer", "4", "77"]))
            then = f"prefill: {{field: {name}, value: {value}}}"
        else:
            then = f"{verb}: {name}"
        asked = draw(st.sampled_from(["", "what", "model", "count", "others"]))
        value = draw(st.sampled_from(VALUES[asked])) if asked else ""
        return rule(then, fact(asked, value) if asked else "", number)

    return "".join(one(number) for number in range(draw(st.integers(1, 6))))


@st.composite
def answers(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(NAMES), unique=True))
    return {name: draw(st.sampled_from(VALUES[name])) for name in names}


def taken_by(look: Look) -> dict[str, Any] | None:
    try:
        return checked(look.strict(), look.taken)
    except Invalid:
        return None


@settings(max_examples=300, deadline=None)
@given(rulesets(), answers())
def test_what_is_accepted_is_what_was_offered(text: str, typed: dict[str, Any]) -> None:
    look = looked(text, typed)
    accepted = taken_by(look)
    offered = {name: look.form.schema["properties"][name] for name in look.shown()}
    if accepted is not None:
        assert accepted.keys() <= offered.keys()
        for name, value in accepted.items():
            fixed = look.questions.get(name)
            if fixed is None or not fixed.read_only:
                assert value == typed[name]
            allowed = offered[name].get("enum") or offered[name].get("items", {}).get("enum")
            assert not allowed or set(value if isinstance(value, list) else [value]) <= {*allowed}
        assert set(look.strict().schema["required"]) <= accepted.keys()
        assert checked(FORM, accepted) == accepted
        again = looked(text, accepted)
        assert (again.shown(), taken_by(again)) == (look.shown(), accepted)


@settings(max_examples=300, deadline=None)
@given(rulesets(), answers())
def test_every_form_can_be_completed(text: str, typed: dict[str, Any]) -> None:
    """Whoever answers what is asked, as it is offered, gets through."""
    for _ in range(40):
        look = looked(text, typed)
        if taken_by(look) is not None:
            return
        typed = dict(look.answers)
        missing = [name for name in look.shown() if name not in typed]
        for name in missing:
            part = look.form.schema["properties"][name]
            inner = part.get("items", part)
            fit = [part["const"]] if "const" in part else inner.get("enum", VALUES[name])
            typed[name] = [fit[0]] if "items" in part else fit[0]
        for name in ("others",):
            if look.form.schema["properties"].get(name, {}).get("const"):
                typed[name] = True
    raise AssertionError((text, typed))
