"""What form rules do, in words: as an order for whoever reads the rule, and as what was done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

# verb: the order and what was done, in English and German, with the question {v} and {c} at it
_WORDS = {
    "show": (
        ("show the question {v}", "zeige die Frage {v}"),
        ("showed the question {v}", "hat die Frage {v} gezeigt"),
    ),
    "hide": (
        ("leave out the question {v}", "lass die Frage {v} weg"),
        ("left out the question {v}", "hat die Frage {v} weggelassen"),
    ),
    "require": (
        ("require an answer to {v}", "verlange eine Antwort auf {v}"),
        ("required an answer to {v}", "hat eine Antwort auf {v} verlangt"),
    ),
    "optional": (
        ("require no answer to {v}", "stelle die Antwort auf {v} frei"),
        ("required no answer to {v}", "hat die Antwort auf {v} freigestellt"),
    ),
    "read_only": (
        ("only show the answer to {v}", "zeige die Antwort auf {v} nur an"),
        ("only showed the answer to {v}", "hat die Antwort auf {v} nur gezeigt"),
    ),
    "only_choices": (
        ("offer only {c} for {v}", "biete bei {v} nur {c} an"),
        ("offered only {c} for {v}", "hat bei {v} nur {c} angeboten"),
    ),
    "without_choices": (
        ("do not offer {c} for {v}", "biete bei {v} nicht {c} an"),
        ("did not offer {c} for {v}", "hat bei {v} nicht {c} angeboten"),
    ),
    "prefill": (
        ("suggest {c} for {v}", "schlage bei {v} {c} vor"),
        ("suggested {c} for {v}", "hat bei {v} {c} vorgeschlagen"),
    ),
    "hint": (
        ("say at {v}: {c}", "sage bei {v}: {c}"),
        ("said at {v}: {c}", "hat bei {v} gesagt: {c}"),
    ),
}


def form_words(
    verb: str, value: Any, language: str, shown: Callable[[Any], str], *, done: bool = False
) -> str | None:
    """What a form rule does or, `done`, did; None for what no form rule does."""
    if verb not in _WORDS:
        return None
    words = _WORDS[verb][done][0 if language == "en" else 1]
    if not isinstance(value, Mapping):
        return words.replace("{v}", shown(value))
    about = value.get("choices", value.get("value", value.get(language, "")))
    return words.replace("{v}", shown(value.get("field", ""))).replace("{c}", shown(about))
