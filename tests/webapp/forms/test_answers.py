"""What a browser sends becomes answers that the form allows, whatever it sends."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from webob.multidict import MultiDict

from engine.errors import Invalid
from webapp.forms.answers import Answers, read_answers

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["impact", "text"],
    "additionalProperties": False,
    "properties": {
        "text": {"type": "string", "minLength": 3, "maxLength": 20},
        "impact": {"type": "string", "enum": ["low", "high"]},
        "why": {"type": "string"},
        "queue": {"type": "string"},
        "day": {"type": "string", "format": "date"},
        "hours": {"type": "number", "minimum": 0, "maximum": 100},
        "count": {"type": "integer"},
        "agreed": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}, "maxItems": 2},
        "mail": {"type": "string", "format": "email"},
        "files": {"type": "array"},
    },
}
UI: dict[str, Any] = {
    "fields": {
        "queue": {"widget": "queue"},
        "why": {"show_if": {"field": "impact", "is": ["high"]}},
    }
}
GOOD = {"text": "Drum worn out", "impact": "low"}


def read(language: str = "en", **sent: Any) -> Answers:
    return read_answers(SCHEMA, UI, {**GOOD, **sent}, language)


def test_answers_are_typed() -> None:
    answers = read(hours="1,5", count="3", day="24.12.2026", agreed="true", tags=["a", "b", "a"])
    assert answers.ok
    assert answers.values == {
        "text": "Drum worn out",
        "impact": "low",
        "hours": 1.5,
        "count": 3,
        "day": "2026-12-24",
        "agreed": True,
        "tags": ["a", "b"],
    }


def test_a_multi_dict_as_browsers_send_it() -> None:
    sent = MultiDict([("text", "a\r\nb c"), ("impact", "low"), ("tags", "a"), ("tags", "b")])
    answers = read_answers(SCHEMA, UI, sent, "en")
    assert (answers.values["text"], answers.values["tags"]) == ("a\nb c", ["a", "b"])


def test_unknown_fields_are_ignored() -> None:
    answers = read(owner="root", csrf_token="x", __proto__="y")
    assert answers.ok
    assert set(answers.values) == {"text", "impact", "agreed"}


@pytest.mark.parametrize(
    ("sent", "name", "reason"),
    [
        ({"text": ""}, "text", "Bitte beantworten."),
        ({"text": "x"}, "text", "Bitte mindestens 3 Zeichen."),
        ({"text": "x" * 21}, "text", "Bitte höchstens 20 Zeichen."),
        ({"impact": "none"}, "impact", "Bitte eine der angebotenen Antworten wählen."),
        ({"hours": "many"}, "hours", "Bitte eine Zahl angeben."),
        ({"hours": "nan"}, "hours", "Bitte eine Zahl angeben."),
        ({"hours": "1e999"}, "hours", "Bitte eine Zahl angeben."),
        ({"hours": "-1"}, "hours", "Bitte mindestens 0 angeben."),
        ({"hours": "101"}, "hours", "Bitte höchstens 100 angeben."),
        ({"hours": "9" * 20}, "hours", "Diese Zahl ist zu groß."),
        ({"count": "1.5"}, "count", "Bitte eine ganze Zahl angeben."),
        ({"day": "2026-02-30"}, "day", "Bitte ein Datum angeben, das es gibt."),
        ({"day": "tomorrow"}, "day", "Bitte ein Datum angeben, das es gibt."),
        ({"tags": ["a", "z"]}, "tags", "Bitte eine der angebotenen Antworten wählen."),
        ({"mail": "nobody"}, "mail", "Bitte eine vollständige E-Mail-Adresse angeben."),
    ],
)
def test_what_is_wrong_is_said_in_the_readers_language(
    sent: dict[str, Any], name: str, reason: str
) -> None:
    answers = read("de", **sent)
    assert answers.errors == {name: reason}


def test_what_was_typed_is_kept() -> None:
    answers = read(hours="many", day="soon")
    assert (answers.typed["hours"], answers.typed["day"]) == ("many", "soon")


def test_a_question_that_was_not_asked_has_no_answer() -> None:
    assert "why" not in read(impact="low", why="because").values
    assert read(impact="high", why="because").values["why"] == "because"


def test_only_offered_queues_may_be_chosen() -> None:
    sent = {**GOOD, "queue": "HR"}
    assert read_answers(SCHEMA, UI, sent, "en", options={"queue": ["HR"]}).ok
    refused = read_answers(SCHEMA, UI, sent, "en", options={"queue": ["Network"]})
    assert list(refused.errors) == ["queue"]


def test_files_are_handed_on_and_needed_where_the_form_says_so() -> None:
    file = SimpleNamespace(filename="a.png")
    answers = read(files=[file, b""])
    assert answers.files == {"files": [file]}
    needed = {**SCHEMA, "required": ["files"]}
    assert list(read_answers(needed, UI, GOOD, "en").errors) == ["files"]


def test_control_characters_do_not_get_in() -> None:
    assert read(text="a\x00b\x1bc\ud800d").values["text"] == "abcd"


def test_a_schema_that_is_none_is_named() -> None:
    with pytest.raises(Invalid, match="schema"):
        read_answers({"properties": {"a": {"type": "nonsense"}}}, {}, {"a": "x"}, "en")


@given(
    st.dictionaries(
        st.sampled_from([*SCHEMA["properties"], "else"]),
        st.one_of(
            st.text(), st.lists(st.text()), st.integers(), st.floats(), st.none(), st.binary()
        ),
    )
)
def test_nothing_that_is_sent_breaks_the_form(sent: dict[str, Any]) -> None:
    answers = read_answers(SCHEMA, UI, sent, "de")
    assert set(answers.values) <= set(SCHEMA["properties"])
    assert all(isinstance(reason, str) and reason for reason in answers.errors.values())


def test_what_is_needed_only_after_an_answer_is_asked_for_then_and_not_before() -> None:
    schema = {
        "type": "object",
        "properties": {"kind": {"type": "string", "enum": ["a", "b"]}, "why": {"type": "string"}},
        "required": ["kind"],
        "allOf": [
            {
                "if": {"properties": {"kind": {"enum": ["b"]}}, "required": ["kind"]},
                "then": {"required": ["why"]},
            }
        ],
    }
    ui = {"fields": {"why": {"show_if": {"field": "kind", "is": ["b"]}}}}
    assert read_answers(schema, ui, {"kind": "a", "why": "x"}, "en").values == {"kind": "a"}
    assert read_answers(schema, ui, {"kind": "a"}, "en").ok
    assert set(read_answers(schema, ui, {"kind": "b"}, "en").errors) == {"why"}
    assert read_answers(schema, ui, {"kind": "b", "why": "x"}, "en").ok
