"""YAML as plain texts with line numbers, so that every finding can name its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from engine.errors import Problem

YAML = "Hand in a YAML file in UTF-8."
LONGEST = 262_144  # characters of a file
LONGEST_NAME = 80  # of a calendar or an SLA
TEXTS: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # makes only texts; ten times as fast
DEEPEST = 20  # lists and mappings within each other; what is meant needs five

Place = tuple[str, ...]


@dataclass
class Sheet:
    """A file's content as dicts, lists and texts; `lines` by path, and the findings so far."""

    content: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def complain(self, code: str, place: Place, message: str, mend: str) -> None:
        """Notes an error at a place of the file; an unknown place takes its parent's line."""
        known = place
        while known and known not in self.lines:
            known = known[:-1]
        line = self.lines.get(known)
        self.problems.append(Problem(code, "error", ".".join(place), line, message, mend))

    def whole(self) -> dict[str, Any]:
        """The file as one mapping; what is none is noted."""
        if isinstance(self.content, dict):
            return self.content
        if not self.problems:
            mend = "timezone: …, hours: …"
            self.complain("not_a_mapping", (), "The file is no mapping.", mend)
        return {}

    def section(self, name: str) -> dict[str, dict[str, Any]]:
        """The named entries below the one top key; what is no mapping is noted and left out."""
        whole = self.content.get(name) if isinstance(self.content, dict) else None
        if not isinstance(whole, dict):
            if not self.problems:
                self.complain(
                    "not_a_mapping",
                    (name,),
                    f"The file needs a mapping `{name}:`.",
                    f"Begin with `{name}:` and put the names, indented, below it.",
                )
            return {}
        for key, value in whole.items():
            if not is_name(key):
                mend = f"At most {LONGEST_NAME} characters in one line, without a slash."
                self.complain("name", (name, key), f"{key[:80]!r} is no name.", mend)
            if not isinstance(value, dict):
                self.complain(
                    "not_a_mapping",
                    (name, key),
                    f"`{key}` must be a mapping.",
                    f"Put what belongs to `{key}`, indented, below it.",
                )
        return {key: value for key, value in whole.items() if isinstance(value, dict)}

    def unknown(self, place: Place, entry: dict[str, Any], known: tuple[str, ...]) -> None:
        """Notes keys that mean nothing here: mostly slips of the pen."""
        for key in entry:
            if key not in known:
                mend = f"Known are: {', '.join(known)}."
                self.complain("unknown_key", (*place, key), f"`{key}` means nothing here.", mend)

    def title(self, place: Place, entry: dict[str, Any]) -> dict[str, str]:
        """The title by language; a plain text holds for every language."""
        title = entry.get("title", place[-1])
        if isinstance(title, str):
            return {"de": title, "en": title}
        if isinstance(title, dict) and all(isinstance(text, str) for text in title.values()):
            return dict(title)
        self.complain(
            "title",
            (*place, "title"),
            "A title is a text for each language.",
            "title: {de: Bürozeiten, en: Office hours}",
        )
        return {}


def is_name(text: str) -> bool:
    """Whether a calendar or an SLA can be called so: rows hold it, and its page has an address."""
    fits = text.strip() and len(text) <= LONGEST_NAME and text.isprintable()
    return bool(fits) and "/" not in text and text not in (".", "..")


def read_sheet(text: str) -> Sheet:
    """Reads a file; never raises. Every scalar stays a text: 17:00 is no number of seconds."""
    sheet = Sheet()
    if len(text) > LONGEST:
        sheet.complain("too_long", (), "The file is too long.", "Take out what nothing uses.")
        return sheet
    try:
        if not _bounded(text, sheet):
            return sheet
        node = yaml.compose(text, TEXTS)
        sheet.content = _plain(node, (), sheet) if node else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = min(mark.line, text.rstrip().count("\n")) + 1 if mark else None
        said = str(getattr(error, "problem", "") or "not readable")
        text = f"This is no YAML: {said}."
        sheet.problems.append(Problem("unreadable", "error", None, line, text, YAML))
    return sheet


def _bounded(text: str, sheet: Sheet) -> bool:
    """Whether it can be read at little cost; looks no further than the first thing against it."""
    depth = 0
    for event in yaml.parse(text, TEXTS):
        if isinstance(event, yaml.AliasEvent):
            sheet.complain("alias", (), "References (*name) are not allowed here.", "Write it out.")
            return False
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            sheet.complain("too_deep", (), "The file is nested too deeply.", "Write it flatter.")
            return False
    return True


def _plain(node: yaml.Node, place: Place, sheet: Sheet) -> Any:
    sheet.lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [_plain(each, (*place, str(at)), sheet) for at, each in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return str(node.value)
    found: dict[str, Any] = {}
    for key, value in node.value:
        name = str(key.value)
        if name in found:
            sheet.lines[(*place, name)] = key.start_mark.line + 1
            sheet.complain("twice", (*place, name), f"`{name}` stands here twice.", "Keep one.")
        found[name] = _plain(value, (*place, name), sheet)
        sheet.lines[(*place, name)] = key.start_mark.line + 1
    return found
