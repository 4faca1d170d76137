"""What each key of a ruleset and of an example is for, in both languages.

The JSON Schema, the completion in the text and the page of what rules can say are made from it;
what facts, actions and events are called stands in the vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping

Said = Mapping[str, str]

RULESET: dict[str, Said] = {
    "ruleset": {"de": "Name, wie die Datei heißt", "en": "name, as the file is called"},
    "title": {"de": "Titel in beiden Sprachen", "en": "title in both languages"},
    "events": {"de": "Ereignisse, bei denen gefragt wird", "en": "events at which it is asked"},
    "default": {"de": "Aktionen, wenn keine Regel passt", "en": "actions where no rule fits"},
    "rules": {"de": "Regeln in der Reihenfolge", "en": "rules in their order"},
    "tests": {"de": "Beispiele in derselben Datei", "en": "examples in the same file"},
    "note": {"de": "Anmerkung für andere", "en": "a note for others"},
}
RULE: dict[str, Said] = {
    "id": {"de": "bleibt, auch wenn der Titel sich ändert", "en": "stays when the title changes"},
    "title": RULESET["title"],
    "order": {"de": "kleinere zuerst", "en": "lower ones first"},
    "when": {"de": "Bedingungen", "en": "conditions"},
    "then": {"de": "Aktionen", "en": "actions"},
    "stop": {"de": "danach wird keine weitere Regel gefragt", "en": "no further rule is asked"},
    "active": {"de": "ob die Regel gilt", "en": "whether the rule is in use"},
    "valid_from": {"de": "gilt von", "en": "valid from"},
    "valid_until": {"de": "gilt bis", "en": "valid until"},
    "events": {"de": "nur bei diesen Ereignissen", "en": "at these events only"},
    "changed": {"de": "nur wenn eines davon geändert wurde", "en": "only if one of these changed"},
    "note": RULESET["note"],
}
GROUP: dict[str, Said] = {
    "all": {"de": "alle davon gelten", "en": "all of these hold"},
    "any": {"de": "mindestens eines gilt", "en": "any of these holds"},
    "none": {"de": "keines davon gilt", "en": "none of these holds"},
}
CONDITION: dict[str, Said] = {
    "fact": {"de": "wonach gefragt wird", "en": "what is asked about"},
    "op": {"de": "wie verglichen wird", "en": "how it is compared"},
    "value": {"de": "womit verglichen wird", "en": "what it is compared with"},
}
EXAMPLE: dict[str, Said] = {
    "name": {"de": "was das Beispiel zeigt", "en": "what the example shows"},
    "event": {"de": "bei welchem Ereignis", "en": "at which event"},
    "facts": {"de": "das Ticket, soweit es entscheidet", "en": "the ticket, as far as it decides"},
    "changed": {"de": "was sich geändert hat: [vorher, nachher]", "en": "what changed: [was, is]"},
    "now": {"de": "zu welcher Zeit", "en": "at what time"},
    "expect": {"de": "was entschieden werden muss", "en": "what must be decided"},
}
EXPECTED: dict[str, Said] = {
    "rules": {"de": "Regeln, die zutreffen, der Reihe nach", "en": "rules that match, in order"},
    "not_rules": {"de": "Regeln, die nicht zutreffen", "en": "rules that do not match"},
}
LANGUAGE: dict[str, Said] = {
    "de": {"de": "deutsch", "en": "German"},
    "en": {"de": "englisch", "en": "English"},
}
