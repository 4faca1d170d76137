"""A ruleset's text with one of its rules moved, copied, switched off or put back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.rules.editing import arrange, in_order, put_rule, rules_of

COPY = {"de": "Kopie", "en": "copy"}


def ids_in_order(text: str) -> list[str]:
    """The ids of the rules as they are asked."""
    return [str(rule.get("id")) for rule in in_order(rules_of(text))]


def moved(text: str, rule: str, by: int) -> str:
    """The text with a rule asked so many places later; the same where it is there already."""
    ids = ids_in_order(text)
    if rule not in ids:
        return text
    place = ids.index(rule)
    ids.insert(max(0, place + by), ids.pop(place))
    return arrange(text, ids)


def copied(text: str, rule: str, own: str) -> str:
    """The text with a copy right behind a rule; it is off, so that it does nothing unseen."""
    ids = ids_in_order(text)
    if rule not in ids:
        return text
    data = _rule(text, rule)
    title = data.get("title")
    said = title if isinstance(title, dict) else {}
    named = {name: f"{words} ({COPY.get(name, COPY['en'])})" for name, words in said.items()}
    copy = {**data, "id": own, "title": named, "active": False}
    following = ids[ids.index(rule) + 1 :]
    return put_rule(text, copy, before=following[0] if following else "")


def switched(text: str, rule: str) -> str:
    """The text with a rule put out of use, or in use again."""
    if rule not in ids_in_order(text):
        return text
    data = dict(_rule(text, rule))
    if data.pop("active", True) is not False:
        data["active"] = False
    return put_rule(text, data, instead_of=rule)


def restored(text: str, earlier: str, rule: str) -> str:
    """The text with a rule as it stood in an earlier text, before the one it stood before there."""
    there, here = ids_in_order(earlier), ids_in_order(text)
    if rule not in there or rule in here:
        return text
    following = [one for one in there[there.index(rule) + 1 :] if one in here]
    return put_rule(text, _rule(earlier, rule), before=following[0] if following else "")


def _rule(text: str, rule: str) -> Mapping[str, Any]:
    return next(one for one in rules_of(text) if str(one.get("id")) == rule)
