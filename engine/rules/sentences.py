"""A rule as the sentence that a colleague would say, for people who only read rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.rules.form_words import form_words
from engine.rules.operators import OPERATORS, in_words
from engine.rules.ruleset import Action, Atom, Group, Rule
from engine.rules.vocabulary import Vocabulary

MOST_VALUES = 8  # of one condition; the rest is counted
_MARK, _END = "\x01", "\x02"  # around values, so that a page can set them apart
_AND = {"en": " and ", "de": " und "}
_OR = {"en": " or ", "de": " oder "}
_IF = {"en": "If {why}, {do}{stop}.", "de": "Wenn {why}, {do}{stop}."}
_ALWAYS = {"en": "Always: {do}{stop}.", "de": "Immer: {do}{stop}."}
_ELSE = {"en": "Otherwise {do}.", "de": "Sonst {do}."}
_STOP = {"en": ", and stop", "de": ", danach ist Schluss"}
_MORE = {"en": "{n} more", "de": "{n} weitere"}
_BOOL = {"en": ("no", "yes"), "de": ("nein", "ja")}
# verb or "set.field": what is to be done, in both languages with {v}
_DO = {
    "set.queue": ("put it into {v}", "lege es nach {v}"),
    "set.priority": ("set the priority to {v}", "setze die Priorität auf {v}"),
    "set.type": ("make it a {v}", "setze den Typ auf {v}"),
    "set.service": ("set the service to {v}", "setze den Service auf {v}"),
    "set.sla": ("set the SLA to {v}", "setze das SLA auf {v}"),
    "set.owner": ("make {v} the owner", "trage {v} als Bearbeiter ein"),
    "set.responsible": ("make {v} responsible", "trage {v} als Verantwortlichen ein"),
    "set.state": ("set the state to {v}", "setze den Status auf {v}"),
    "set": ("set {n} to {v}", "setze {n} auf {v}"),
    "raise_priority": ("raise the priority by {v}", "erhöhe die Priorität um {v}"),
    "watch": ("let {v} watch it", "lass {v} mitlesen"),
    "add_tag": ("add the tag {v}", "ergänze das Schlagwort {v}"),
    "remove_tag": ("remove the tag {v}", "entferne das Schlagwort {v}"),
    "note": ("write the note {v}", "schreibe die Notiz {v}"),
    "notify": ("tell {v}", "benachrichtige {v}"),
    "webhook": ("call the webhook {v}", "rufe den Webhook {v} auf"),
    "create_ticket": ("create the subtask {v}", "lege das untergeordnete Ticket {v} an"),
    "start_process": (
        "start the process {v} in a subtask",
        "beginne den Prozess {v} in einem untergeordneten Ticket",
    ),
    "link": ("link it with {v}", "verknüpfe es mit {v}"),
    "message": ("send the process the message {v}", "melde dem Prozess {v}"),
    "variable": ("tell the process that {n} is {v}", "gib dem Prozess {n} = {v} mit"),
}
_ASSIGN = {
    "round_robin": ("hand it out in turn", "teile es reihum zu"),
    "least_loaded": (
        "hand it to whoever has the fewest open tickets",
        "teile es der Person mit den wenigsten offenen Tickets zu",
    ),
    "last_owner": (
        "hand it to whoever had the customer's last ticket, else in turn",
        "teile es dem letzten Bearbeiter des Kunden zu, sonst reihum",
    ),
    "lead": ("hand it to the team's lead", "teile es der Leitung des Teams zu"),
}
LINKED = {
    "last_open": ("the customer's last open ticket", "dem letzten offenen Ticket des Kunden"),
    "last": ("the customer's last ticket", "dem letzten Ticket des Kunden"),
    "field": ("the ticket named in a field", "dem Ticket, das in einem Feld steht"),
}
_PEOPLE = {
    "customer": ("the customer", "den Kunden"),
    "manager": ("the customer's manager", "die Führungskraft des Kunden"),
    "owner": ("the owner", "den Bearbeiter"),
    "responsible": ("the person responsible", "den Verantwortlichen"),
    "queue": ("the agents of the queue", "die Agenten der Warteschlange"),
    "lead": ("the team's lead", "die Leitung des Teams"),
    "lead_manager": ("the manager of the team's lead", "die Führungskraft der Teamleitung"),
}


@dataclass(frozen=True)
class Part:
    """A piece of a sentence; `value` says that it is a value rather than a word of ours."""

    text: str
    value: bool = False


def sentence(rule: Rule, vocabulary: Vocabulary, language: str) -> list[Part]:
    """The whole rule: events and conditions, what is done, and whether it ends the asking."""
    teller = _Teller(vocabulary, "de" if language.startswith("de") else "en")
    return _parts(teller.rule(rule))


def halves(rule: Rule, vocabulary: Vocabulary, language: str) -> tuple[str, str]:
    """The conditions and the actions, each by itself and without marks."""
    teller = _Teller(vocabulary, "de" if language.startswith("de") else "en")
    both = teller.group(rule.when, True), teller.done(rule.then)
    when, then = (plain_text(_parts(text)) for text in both)
    return when, then


def default_sentence(
    actions: Sequence[Action], vocabulary: Vocabulary, language: str
) -> list[Part]:
    """What is done where no rule of a set matches; empty where nothing is."""
    teller = _Teller(vocabulary, "de" if language.startswith("de") else "en")
    return _parts(_ELSE[teller.language].format(do=teller.done(actions))) if actions else []


def plain_text(parts: Iterable[Part]) -> str:
    """The sentence without marks."""
    return "".join(part.text for part in parts)


def _parts(text: str) -> list[Part]:
    found: list[Part] = []
    for piece in text.split(_MARK):
        value, closed, rest = piece.partition(_END)
        found.append(Part(value, bool(closed)))
        found.append(Part(rest))
    return [part for part in found if part.text]


class _Teller:
    def __init__(self, vocabulary: Vocabulary, language: str) -> None:
        self.vocabulary = vocabulary
        self.language = language
        self.index = 0 if language == "en" else 1

    def rule(self, rule: Rule) -> str:
        """The rule with marked values."""
        around = True if rule.events else None
        reasons = [self.events(rule.events), self.group(rule.when, True, around)]
        why = _AND[self.language].join(reason for reason in reasons if reason)
        frame = _IF if why else _ALWAYS
        stop = _STOP[self.language] if rule.stop else ""
        return frame[self.language].format(why=why, do=self.done(rule.then), stop=stop)

    def events(self, events: Iterable[str]) -> str:
        """On which events the rule is asked, in the words of the vocabulary."""
        known = [self.vocabulary.events.get(event, {}) for event in sorted(events)]
        phrases = [str(one.get("phrase", {}).get(self.language, "")) for one in known]
        return self.joined([phrase for phrase in phrases if phrase], _OR)

    def group(self, group: Group | None, wanted: bool, around: bool | None = None) -> str:
        """Conditions joined; what must not be so is said by its opposite.

        `around` says whether the conditions about it all have to hold, None where there are none.
        """
        if group is None:
            return ""
        wanted = wanted is not (group.mode == "none")
        every = not wanted if group.mode == "none" else (group.mode == "all") is wanted
        inner = around if len(group.members) == 1 else every
        members = [
            self.atom(member, wanted)
            if isinstance(member, Atom)
            else self.group(member, wanted, inner)
            for member in group.members
        ]
        text = self.joined(members, _AND if every else _OR)
        alone = around is None or around is every or len(members) < 2
        return text if alone else f"({text})"

    def atom(self, atom: Atom, wanted: bool) -> str:
        """One condition as a clause."""
        fact = self.vocabulary.fact(atom.fact)
        label = fact.label[self.language] if fact else atom.fact
        operator = OPERATORS[atom.op]
        if fact and isinstance(atom.value, bool) and atom.op in ("is", "is_not"):
            said = atom.value is ((atom.op == "is") is wanted)
            phrase = fact.phrases.get(str(said).lower())
            if phrase:
                return str(phrase[self.language])
        if operator.value == "flag" and atom.value is False:
            wanted = not wanted
        words = operator.words[self.language][0 if wanted else 1]
        return words.replace("{fact}", label).replace("{value}", self.compared(atom))

    def done(self, actions: Sequence[Action]) -> str:
        """All actions in the imperative."""
        return self.joined([text for action in actions for text in self.action(action)], _AND)

    def action(self, action: Action) -> list[str]:
        """One action; a mapping is as many things to do as it has fields."""
        value = action.value
        of_forms = form_words(action.verb, value, self.language, self.value)
        if of_forms is not None:
            return [of_forms]
        if action.verb == "notify" and isinstance(value, Mapping):
            return [self.do("notify", "", self.person(str(value.get("to", ""))))]
        if action.verb == "watch":
            return [self.do("watch", "", self.person(str(value)))]
        if action.verb == "create_ticket" and isinstance(value, Mapping):
            return [self.do("create_ticket", "", self.value(value.get("title", "")))]
        if action.verb == "start_process" and isinstance(value, Mapping):
            return [self.do("start_process", "", self.value(value.get("process", "")))]
        if action.verb == "link" and isinstance(value, Mapping):
            return [self.do("link", "", LINKED.get(str(value.get("to")), ("?", "?"))[self.index])]
        if action.verb == "assign" and isinstance(value, Mapping):
            return [self.assign(value)]
        if isinstance(value, Mapping):
            return [self.do(action.verb, str(n), self.value(v)) for n, v in value.items()]
        return [self.do(action.verb, "", self.value(value))]

    def do(self, verb: str, name: str, value: str) -> str:
        """One thing to do, said with its value."""
        words = _DO.get(f"{verb}.{name}") or _DO.get(verb) or (f"{verb} {{n}} {{v}}",) * 2
        return words[self.index].replace("{n}", name).replace("{v}", value)

    def assign(self, value: Mapping[str, Any]) -> str:
        """In which way the ticket is handed out, and within which group."""
        text = _ASSIGN.get(str(value.get("to")), ("hand it out", "teile es zu"))[self.index]
        if value.get("group"):
            text += (" in the group ", " in der Gruppe ")[self.index] + self.value(value["group"])
        if value.get("skill"):
            among = (" to people with the skill ", " an Leute mit der Fähigkeit ")[self.index]
            text += among + self.value(value["skill"])
            if value.get("else") == "anyone":
                text += (", else to anyone", ", sonst an alle")[self.index]
        return text

    def person(self, to: str) -> str:
        """Who is told."""
        if to in _PEOPLE:
            return _PEOPLE[to][self.index]
        if to.startswith("group:"):
            return ("the group ", "die Gruppe ")[self.index] + self.value(to[6:])
        return self.value(to)

    def compared(self, atom: Atom) -> str:
        """What a condition compares with."""
        return self.value(in_words(OPERATORS[atom.op], atom.value, self.language))

    def value(self, value: Any) -> str:
        """A value as it is said, marked; of many values the first and how many more."""
        if isinstance(value, list | tuple):
            shown = [self.value(member) for member in value[:MOST_VALUES]]
            if len(value) > MOST_VALUES:
                shown.append(_MORE[self.language].format(n=len(value) - MOST_VALUES))
            return self.joined(shown, _OR)
        if isinstance(value, bool):
            value = _BOOL[self.language][value]
        return f"{_MARK}{str(value).replace(_MARK, '').replace(_END, '')}{_END}"

    def joined(self, parts: Sequence[str], last: Mapping[str, str]) -> str:
        """`a, b and c`."""
        if len(parts) < 3:
            return last[self.language].join(parts)
        return last[self.language].join([", ".join(parts[:-1]), parts[-1]])
