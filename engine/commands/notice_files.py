"""Texts of messages as files: what a company wrote, kept beside its processes and rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from engine.commands.notice_texts import create_text, misplaced, save_text
from engine.errors import Invalid, Problem
from engine.notify.texts import LANGUAGES, NAME, notice, notices
from engine.rules.source import read_yaml
from engine.work import Work

NAMES = {f"{part}_{language}": (language, part) for language in LANGUAGES
         for part in ("subject", "body")}  # fmt: skip
Files = Mapping[str, Mapping[str, str]]  # name of a message → the fields of its form


def exported_texts(work: Work) -> dict[str, str]:
    """File name → text of every message that this company wrote."""
    found = {}
    for name, one in notices(work.session).items():
        if one.own:
            document: dict[str, Any] = {"title": dict(one.title)} if one.title else {}
            for language in LANGUAGES:
                text = one.texts[language]
                document[language] = {"subject": text.subject, "body": text.body}
            found[f"{name}.yaml"] = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    return found


def read_texts(folder: Path) -> Files:
    """The messages of a folder; raises `Invalid` with every file that holds none."""
    found: dict[str, Mapping[str, str]] = {}
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            found[path.stem] = _fields(path)
        except Invalid as error:
            problems += error.problems or [_problem(path.name, error.message)]
    if problems:
        raise Invalid("The texts were not published.", problems)
    return found


def publish_texts(work: Work, files: Files, note: str = "") -> list[str]:
    """Put these messages in force; says which are other words than before."""
    changed: list[str] = []
    problems: list[Problem] = []
    for name, values in files.items():
        try:
            if name in notices(work.session):
                seen = notice(work.session, name).number
                save_text(work, name, values, seen=seen, note=note)
            else:
                create_text(work, name, values, note)
            changed.append(name)
        except Invalid as error:
            if "unchanged" not in error.fields.values():
                problems += _said(work, name, values, error)
    if problems:
        raise Invalid("The texts were not published.", problems)
    return changed


def _fields(path: Path) -> dict[str, str]:
    document, problems = read_yaml(path.read_bytes())
    if problems:
        raise Invalid("It cannot be read.", [_problem(path.name, p.message) for p in problems])
    if not NAME.match(path.stem) or not isinstance(document, Mapping):
        raise Invalid("it is no message: NAME.yaml holds de and en, each with subject and body")
    titles = document.get("title")
    fields = {f"title_{one}": str((titles if isinstance(titles, Mapping) else {}).get(one) or "")
              for one in LANGUAGES}  # fmt: skip
    for field, (language, part) in NAMES.items():
        text = document.get(language)
        fields[field] = str((text if isinstance(text, Mapping) else {}).get(part) or "")
    return fields


def _said(work: Work, name: str, values: Mapping[str, str], error: Invalid) -> Iterator[Problem]:
    odd = misplaced(work, name, values)
    for one in odd:
        mend = f"did you mean {one.near}?" if one.near else "take it away"
        yield _problem(f"{name}.yaml", f"{one.field}, line {one.line}: {one.found} is no "
                       "placeholder", mend)  # fmt: skip
    for field, code in error.fields.items():
        if code != "placeholder":
            yield _problem(f"{name}.yaml", f"{field or 'text'}: {code}")


def _problem(file: str, said: str, mend: str = "") -> Problem:
    return Problem("notice-text", "error", None, None, f"{file}: {said}", mend)
