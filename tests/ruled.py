"""Form rules for a town: written as a file of rules is, and put in force as any other."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from engine.commands.candidates import read_rules
from engine.commands.publish import publish_rules
from tests.town import ROOT, Town

HEAD = "ruleset: forms\ntitle: {de: Formulare, en: Forms}\nevents: [form.shown]\nrules:\n"


def rule(then: str, *asks: str, name: str = "r", more: str = "") -> str:
    """One rule: `asks` are its conditions, all of which have to hold."""
    when = f"    when: {{all: [{', '.join(asks)}]}}\n" if asks else ""
    head = f"  - id: {name}\n    title: {{de: Regel {name}, en: Rule {name}}}\n{when}{more}"
    return f"{head}    then: [{then}]\n"


def form(name: str) -> str:
    """The condition that it is this form."""
    return f"{{fact: asked.form, op: is, value: {name}}}"


def answer(name: str, value: str, op: str = "is") -> str:
    """The condition that a question has this answer."""
    return f"{{fact: form.{name}, op: {op}, value: {value}}}"


def form_rules(town: Town, *rules: str) -> None:
    """Put these rules in force beside the starter's."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(shutil.copytree(ROOT / "rules", Path(place) / "rules"))
        (folder / "forms.yaml").write_text(HEAD + "".join(rules), encoding="utf-8")
        (folder / "examples" / "forms.yaml").unlink(missing_ok=True)
        candidate = read_rules(folder)
    town.desk.run(lambda work: publish_rules(work, candidate) and None)
