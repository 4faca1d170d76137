"""A form's schema becomes the questions that a reader sees."""

from typing import Any

from webapp.forms.fields import build_fields
from webapp.i18n import Reader
from webapp.jinja import make_environment

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["impact", "text"],
    "properties": {
        "text": {"type": "string", "maxLength": 2000},
        "impact": {"type": "string", "enum": ["low", "high"]},
        "queue": {"type": "string"},
        "agent": {"type": "string"},
        "day": {"type": "string", "format": "date"},
        "hours": {"type": "number", "minimum": 0},
        "agreed": {"type": "boolean"},
        "tags": {"type": "array", "items": {"enum": ["a", "b"]}},
        "files": {"type": "array"},
    },
}
UI: dict[str, Any] = {
    "order": ["impact", "ghost", "text"],
    "fields": {
        "impact": {
            "label": {"de": "Auswirkung", "en": "Impact"},
            "help": {"de": "Wie viele?", "en": "How many?"},
            "choices": {"low": {"de": "Gering", "en": "Low"}},
        },
        "queue": {"widget": "queue"},
        "agent": {"widget": "agent"},
        "hours": {"show_if": {"field": "impact", "is": ["high"]}},
    },
}


def draw(fields: list[Any]) -> str:
    template = '{% from "parts/form.jinja2" import form %}{{ form(fields, "/do", "Complete") }}'
    return make_environment().from_string(template).render(fields=fields, reader_given=Reader("en"))


def test_order_widgets_and_words_of_the_reader() -> None:
    fields = build_fields(SCHEMA, UI, "de")
    assert [f.name for f in fields][:3] == ["impact", "text", "queue"]
    assert {f.name: f.widget for f in fields} == {
        "impact": "radio",
        "text": "textarea",
        "queue": "queue",
        "agent": "agent",
        "day": "date",
        "hours": "number",
        "agreed": "checkbox",
        "tags": "checkbox",
        "files": "file",
    }
    first = fields[0]
    assert (first.label, first.help, first.required) == ("Auswirkung", "Wie viele?", True)
    assert [(c.value, c.label) for c in first.choices] == [("low", "Gering"), ("high", "high")]


def test_options_sources_values_and_errors_reach_the_field() -> None:
    fields = {
        f.name: f
        for f in build_fields(
            SCHEMA,
            UI,
            "en",
            {"queue": "n", "tags": ["b"], "hours": "many"},
            {"hours": "Please give a number."},
            options={"queue": [("n", "Network")]},
            sources={"agent": "/options/agents"},
            shown={"agent": "Ada"},
        )
    }
    assert fields["queue"].choices[0].label == "Network"
    assert fields["queue"].chosen("n")
    assert fields["tags"].chosen("b")
    assert not fields["tags"].chosen("a")
    assert (fields["agent"].options_url, fields["agent"].shown) == ("/options/agents", "Ada")
    assert (fields["hours"].text, fields["hours"].error) == ("many", "Please give a number.")
    assert fields["hours"].show_if == {"field": "impact", "is": ["high"]}


def test_what_a_browser_would_throw_away_is_shown_as_text() -> None:
    fields = {f.name: f for f in build_fields(SCHEMA, UI, "en", {"day": "32.13.2026"})}
    assert fields["day"].input_type == "text"
    assert fields["hours"].input_type == "text"
    good = {f.name: f for f in build_fields(SCHEMA, UI, "en", {"day": "2026-11-23"})}
    assert good["day"].input_type == "date"


def test_the_form_says_what_is_wrong_where_it_is_and_keeps_what_was_typed() -> None:
    html = draw(build_fields(SCHEMA, UI, "en", {"text": "<script>x"}, {"text": "Too <long>"}))
    assert "&lt;script&gt;x</textarea>" in html
    assert 'href="#f-text"' in html
    assert 'aria-describedby="f-text-error" aria-invalid="true"' in html
    assert "Too &lt;long&gt;" in html
    assert 'enctype="multipart/form-data"' in html
    assert "<script>" not in html


def test_broken_descriptions_still_give_a_form() -> None:
    assert build_fields({}, {}, "de") == []
    assert build_fields({"properties": [1]}, {"fields": 3, "order": 7}, "de") == []
    odd = {"properties": {"a": 3, "b": {"type": ["null", "integer"]}}, "required": None}
    assert [f.widget for f in build_fields(odd, {"fields": {"b": "x"}}, "de")] == ["number"]


def test_what_is_needed_whenever_it_is_shown_is_not_called_optional() -> None:
    schema = {
        "type": "object",
        "properties": {"kind": {"type": "string", "enum": ["a", "b"]}, "why": {"type": "string"}},
        "allOf": [
            {
                "if": {"properties": {"kind": {"enum": ["b"]}}, "required": ["kind"]},
                "then": {"required": ["why"]},
            }
        ],
    }
    shown = {"fields": {"why": {"show_if": {"field": "kind", "is": ["b"]}}}}
    assert [f.required for f in build_fields(schema, shown, "en")] == [False, True]
    assert [f.required for f in build_fields(schema, {}, "en")] == [False, False]
    broken = {
        "properties": {"why": {}},
        "allOf": [
            None,
            {"if": 1, "then": 2},
            {"if": {"properties": {"x": 3}}, "then": {"required": [{}]}},
        ],
    }
    assert [f.required for f in build_fields(broken, shown, "en")] == [False]
