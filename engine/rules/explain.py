"""Why a rule decided what it did, as a sentence in German or English for the person who asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.rules.form_words import form_words
from engine.rules.operators import OPERATORS, in_words
from engine.rules.sentences import LINKED
from engine.rules.vocabulary import Vocabulary, quoted

MOST_REASONS = 6
_AND = {"en": " and ", "de": " und "}
_OR = {"en": " or ", "de": " oder "}
_NOTHING = {
    "en": "No rule of {ruleset} (release {release}) decided anything.",
    "de": "Keine Regel von {ruleset} (Stand {release}) hat etwas entschieden.",
}
_DEFAULT = {
    "en": "No rule of {ruleset} (release {release}) matched, so its default {did}.",
    "de": "Keine Regel von {ruleset} (Stand {release}) hat zugetroffen; ihre Vorgabe {did}.",
}
_RULE = {
    "en": "Rule “{title}” ({ruleset}, release {release}) {did} because {why}.",
    "de": "Die Regel „{title}“ ({ruleset}, Stand {release}) {did}, weil {why}.",
}
_ALWAYS = {"en": "it applies to every ticket", "de": "sie für jedes Ticket gilt"}
# verb or "set.field": what was done, in both languages with {value}; German put so that
# "hat … getan" can stand in the main clause.
_DID = {
    "set.queue": ("put the ticket into {v}", "hat das Ticket nach {v} gelegt"),
    "set.priority": ("set the priority to {v}", "hat die Priorität auf {v} gesetzt"),
    "set.type": ("made the ticket a {v}", "hat den Typ auf {v} gesetzt"),
    "set.service": ("set the service to {v}", "hat den Service auf {v} gesetzt"),
    "set.sla": ("set the SLA to {v}", "hat das SLA auf {v} gesetzt"),
    "set.owner": ("made {v} the owner", "hat {v} als Bearbeiter eingetragen"),
    "set.responsible": ("made {v} responsible", "hat {v} als Verantwortlichen eingetragen"),
    "set.state": ("set the state to {v}", "hat den Status auf {v} gesetzt"),
    "raise_priority": ("raised the priority by {v}", "hat die Priorität um {v} erhöht"),
    "watch": ("let {v} watch the ticket", "hat {v} mitlesen lassen"),
    "add_tag": ("added the tag {v}", "hat das Schlagwort {v} ergänzt"),
    "remove_tag": ("removed the tag {v}", "hat das Schlagwort {v} entfernt"),
    "note": ("wrote the note {v}", "hat die Notiz {v} geschrieben"),
    "notify": ("notified {v}", "hat {v} benachrichtigt"),
    "webhook": ("called the webhook {v}", "hat den Webhook {v} aufgerufen"),
    "create_ticket": ("created the subtask {v}", "hat das untergeordnete Ticket {v} angelegt"),
    "start_process": (
        "started the process {v} in a subtask",
        "hat den Prozess {v} in einem untergeordneten Ticket begonnen",
    ),
    "link": ("linked the ticket with {v}", "hat das Ticket mit {v} verknüpft"),
    "message": ("sent the message {v} to the process", "hat dem Prozess {v} gemeldet"),
    "variable": ("told the process {v}", "hat dem Prozess {v} mitgegeben"),
}
_ASSIGNED = {
    "round_robin": ("handed the ticket out in turn", "hat das Ticket reihum zugeteilt"),
    "least_loaded": (
        "handed the ticket to whoever had the fewest open ones",
        "hat das Ticket der Person mit den wenigsten offenen zugeteilt",
    ),
    "last_owner": (
        "handed the ticket to whoever had the customer's last one, else in turn",
        "hat das Ticket dem letzten Bearbeiter des Kunden zugeteilt, sonst reihum",
    ),
    "lead": (
        "handed the ticket to the team's lead",
        "hat das Ticket der Leitung des Teams zugeteilt",
    ),
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


def explain(
    trace: Mapping[str, Any],
    decision_index: int | None,
    language: str,
    vocabulary: Vocabulary | None = None,
) -> str:
    """One sentence about one decision of a trace; about each rule's when the index is None.

    With the vocabulary facts are called by their labels, without it by their names. An index
    that the trace does not have is answered as if nothing had been decided.
    """
    teller = _Teller(trace, "de" if language.startswith("de") else "en", vocabulary)
    decisions = list(trace.get("decisions", ()))
    if decision_index is not None:
        decisions = decisions[decision_index : decision_index + 1] if decision_index >= 0 else []
    if not decisions:
        return teller.nothing()
    order: dict[str, list[Mapping[str, Any]]] = {}
    for decision in decisions:
        order.setdefault(decision["rule"], []).append(decision)
    return " ".join(teller.sentence(rule, done) for rule, done in order.items())


def asked(condition: Mapping[str, Any], language: str, vocabulary: Vocabulary | None) -> str:
    """What one condition of a trace asks, whether it was so or not."""
    if condition.get("op") not in OPERATORS:
        return f"{condition.get('fact', '')} {condition.get('op', '')} {condition.get('value', '')}"
    teller = _Teller({}, "de" if language.startswith("de") else "en", vocabulary)
    plain = {name: value for name, value in condition.items() if name != "hit"}
    return teller.reason({**plain, "truth": True})


def found(condition: Mapping[str, Any], language: str, vocabulary: Vocabulary | None) -> str:
    """What one condition of a trace found: “the subject does not contain …” where it was not so."""
    if condition.get("op") not in OPERATORS:
        return asked(condition, language, vocabulary)
    return _Teller({}, "de" if language.startswith("de") else "en", vocabulary).reason(condition)


def clauses(reasons: Sequence[str], language: str) -> str:
    """Clauses joined by “and”."""
    shown = [*reasons[:MOST_REASONS], "…"] if len(reasons) > MOST_REASONS else reasons
    return _join(list(shown), _AND["de" if language.startswith("de") else "en"])


class _Teller:
    def __init__(
        self, trace: Mapping[str, Any], language: str, vocabulary: Vocabulary | None
    ) -> None:
        self.trace = trace
        self.language = language
        self.vocabulary = vocabulary
        self.index = 0 if language == "en" else 1
        self.frame = {"ruleset": trace.get("ruleset"), "release": self._release()}

    def _release(self) -> str:
        return str(self.trace.get("release", ""))[:8]

    def nothing(self) -> str:
        return _NOTHING[self.language].format(**self.frame)

    def sentence(self, rule: str, done: Sequence[Mapping[str, Any]]) -> str:
        parts = [self.did(decision["action"], decision["value"]) for decision in done]
        did = _join(parts, _AND[self.language])
        if rule == "default":
            return _DEFAULT[self.language].format(did=did, **self.frame)
        entries: Sequence[Mapping[str, Any]] = self.trace.get("rules", ())
        entry = next((entry for entry in entries if entry["id"] == rule), {})
        title = entry.get("title", {}).get(self.language, rule)
        why = self.because(entry)
        return _RULE[self.language].format(title=title, did=did, why=why, **self.frame)

    def did(self, action: str, value: Any) -> str:
        """What was done, in the past tense."""
        of_forms = form_words(action, value, self.language, self.value, done=True)
        if of_forms is not None:
            return of_forms
        if action == "notify" and isinstance(value, Mapping):
            return _DID["notify"][self.index].format(v=self._person(str(value.get("to"))))
        if action == "create_ticket" and isinstance(value, Mapping):
            return self._did_one("create_ticket", "", str(value.get("title", "")))
        if action == "start_process" and isinstance(value, Mapping):
            return self._did_one("start_process", "", str(value.get("process", "")))
        if action == "link" and isinstance(value, Mapping):
            with_what = LINKED.get(str(value.get("to")), ("?", "?"))[self.index]
            return _DID["link"][self.index].replace("{v}", with_what)
        if action == "assign" and isinstance(value, Mapping) and value.get("to") in _ASSIGNED:
            return self._assigned(value)
        if isinstance(value, Mapping):
            parts = [self._did_one(action, str(name), item) for name, item in value.items()]
            return _join(parts, _AND[self.language])
        return self._did_one(action, "", value)

    def _assigned(self, value: Mapping[str, Any]) -> str:
        text = _ASSIGNED[str(value["to"])][self.index]
        if not value.get("skill"):
            return text
        among = (" among people with the skill ", ", unter denen mit der Fähigkeit ")[self.index]
        return f"{text}{among}{self.value(value['skill'])}"

    def _did_one(self, action: str, name: str, value: Any) -> str:
        key = f"{action}.{name}" if name else action
        plain = str(value) if action == "set" else self.value(value)
        shown = plain if key in _DID else f"{name} = {plain}"
        words = _DID.get(key) or _DID.get(action) or (f"did {action} {{v}}", f"hat {action} {{v}}")
        return words[self.index].replace("{v}", shown)

    def _person(self, to: str) -> str:
        if to in _PEOPLE:
            return _PEOPLE[to][self.index]
        if to.startswith("group:"):
            return ("the group {}", "die Gruppe {}")[self.index].format(to[6:])
        return to

    def because(self, entry: Mapping[str, Any]) -> str:
        """The conditions that spoke for the rule, joined."""
        found = [c for c in entry.get("conditions", ()) if c["truth"] is c.get("wanted", True)]
        reasons = list(dict.fromkeys(self.reason(condition) for condition in found))
        if not reasons:
            return self._event(entry)
        if len(reasons) > MOST_REASONS:
            reasons = [*reasons[:MOST_REASONS], "…"]
        return _join(reasons, _AND[self.language])

    def _event(self, entry: Mapping[str, Any]) -> str:
        event = self.trace.get("event")
        known = self.vocabulary.events.get(str(event), {}) if self.vocabulary else {}
        phrase = known.get("phrase", {}).get(self.language)
        return str(phrase) if phrase else _ALWAYS[self.language]

    def reason(self, condition: Mapping[str, Any]) -> str:
        """One condition as a clause: with the part of its value that was found."""
        name, truth = condition["fact"], condition["truth"]
        fact = self.vocabulary.fact(name) if self.vocabulary else None
        label = fact.label[self.language] if fact else name
        said = condition.get("value")
        if fact and isinstance(said, bool) and condition["op"] in ("is", "is_not"):
            phrase = fact.phrases.get(str(_says(condition)).lower())
            if phrase:
                return str(phrase[self.language])
        operator = OPERATORS[condition["op"]]
        words = operator.words[self.language][0 if truth else 1]
        if operator.value == "flag" and said is False:
            words = operator.words[self.language][1 if truth else 0]
        hit = condition.get("hit") or said
        plainly = in_words(operator, hit, self.language)
        value = self.value(hit) if plainly == hit else _spoken(plainly, _OR[self.language])
        return words.replace("{fact}", label).replace("{value}", value)

    def value(self, value: Any) -> str:
        """A value as it is said: texts in quotation marks, several joined by or."""
        if isinstance(value, list | tuple):
            return _join([self.value(member) for member in value], _OR[self.language])
        if isinstance(value, bool):
            return (("no", "yes") if self.language == "en" else ("nein", "ja"))[value]
        if isinstance(value, str):
            return quoted(value, self.language)
        return str(value)


def _spoken(value: Any, last: str) -> str:
    """Words of ours, not values of the desk: without quotation marks."""
    return _join([str(one) for one in value] if isinstance(value, list) else [str(value)], last)


def _says(condition: Mapping[str, Any]) -> bool:
    """Which of the two values of a yes-or-no fact the condition found."""
    return bool(condition["value"]) is ((condition["op"] == "is") is condition["truth"])


def _join(parts: Sequence[str], last: str) -> str:
    return last.join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 2 else last.join(parts)
