"""The page of all that rules can say at this desk: facts, comparisons, actions, events, keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pyramid.request import Request

from engine.rules import Vocabulary, key_words
from engine.rules.operators import OPERATORS
from engine.rules.reference import action_for, as_text, condition_by, condition_for
from engine.rules.vocabulary import Verb
from webapp.i18n import N_
from webapp.presenters.choices import Choices
from webapp.presenters.rule_choices import CUSTOM, NOT, RuleChoices

MOST_VALUES = 12
KINDS = {
    "string": N_("short text, compared whole"), "text": N_("long text, searched in"),
    "number": N_("number"), "boolean": N_("yes or no"), "date": N_("moment"),
    "list": N_("list"), "enum": N_("one of a few"), "any": N_("as the value says"),
    "mapping": N_("fields"),
}  # fmt: skip
TAKEN = {
    "one": N_("one value"), "many": N_("a list of values"), "some": N_("one value or a list"),
    "minutes": N_("a number of minutes"), "hours": N_("a number of working hours"),
    "offset": N_("how far from now: -3d, +4h, now"),
    "flag": N_("true or false; true where it is left out"),
}  # fmt: skip
KEYS = (
    (N_("A ruleset"), key_words.RULESET), (N_("A rule"), key_words.RULE),
    (N_("A group of conditions"), key_words.GROUP), (N_("A condition"), key_words.CONDITION),
    (N_("An example"), key_words.EXAMPLE), (N_("What an example expects"), key_words.EXPECTED),
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One thing that can be said; `lists` are what belongs to it, each with its heading."""

    id: str
    name: str
    label: str
    kind: str = ""
    lists: Sequence[tuple[str, Choices]] = ()
    more: int = 0  # values that are not listed
    example: str = ""


@dataclass(frozen=True)
class Section:
    """Entries under a heading, in groups where there are many."""

    id: str
    title: str
    groups: Sequence[tuple[str, Sequence[Entry]]] = field(default_factory=tuple)


def sections_of(request: Request, vocabulary: Vocabulary, wanted: str = "") -> list[Section]:
    """Everything, or what all the words that are looked for stand in."""
    words = RuleChoices(request, vocabulary, None)
    _ = request.translate
    found = [
        Section("facts", _(N_("What is asked about")), list(_facts(words))),
        Section("operators", _(N_("How it is compared")), [("", list(_operators(words)))]),
        Section("actions", _(N_("What is done")), [("", list(_actions(words)))]),
        Section("events", _(N_("When rules are asked")), [("", list(_events(words)))]),
        Section("keys", _(N_("How it is written")), list(_keys(words))),
    ]
    return [kept for one in found if (kept := _narrowed(one, wanted.casefold().split())).groups]


def _narrowed(section: Section, wanted: Sequence[str]) -> Section:
    groups = [
        (about, [entry for entry in entries if _has(entry, about, wanted)])
        for about, entries in section.groups
    ]
    return Section(section.id, section.title, [one for one in groups if one[1]])


def _has(entry: Entry, about: str, wanted: Sequence[str]) -> bool:
    said = [about, entry.name, entry.label, entry.kind]
    said += [part for _, some in entry.lists for pair in some for part in pair]
    text = "\n".join(said).casefold()
    return all(word in text for word in wanted)


def _facts(words: RuleChoices) -> Iterable[tuple[str, list[Entry]]]:
    _ = words.request.translate
    for about, some in words.facts():
        entries = []
        for name, label in some:
            fact = words.fact(name) or words.vocabulary.facts[name]
            values, operators = words.values(name), _fitting(words, name)
            example = condition_for(fact, [value for value, _ in values])
            lists = [(_(N_("Values")), values[:MOST_VALUES]), (_(N_("Comparisons")), operators)]
            entries.append(Entry(
                f"fact-{name}", name, label, _(KINDS.get(fact.kind, fact.kind)), lists,
                max(0, len(values) - MOST_VALUES), as_text(example),
            ))  # fmt: skip
        yield about, entries


def _fitting(words: RuleChoices, name: str) -> Choices:
    return [one for one in words.operators(name) if not one[0].endswith(NOT)]


def _operators(words: RuleChoices) -> Iterable[Entry]:
    _ = words.request.translate
    for operator in OPERATORS.values():
        kinds = [(kind, _(KINDS[kind])) for kind in KINDS if kind in operator.kinds]
        yield Entry(
            f"operator-{operator.name}", operator.name, words.operator_label(operator.name),
            _(TAKEN.get(operator.value, operator.value)), [(_(N_("For")), kinds)],
            example=as_text(condition_by(operator, words.vocabulary)),
        )  # fmt: skip


def _actions(words: RuleChoices) -> Iterable[Entry]:
    _ = words.request.translate

    def values(verb: str, name: str) -> list[str]:
        return [value for value, _ in words.field_values(verb, name)]

    for verb in words.vocabulary.actions.values():
        lists = [(_(N_("Fields")), list(_fields(words, verb)))] if verb.fields else []
        offered = words.field_values(verb.name, "") if verb.value != "mapping" else []
        lists += [(_(N_("Values")), offered[:MOST_VALUES])] if offered else []
        yield Entry(
            f"action-{verb.name}", verb.name, str(verb.label[words.language]),
            _(KINDS.get(verb.value, verb.value)), lists, max(0, len(offered) - MOST_VALUES),
            as_text(action_for(verb, values)),
        )  # fmt: skip


def _fields(words: RuleChoices, verb: Verb) -> Iterable[tuple[str, str]]:
    """The fields with what they are called, the company's own among them."""
    needed = words.request.translate(N_("must be there"))
    for name in verb.fields:
        own = [CUSTOM + row.name for row in words.own_fields if row.active]
        for one in own if name == "custom.*" else [name]:
            label = words.field_label(verb.name, one)
            yield one, f"{label} ({needed})" if one in verb.required else label


def _events(words: RuleChoices) -> Iterable[Entry]:
    for name, event in words.vocabulary.events.items():
        label = str(event["label"][words.language])
        yield Entry(f"event-{name}", name, label, example=f"events: [{name}]")


def _keys(words: RuleChoices) -> Iterable[tuple[str, list[Entry]]]:
    for about, keys in KEYS:
        said: Mapping[str, key_words.Said] = keys
        yield (
            words.request.translate(about),
            [
                Entry(f"key-{about.split()[-1]}-{key}", key, text[words.language])
                for key, text in said.items()
            ],
        )
