"""How a form looks to one person at one moment, by what form rules decide about it.

A form is the frame and rules only narrow it: they leave questions out, ask for more, offer fewer
answers, suggest one, show one that cannot be changed. So nobody is asked what no form asks, and no
rule can make a form impossible to complete: what it needs stays (`Look.kept`).

An answer to a question that is left out does not count, for other rules either; what that changes
is asked anew until nothing changes. Questions about which rules go in a circle stay as they are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any

from engine.rules import Decision, Evaluation
from engine.workflow import Form
from engine.workflow.form_questions import (
    as_answer,
    field_ui,
    is_asked,
    kind_of,
    ordered_names,
    plain,
    properties,
    values_allowed,
    widget_of,
)

MOST_ROUNDS = 25  # in which what follows from what has to come to rest

Answers = dict[str, Any]
Ask = Callable[[Mapping[str, Any]], "list[Evaluation]"]


@dataclass(frozen=True)
class Asking:
    """A form before rules are asked: `standing` is what stands there untyped, `options` what the
    desk offers for questions whose answers the form does not list, both by question."""

    form: Form
    standing: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def offered(self, name: str) -> list[str]:
        """The answers that can be chosen; none where it is said in free words."""
        part, hints = properties(self.form.schema).get(name, {}), field_ui(self.form.ui, name)
        texts = hints.get("choices")
        listed = list(texts) if isinstance(texts, Mapping) and kind_of(part) != "boolean" else []
        return values_allowed(part) or list(self.options.get(name, ())) or list(map(str, listed))


@dataclass(frozen=True)
class Said:
    """What rules say about one question, or what has become of that (`Look.questions`)."""

    shown: bool = True
    required: bool = False
    read_only: bool = False
    choices: tuple[str, ...] | None = None
    without: frozenset[str] = frozenset()
    suggested: Any = None
    hint: tuple[Mapping[str, str], ...] = ()


PLAIN = Said()


@dataclass(frozen=True)
class Look:
    """The form as it is asked now within its `frame`, the answers that count, and those `taken`
    when it is sent: as typed, so that what cannot be chosen is refused and not passed over.

    `kept`: what rules wanted otherwise and the form could not do without, by question:
    needed, choices, value, circle.
    """

    form: Form
    frame: Form
    answers: Answers
    taken: Answers
    questions: Mapping[str, Said] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    evaluations: tuple[Evaluation, ...] = ()
    asked_as: str = ""  # the form's name among all forms
    answers_matter: bool = False  # whether an answer can change how the form looks

    def shown(self) -> list[str]:
        """The questions asked, in their order."""
        return ordered_names(self.form.schema, self.form.ui)

    def strict(self) -> Form:
        """The form as what was taken is held against it, where files are not looked at."""
        ui, schema = self.form.ui, self.form.schema
        always = self.frame.schema.get("required") or ()
        asked = {name for name in properties(schema) if is_asked(field_ui(ui, name), self.taken)}
        own = {name for name, said in self.questions.items() if said.required} - set(always)
        own = {name for name in own if name not in asked or _is_file(self.form, name)}
        needed = [name for name in schema.get("required") or () if name not in own]
        return Form(self.form.name, {**schema, "required": needed}, ui)


def said_about(decisions: Iterable[Decision]) -> dict[str, Said]:
    """What decisions say together, by question: the later one wins, but what several leave of the
    choices is what all of them leave."""
    found: dict[str, Said] = {}
    for one in decisions:
        value = one.value if isinstance(one.value, Mapping) else {"field": one.value}
        name = str(value["field"])
        found[name] = _with(found.get(name, PLAIN), one.action, value)
    return found


def _with(said: Said, action: str, value: Mapping[str, Any]) -> Said:
    if action in ("show", "hide"):
        return replace(said, shown=action == "show")
    if action in ("require", "optional"):
        return replace(said, required=action == "require")
    if action == "read_only":
        return replace(said, read_only=True)
    if action == "only_choices":
        listed = tuple(map(str, value["choices"]))
        both = listed if said.choices is None else [c for c in said.choices if c in listed]
        return replace(said, choices=tuple(both))
    if action == "without_choices":
        return replace(said, without=said.without | set(map(str, value["choices"])))
    if action == "prefill":
        return replace(said, suggested=value["value"])
    if action == "hint":
        return replace(said, hint=(*said.hint, {"de": str(value["de"]), "en": str(value["en"])}))
    return said


def look_at(
    asking: Asking, typed: Mapping[str, Any], ask: Ask, untouched: AbstractSet[str] = frozenset()
) -> Look:
    """The form for these answers. `ask` puts the answers that count to the rules; what is
    `untouched` still says what was suggested, and may be suggested anew."""
    fixed: frozenset[str] = frozenset()
    while True:
        frame = _Frame(asking, typed, untouched, fixed)
        states: list[Answers] = [frame.counted({})]
        for _ in range(MOST_ROUNDS):
            evaluations = ask(states[-1])
            said = said_about(d for one in evaluations for d in one.decisions)
            questions = frame.settled(said, states[-1])
            counted = frame.counted(questions)
            if counted == states[-1]:
                return frame.look(questions, counted, evaluations)
            states.append(counted)
            if counted in states[:-1]:
                break
        turning = states[states.index(states[-1]) :] if states[-1] in states[:-1] else states
        moved = {
            name for one in turning for name in one.keys() | turning[0].keys()
            if one.get(name) != turning[0].get(name)
        }  # fmt: skip
        fixed = fixed | moved if moved - fixed else frozenset(properties(asking.form.schema))


class _Frame:
    """What the form itself demands, whatever rules say."""

    def __init__(
        self,
        asking: Asking,
        typed: Mapping[str, Any],
        untouched: AbstractSet[str],
        fixed: AbstractSet[str],
    ) -> None:
        self.asking, self.form = asking, asking.form
        self.typed, self.untouched, self.fixed = typed, untouched, fixed
        self.parts = properties(self.form.schema)
        self.kept: dict[str, str] = {}

    def settled(self, said: Mapping[str, Said], counted: Answers) -> dict[str, Said]:
        """What rules say, as far as the form can do it."""
        self.kept = {}
        found = {
            name: self._settle(name, one, counted)
            for name, one in said.items()
            if name in self.parts and one != PLAIN
        }
        left_out = [name for name, one in found.items() if not one.shown]
        if left_out:
            others = {name: value for name, value in counted.items() if name not in left_out}
            for name in self._stuck(others, left_out):
                found[name], self.kept[name] = replace(found[name], shown=True), "needed"
        return found

    def counted(self, questions: Mapping[str, Said]) -> Answers:
        """The answers that count when the form looks like that."""
        found: Answers = {}
        for name in ordered_names(self.form.schema, self.form.ui):
            value = self._value(name, questions.get(name, PLAIN))
            if value not in (None, "", []):
                found[name] = value
        for name in list(found):
            if not is_asked(field_ui(self.form.ui, name), found):
                del found[name]
        return found

    def look(
        self, questions: Mapping[str, Said], counted: Answers, evaluations: Iterable[Evaluation]
    ) -> Look:
        """The form narrowed to what is asked."""
        form = narrowed(self.form, questions, counted)
        taken = dict(counted)
        for name in properties(form.schema):
            said = questions.get(name, PLAIN)
            typed = None if said.read_only or name in self.untouched else self.typed.get(name)
            if typed not in (None, "", []) and is_asked(field_ui(form.ui, name), counted):
                taken[name] = typed
        return Look(form, self.form, counted, taken, questions, dict(self.kept), tuple(evaluations))

    def _settle(self, name: str, said: Said, counted: Answers) -> Said:
        if name in self.fixed:
            self.kept[name] = "circle"
            return replace(PLAIN, required=said.required, hint=said.hint)
        needed = self._needed(name, counted)
        choices = self._choices(name, said)
        if choices == () and needed:
            choices, self.kept[name] = None, "choices"
        shown = said.shown and choices != ()
        if not shown and needed:
            shown, self.kept[name] = True, "needed"
        suggested = said.suggested
        if suggested is not None:
            suggested = as_answer(self.parts[name], suggested)
            suggested = suggested if self._fits(name, suggested, choices) else None
        settled = replace(
            said, shown=shown, choices=choices, without=frozenset(), suggested=suggested
        )
        if said.read_only and (
            _is_file(self.form, name)
            or ((needed or said.required) and self._standing(name, settled) is None)
        ):
            settled, self.kept[name] = replace(settled, read_only=False), "value"
        return replace(settled, required=settled.required and not settled.read_only)

    def _choices(self, name: str, said: Said) -> tuple[str, ...] | None:
        """What is left of the answers offered; None where nothing is taken away."""
        offered = self.asking.offered(name)
        if not offered or (said.choices is None and not said.without):
            return None
        left = [one for one in offered if said.choices is None or one in said.choices]
        left = [one for one in left if one not in said.without]
        least = self.parts[name].get("minItems")
        many = kind_of(self.parts[name]) == "array"
        return () if many and isinstance(least, int) and len(left) < least else tuple(left)

    def _value(self, name: str, said: Said) -> Any:
        if not said.shown:
            return None
        if said.read_only:
            return self._standing(name, said)
        if name in self.untouched:
            value = said.suggested if said.suggested is not None else self._stands(name)
        else:
            value = self.typed.get(name)
        if said.choices is None:
            return value
        if isinstance(value, list):
            return [one for one in value if plain(one) in said.choices]
        return value if plain(value) in said.choices else None

    def _standing(self, name: str, said: Said) -> Any:
        """What a question that is only shown says."""
        value = said.suggested if said.suggested is not None else self._stands(name)
        return value if self._fits(name, value, said.choices) else None

    def _stands(self, name: str) -> Any:
        return self.asking.standing.get(name, self.parts[name].get("default"))

    def _fits(self, name: str, value: Any, choices: tuple[str, ...] | None) -> bool:
        from engine.workflow.form_schema import fits

        if value in (None, ""):
            return False
        listed = value if isinstance(value, list) else [value]
        offered = choices if choices is not None else self.asking.options.get(name)
        if offered is not None and any(plain(one) not in offered for one in listed):
            return False
        return fits({"properties": {name: self.parts[name]}}, {name: value})

    def _needed(self, name: str, counted: Answers) -> bool:
        """Whether the form demands an answer, beside the others as they are."""
        others = {other: value for other, value in counted.items() if other != name}
        return name in _demanded(self.form.schema, others)

    def _stuck(self, counted: Answers, left_out: Iterable[str]) -> set[str]:
        """Those left out that something wrong with the whole form speaks of."""
        from engine.workflow.form_schema import SchemaFault, problems_of

        try:
            problems = problems_of(self.form.schema, counted)
        except SchemaFault:
            return set(left_out)
        whole = [p for p in problems if p.validator != "required" and not p.absolute_path]
        said = json.dumps([p.validator_value for p in whole])
        return {name for name in left_out if json.dumps(name) in said}


def _is_file(form: Form, name: str) -> bool:
    return widget_of(properties(form.schema).get(name, {}), field_ui(form.ui, name)) == "file"


def _demanded(schema: Mapping[str, Any], answers: Answers) -> set[str]:
    from engine.workflow.form_schema import SchemaFault, problems_of

    try:
        problems = problems_of(schema, answers)
    except SchemaFault:
        return set(properties(schema))
    missing: list[Any] = [p.validator_value for p in problems if p.validator == "required"]
    return {str(name) for names in missing for name in names}


def narrowed(form: Form, questions: Mapping[str, Said], answers: Mapping[str, Any]) -> Form:
    """The form as a form again, so that whoever draws or checks one needs to know nothing else."""
    if not questions:
        return form
    parts, looks = properties(form.schema), {}
    required = [str(name) for name in form.schema.get("required") or ()]
    for name, said in questions.items():
        if not said.shown:
            parts.pop(name, None)
            required = [one for one in required if one != name]
            continue
        parts[name] = _part(parts[name], said, field_ui(form.ui, name))
        if said.required:
            required = [*required, *({name} - set(required))]
        look = dict(field_ui(form.ui, name))
        if said.read_only:
            look |= {"read_only": True, "value": answers.get(name)}
        if said.hint:
            look["hint"] = {
                language: " ".join(one[language] for one in said.hint) for language in ("de", "en")
            }
        looks[name] = look
    fields = form.ui.get("fields")
    ui = {**form.ui, "fields": {**(fields if isinstance(fields, dict) else {}), **looks}}
    return Form(form.name, {**form.schema, "properties": parts, "required": required}, ui)


def _part(part: dict[str, Any], said: Said, hints: Mapping[str, Any]) -> dict[str, Any]:
    if said.choices is not None:
        inner = dict(part["items"]) if isinstance(part.get("items"), Mapping) else None
        source = inner if inner is not None and kind_of(part) == "array" else part
        listed = source.get("enum")
        known = listed if isinstance(listed, list) else list(said.choices)
        enum = [one for one in known if one is None or plain(one) in said.choices]
        part = {**part, "items": {**inner, "enum": enum}} if source is inner and inner else {
            **part, "enum": enum
        }  # fmt: skip
    if said.required and kind_of(part) == "boolean" and widget_of(part, hints) == "checkbox":
        return {**part, "const": True}  # one that has to be ticked
    if said.required and kind_of(part) == "array" and widget_of(part, hints) != "file":
        least = part.get("minItems")
        return {**part, "minItems": max(1, least if isinstance(least, int) else 0)}
    return part
