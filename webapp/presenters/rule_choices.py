"""What a rule can say here, in the reader's words: facts, operators, actions and their values.

Made from the vocabulary and from the desk, so that a new own field, queue or notice is offered at
once. Form and decision table take their choices from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property
from typing import Any

from pyramid.request import Request
from sqlalchemy import select

from engine.catalogue.models import STATE_TYPES, CustomField, Priority, State
from engine.catalogue.published import ProcessInForce
from engine.catalogue.queries import all_of
from engine.commands.form_names import known_forms
from engine.commands.linking import startable
from engine.outbox.webhook_models import Webhook
from engine.people.models import Group, Organisation
from engine.people.skills import all_skills
from engine.rules import Vocabulary
from engine.rules.conditions import WHOLE as COMPARED
from engine.rules.operators import OPERATORS, Operator
from engine.rules.vocabulary import Fact, Verb
from engine.sla.happenings import KINDS
from webapp.forms.fields import field_ui
from webapp.i18n import N_, sort_key
from webapp.presenters import choices
from webapp.presenters.choices import Choices, title_of
from webapp.presenters.clock_words import LABELS
from webapp.presenters.facts import own_labels
from webapp.presenters.notice_names import notice_names
from webapp.presenters.rule_suggestions import named, suggested

Grouped = list[tuple[str, Choices]]

NOT = ":no"  # behind an operator that is said by yes or no: the opposite
CUSTOM = "custom."
SPACES = {
    "ticket": N_("Ticket"), "customer": N_("Customer"), "article": N_("Message"),
    "mail": N_("Mail"), "clock": N_("Clock"), "step": N_("Step of the process"),
    "time": N_("Time of day"), "form": N_("Answers in forms"), "custom": N_("Own fields"),
    "asked": N_("Form"),
}  # fmt: skip
SAID = {
    "is": N_("is"), "is_not": N_("is not"), "in": N_("is one of"), "not_in": N_("is none of"),
    "contains": N_("contains"), "not_contains": N_("does not contain"),
    "contains_word": N_("contains the word"),
    "starts_with": N_("starts with"), "ends_with": N_("ends with"),
    "matches": N_("matches the pattern"), "lt": N_("is less than"), "lte": N_("is at most"),
    "gt": N_("is more than"), "gte": N_("is at least"), "before": N_("is before"),
    "after": N_("is after"), "older_than_minutes": N_("is longer ago, in minutes, than"),
    "is_empty": N_("is empty"), "is_empty:no": N_("is not empty"), "has": N_("include"),
    "has_any": N_("include one of"), "has_none": N_("include none of"),
    "domain_is": N_("has the domain"), "domain_within": N_("has this domain or one below it"),
    "written_in": N_("is written in"), "before_now": N_("is earlier than (-3d, +4h, now)"),
    "after_now": N_("is later than (-3d, +4h, now)"),
    "older_than_working_hours": N_("is longer ago, in working hours, than"),
    "younger_than_working_hours": N_("is less long ago, in working hours, than"),
    "due_in_working_hours": N_("is still to come within working hours"),
    "within_calendar": N_("lies in the working time"),
    "changed": N_("has changed"), "changed:no": N_("has not changed"),
    "changed_from": N_("was before"), "changed_to": N_("has become"),
}  # fmt: skip
OFFERED_BY = {"within_calendar": "time.calendars", "written_in": "language"}  # not by the fact
WHOLE = COMPARED | set(OFFERED_BY)
OWN_KINDS = {"text": "text", "choice": "enum", "number": "number", "date": "date"}
TOLD = {
    "customer": N_("the customer"), "manager": N_("the customer's manager"),
    "owner": N_("the owner"), "responsible": N_("the person responsible"),
    "queue": N_("the agents of the queue"), "lead": N_("the team's lead"),
    "lead_manager": N_("the manager of the team's lead"),
}  # fmt: skip
OFFERED = {
    "round_robin": N_("in turn"),
    "least_loaded": N_("to whoever has the fewest open tickets"),
    "last_owner": N_("to whoever had the customer's last ticket"),
    "lead": N_("to the team's lead"),
    "last_open": N_("the customer's last open ticket"), "last": N_("the customer's last ticket"),
    "field": N_("the ticket whose number a field holds"),
    "team": N_("it stays with the team"), "anyone": N_("to anyone who is there"),
    "high": N_("high: like an escalation, in quiet hours too"),
}  # fmt: skip
WEEKDAYS = {
    "mon": N_("Monday"), "tue": N_("Tuesday"), "wed": N_("Wednesday"), "thu": N_("Thursday"),
    "fri": N_("Friday"), "sat": N_("Saturday"), "sun": N_("Sunday"),
}  # fmt: skip
LANGUAGES = {"de": N_("German"), "en": N_("English")}
MOST_GROUPS = 200
OF_FORMS = frozenset({"asked"})
NOT_OF_FORMS = frozenset({"article", "mail", "clock"})  # a form is no event of a ticket
KINDS_OF_FORM = {
    "request": N_("a request"), "new_ticket": N_("a new ticket of an agent"),
    "step": N_("a step of a process"),
}  # fmt: skip
WHO = {"customer": N_("a customer"), "agent": N_("an agent")}


class RuleChoices:
    """The choices of one request; what is asked of the desk is asked once."""

    def __init__(
        self, request: Request, vocabulary: Vocabulary, events: Iterable[str] | None = ()
    ) -> None:
        """`events` are what the ruleset hears; with None all is offered, whatever it hears."""
        self.request = request
        heard = (vocabulary.events.get(one, {}) for one in events or () if isinstance(one, str))
        self.of_forms = any(event.get("alone") for event in heard)
        self.of_all = events is None
        self.language = request.reader.language
        self.vocabulary = replace(vocabulary, titles=own_labels(request))
        self._asked: dict[str, Choices] = {}

    def facts(self) -> Grouped:
        """All facts by name, under what they are about; an open name space as `form.*`."""
        found: dict[str, Choices] = {}
        for name, fact in self.vocabulary.facts.items():
            space = name.partition(".")[0]
            if not self.of_all and space in (NOT_OF_FORMS if self.of_forms else OF_FORMS):
                continue
            offered = found.setdefault(self.about(space), [])
            if name == "custom.*":
                offered += [(f"{CUSTOM}{row.name}", self.fact_label(f"{CUSTOM}{row.name}"))
                            for row in self.own_fields if row.active]  # fmt: skip
            else:
                offered.append((name, str(fact.label[self.language])))
        return [(about, offered) for about, offered in found.items() if offered]

    def about(self, space: str) -> str:
        """What the facts of a name space are about."""
        return str(self.request.translate(SPACES[space])) if space in SPACES else space

    def fact(self, name: str) -> Fact | None:
        """The fact, an own field as the kind that it has here."""
        known = self.vocabulary.fact(name)
        own = next((row for row in self.own_fields if f"{CUSTOM}{row.name}" == name), None)
        if known is None or own is None:
            return known
        return replace(known, kind=OWN_KINDS.get(own.kind, known.kind))

    def fact_label(self, name: str) -> str:
        """What a fact is called, with its article."""
        known = self.vocabulary.fact(name)
        return str(known.label[self.language]) if known else name

    def operators(self, name: str) -> Choices:
        """The operators that fit the fact; one that takes yes or no stands twice (see NOT)."""
        fact = self.fact(name)
        found: Choices = []
        for operator in OPERATORS.values():
            if fact is not None and fact.kind != "any" and fact.kind not in operator.kinds:
                continue
            found.append((operator.name, self.operator_label(operator.name)))
            if operator.value == "flag":
                found.append((operator.name + NOT, self.operator_label(operator.name + NOT)))
        return found

    def operator_label(self, name: str) -> str:
        """An operator in words, also one that is new in the table of operators."""
        if name in SAID:
            return str(self.request.translate(SAID[name]))
        operator = OPERATORS.get(name.removesuffix(NOT))
        if operator is None:
            return name
        words = operator.words[self.language][1 if name.endswith(NOT) else 0]
        return words.replace("{fact}", "").replace("{value}", "…").strip(" …")

    def values(self, name: str) -> Choices:
        """What the fact can be; empty where it is said in free words."""
        fact = self.fact(name)
        if fact is None:
            return []
        if fact.kind == "boolean":
            return self.yes_or_no()
        return self._desk(name.removeprefix("ticket."), fact.values)

    def compared(self, name: str, op: str) -> Choices:
        """The values that an operator compares the fact with; empty where they are free words."""
        op = op.removesuffix(NOT)
        if op in OFFERED_BY:
            return self._desk(OFFERED_BY[op], ())
        return self.values(name) if op in WHOLE else []

    def suggested(self, name: str) -> Choices:
        """What the desk has for a fact, an open name space or an action that takes any words."""
        name = "form" if name == "form.*" else name.removeprefix("ticket.")
        key = f"{name}?"
        if key not in self._asked:
            self._asked[key] = suggested(self.request, name)
        return self._asked[key]

    def yes_or_no(self) -> Choices:
        """The two values of a fact that is so or not."""
        _ = self.request.translate
        return [("true", _(N_("yes"))), ("false", _(N_("no")))]

    def actions(self) -> Grouped:
        """All actions: one that sets fields stands once for each of them, as `set.queue`."""
        _ = self.request.translate
        fields: dict[str, Choices] = {}
        others: Choices = []
        for verb in self.vocabulary.actions.values():
            if not self.of_all and bool(verb.event) is not self.of_forms:
                continue
            label = str(verb.label[self.language])
            if verb.value == "mapping" and not verb.required and verb.fields:
                fields[label] = list(self._fields(verb))
            else:
                others.append((verb.name, label))
        about = _(N_("Questions")) if self.of_forms else _(N_("Other actions"))
        return [*fields.items(), (about, others)] if others else [*fields.items()]

    def field_label(self, verb: str, name: str) -> str:
        """What a field of an action is called."""
        if name.startswith(CUSTOM):
            return own_labels(self.request).get(name, name)
        known = self.vocabulary.actions.get(verb)
        field = known.fields.get(name, {}) if known else {}
        label = field.get("label")
        return str(label.get(self.language, name)) if isinstance(label, dict) else name

    def field_values(self, verb: str, name: str) -> Choices:
        """What a field of an action can be set to; empty where it is said in free words.

        An action that takes one value alone has no field: its name is empty.
        """
        known = self.vocabulary.actions.get(verb)
        field = known.fields.get(name, {}) if known else {}
        values = field.get("values")
        if isinstance(values, list):
            return [(one, str(self.request.translate(OFFERED.get(one, one)))) for one in values]
        return self._desk(name or verb, ())

    @cached_property
    def own_fields(self) -> list[CustomField]:
        """The fields of this company, also those no longer offered."""
        return list(self.request.db.scalars(select(CustomField).order_by(CustomField.name)))

    def _fields(self, verb: Verb) -> Iterable[tuple[str, str]]:
        for name in verb.fields:
            if name == "custom.*":
                for row in self.own_fields:
                    if row.active:
                        own = f"{CUSTOM}{row.name}"
                        yield f"{verb.name}.{own}", self.field_label(verb.name, own)
            else:
                yield f"{verb.name}.{name}", self.field_label(verb.name, name)

    def _desk(self, name: str, values: Iterable[Any]) -> Choices:
        if name not in self._asked:
            self._asked[name] = self._of_desk(name)
        return self._asked[name] or named(self.request, name, values)

    def _of_desk(self, name: str) -> Choices:
        if name.startswith(CUSTOM):
            row = next((r for r in self.own_fields if f"{CUSTOM}{r.name}" == name), None)
            return [(str(one), str(one)) for one in row.choices] if row else []
        asked = _DESK.get(name)
        return asked(self.request) if asked else []


def operator_of(name: str) -> Operator | None:
    """The operator behind a choice."""
    return OPERATORS.get(name.removesuffix(NOT))


def _priorities(request: Request) -> Choices:
    rows = all_of(request.db, Priority)
    return [(str(row.rank), request.translate(row.name)) for row in rows]


def _states(request: Request) -> Choices:
    return [(row.name, title_of(request, row)) for row in all_of(request.db, State)]


def _state_types(request: Request) -> Choices:
    return [(kind, request.translate(kind)) for kind in STATE_TYPES]


def _languages(request: Request) -> Choices:
    return [(name, request.translate(label)) for name, label in LANGUAGES.items()]


def _notices(request: Request) -> Choices:
    return sorted(notice_names(request).items(), key=lambda one: sort_key(one[1]))


def _told(request: Request) -> Choices:
    """Everybody who can be told: around the ticket, a role, a group, an agent."""
    _ = request.translate
    words = [(word, _(label)) for word, label in TOLD.items()]
    roles = [(f"role:{role}", _(label)) for role, label in choices.ROLES.items()]
    names = request.db.scalars(select(Group.name).order_by(Group.name).limit(MOST_GROUPS))
    groups = [(f"group:{name}", _(N_("group %(name)s")) % {"name": name}) for name in names]
    return [*words, *roles, *groups, *choices.agent_choices(request)]


def _clocks(request: Request) -> Choices:
    return [(kind, request.translate(LABELS[kind])) for kind in KINDS]


def _weekdays(request: Request) -> Choices:
    return [(name, request.translate(label)) for name, label in WEEKDAYS.items()]


def _groups(request: Request) -> Choices:
    names = request.db.scalars(select(Group.name).order_by(Group.name).limit(MOST_GROUPS))
    return [(name, name) for name in names]


def _forms(request: Request) -> Choices:
    pick = request.reader.pick
    return [(form.name, pick(form.title) or form.name) for form in known_forms(request.work)]


def _questions(request: Request) -> Choices:
    """The questions of all forms, each with what it is called and asked as."""
    found: dict[str, str] = {}
    for form in known_forms(request.work):
        for name in form.questions:
            look = field_ui(form.asking.form.ui, name)
            found.setdefault(name, request.reader.pick(look.get("label")) or name)
    named = [(name, f"{label} ({name})") for name, label in found.items()]
    return sorted(named, key=lambda one: sort_key(one[1]))


def _said(words: dict[str, str]) -> Callable[[Request], Choices]:
    return lambda request: [(name, request.translate(label)) for name, label in words.items()]


def _organisations(request: Request) -> Choices:
    names = request.db.scalars(select(Organisation.name).limit(MOST_GROUPS + 1)).all()
    fit = sorted(names, key=sort_key) if len(names) <= MOST_GROUPS else []
    return [(name, name) for name in fit]


def _processes(request: Request) -> Choices:
    versions = {row.key: row.version for row in request.db.scalars(select(ProcessInForce))}
    pick = request.reader.pick
    return [(key, pick(versions[key].title) or key) for key in startable(request.db)]


def _fields(request: Request) -> Choices:
    labels = own_labels(request)
    rows = request.db.scalars(select(CustomField).where(CustomField.active))
    return sorted((row.name, labels.get(f"{CUSTOM}{row.name}", row.name)) for row in rows)


def _skills(request: Request) -> Choices:
    return [(name, name) for name in all_skills(request.db)]


def _webhooks(request: Request) -> Choices:
    return [(n, n) for n in request.db.scalars(select(Webhook.name).order_by(Webhook.name))]


_DESK: dict[str, Callable[[Request], Choices]] = {
    "queue": choices.queue_choices,
    "type": choices.type_choices,
    "service": choices.service_choices,
    "sla": choices.sla_choices,
    "owner": choices.agent_choices,
    "responsible": choices.agent_choices,
    "priority": _priorities,
    "state": _states,
    "state_type": _state_types,
    "language": _languages,
    "template": _notices,
    "to": _told,
    "watch": _told,
    "group": _groups,
    "time.weekday": _weekdays,
    "time.calendars": choices.calendar_choices,
    "clock.kind": _clocks,
    "customer.organisation": _organisations,
    "webhook": _webhooks,
    "skill": _skills,
    "process": _processes,
    "field": _fields,
    "asked.form": _forms,
    "asked.kind": _said(KINDS_OF_FORM),
    "asked.who": _said(WHO),
    "asked.language": _languages,
    **dict.fromkeys(("field", "show", "hide", "require", "optional", "read_only"), _questions),
}
