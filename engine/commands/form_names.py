"""The forms of this desk, and whether form rules name questions and answers that are in them.

A rule about a form that is no more, or about a question that it does not ask, would do nothing and
nobody would know; one that leaves out what the form cannot do without would be ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from engine.catalogue.models import Offer, Priority
from engine.catalogue.published import ProcessInForce
from engine.catalogue.queries import all_of, queues
from engine.commands.form_looks import Asking
from engine.commands.form_rules import (
    ANSWER,
    CHANNELS,
    NEW_TICKET,
    NEW_TICKET_FORM,
    desk_options,
)
from engine.errors import VorgangError
from engine.rules.conditions import WHOLE, close_to
from engine.rules.facts import Facts
from engine.rules.operators import holds
from engine.rules.ruleset import Action, Atom, Rule
from engine.rules.trace import atoms_of
from engine.work import Work
from engine.workflow import Form
from engine.workflow.form_questions import as_answer, plain, properties

FORM = "asked.form"
ABOUT = (FORM, "asked.kind")
NOW = datetime(2026, 1, 1, tzinfo=UTC)  # nothing that is asked of a form's name depends on it
Said = tuple[str, str]  # what is wrong, how to mend it


@dataclass(frozen=True)
class KnownForm:
    """A form by the name that rules call it, with what it is called by people."""

    name: str
    kind: str
    title: dict[str, str]
    asking: Asking
    offer: Offer | None = None  # of which it is the form

    @property
    def questions(self) -> dict[str, dict[str, Any]]:
        """Its questions by name."""
        return properties(self.asking.form.schema)

    def needs(self, question: str) -> bool:
        """Whether it cannot do without an answer to this."""
        return question in (self.asking.form.schema.get("required") or ())


def known_forms(work: Work) -> list[KnownForm]:
    """All forms that rules can be asked about: of requests and of the steps of processes."""
    found = []
    for offer in work.session.scalars(select(Offer).where(Offer.active).order_by(Offer.position)):
        form = Form(offer.key, offer.form.get("schema", {}), offer.form.get("ui", {}))
        title = dict(offer.document.get("title") or {})
        name = f"request/{offer.key}"
        found.append(KnownForm(name, "request", title, Asking(form), offer))
    asking = Asking(NEW_TICKET_FORM, {}, _new_ticket_options(work))
    title = dict(NEW_TICKET_FORM.ui["title"])
    found.append(KnownForm(NEW_TICKET, NEW_TICKET, title, asking))
    for row in work.session.scalars(select(ProcessInForce).order_by(ProcessInForce.key)):
        found += _steps(work, row)
    return found


def _new_ticket_options(work: Work) -> dict[str, tuple[str, ...]]:
    """What can be chosen when an agent opens a ticket; each of them finds some of it."""
    offers = work.session.scalars(select(Offer.key).where(Offer.active).order_by(Offer.position))
    return {
        "offer": tuple(offers),
        "queue": tuple(queue.name for queue in queues(work.session)),
        "priority": tuple(row.name for row in all_of(work.session, Priority)),
        "channel": CHANNELS,
    }


def _steps(work: Work, row: ProcessInForce) -> Iterator[KnownForm]:
    try:
        definition = work.desk.library.definition(row.version)
    except VorgangError:
        return  # one that cannot be run asks nothing
    for step in definition.steps.values():
        form = definition.forms.get(step.form or "")
        if form is not None:
            whose = row.version.title or {}
            title = {
                language: f"{whose.get(language, row.key)}: {text}"
                for language, text in (step.title or {"de": step.name, "en": step.name}).items()
            }
            asking = Asking(form, {}, desk_options(work, form))
            yield KnownForm(f"step/{row.key}/{step.id}", "step", title, asking)


@dataclass
class FormNames:
    """The forms of one desk, looked at for many rules."""

    work: Work
    forms: list[KnownForm] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.forms = known_forms(self.work)

    def in_rule(self, rule: Rule) -> Iterator[tuple[int | None, Said]]:
        """What a form rule names and its forms have not, with the line."""
        unknown = list(self._forms(rule))
        yield from unknown
        if unknown:
            return
        about = [form for form in self.forms if _is_about(rule, form)]
        for atom, _ in atoms_of(rule.when):
            if atom.fact.startswith(ANSWER):
                for said in _condition(atom, about):
                    yield atom.line, said
        for action in rule.then:
            for said in _action(action, about):
                yield rule.line, said

    def _forms(self, rule: Rule) -> Iterator[tuple[int | None, Said]]:
        names = [form.name for form in self.forms]
        for atom, _ in atoms_of(rule.when):
            for value in _values(atom) if atom.fact == FORM else ():
                if str(value) not in names:
                    yield atom.line, (f"there is no form called {value!r}", close_to(value, names))


def _is_about(rule: Rule, form: KnownForm) -> bool:
    """Whether the rule can be about this form, by what has to be so."""
    if rule.when is None or rule.when.mode != "all":
        return True
    facts = Facts({FORM: form.name, "asked.kind": form.kind}, None, NOW)
    named = [m for m in rule.when.members if isinstance(m, Atom) and m.fact in ABOUT]
    return all(holds(facts, atom) for atom in named)


def _values(atom: Atom) -> Iterable[Any]:
    if atom.op not in WHOLE:
        return ()
    return atom.value if isinstance(atom.value, tuple) else (atom.value,)


def _condition(atom: Atom, about: list[KnownForm]) -> Iterator[Said]:
    name = atom.fact.removeprefix(ANSWER)
    asking = [form for form in about if name in form.questions]
    if not asking:
        yield _not_asked(name, about)
        return
    offered = _offered(name, asking)
    for value in _values(atom) if offered else ():
        if plain(value) not in offered:
            yield f"{value!r} is no answer to {name!r}", close_to(value, offered)


def _action(action: Action, about: list[KnownForm]) -> Iterator[Said]:
    value = action.value if isinstance(action.value, dict) else {"field": action.value}
    name = str(value.get("field"))
    asking = [form for form in about if name in form.questions]
    if not asking:
        yield _not_asked(name, about)
        return
    if action.verb == "hide" and all(form.needs(name) for form in asking):
        yield f"the form needs an answer to {name!r}, so it is asked all the same", "take it out"
    if "choices" in value:
        offered = _offered(name, asking)
        if not offered:
            yield f"{name!r} is answered in free words: there is nothing to choose", ""
        for choice in value["choices"] if offered else ():
            if str(choice) not in offered:
                yield f"{choice!r} is no answer to {name!r}", close_to(choice, offered)
    if action.verb == "prefill" and not any(_fits(form, name, value["value"]) for form in asking):
        yield (
            f"{value['value']!r} is no answer to {name!r}",
            close_to(value["value"], _offered(name, asking)),
        )


def _not_asked(name: str, about: list[KnownForm]) -> Said:
    questions = sorted({question for form in about for question in form.questions})
    return f"no form that this rule is about asks {name!r}", close_to(name, questions)


def _offered(name: str, asking: list[KnownForm]) -> list[str]:
    """The answers to a question; none as soon as one form takes free words or numbers."""
    listed = [
        ["true", "false"]
        if form.questions[name].get("type") == "boolean"
        else form.asking.offered(name)
        for form in asking
    ]
    return sorted({one for some in listed for one in some}) if all(listed) else []


def _fits(form: KnownForm, name: str, value: Any) -> bool:
    from engine.workflow.form_schema import fits

    value, offered = as_answer(form.questions[name], value), form.asking.options.get(name)
    if offered is not None and plain(value) not in offered:
        return False
    return fits({"properties": {name: form.questions[name]}}, {name: value})
