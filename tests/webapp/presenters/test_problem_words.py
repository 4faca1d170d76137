"""German owners read in German what is wrong with their diagrams."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import engine.workflow.lint
from engine.errors import Problem
from webapp.presenters.problem_words import finding_said, problem_said

LINT = Path(engine.workflow.lint.__file__).parent
SAYING = {"error", "warning", "_file"}


def template(node: ast.expr) -> str:
    """A text as it is written, with something where a name is put in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = (p.value if isinstance(p, ast.Constant) else "Xyz" for p in node.values)
        return "".join(str(part) for part in parts)
    return ""


def sentences() -> Iterator[tuple[str, str, bool]]:
    """(where, sentence, whether it is about a file) of all findings of the check."""
    for path in sorted(LINT.glob("*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in SAYING:
                for at, argument in enumerate(call.args):
                    text = template(argument)
                    if " " in text:
                        yield path.name, text, call.func.id == "_file" and at == 3  # type: ignore[attr-defined]


def test_every_finding_has_its_german() -> None:
    found = [
        (where, f"file.json: {said}" if of_file else said) for where, said, of_file in sentences()
    ]
    assert len(found) > 150
    missing = [(w, said) for w, said in found if finding_said(said, "de") == said]
    assert missing == []


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ('After "Sort <b>" nothing follows', "Nach „Sort <b>“ kommt nichts mehr"),
        (
            'The condition of "Way" names "x", which nothing here sets',
            "Die Bedingung von „Way“: „x“ wird hier nirgends gesetzt",
        ),
        ('The time of "T": "P" is longer than a hundred years', None),
        ("Complex gateways are not supported", "Komplexe Entscheidungen werden nicht unterstützt"),
        ("Something that nobody knows {0} \\1", "Something that nobody knows {0} \\1"),
    ],
)
def test_names_stay_and_the_sentence_is_german(english: str, german: str | None) -> None:
    said = finding_said(english, "de")
    assert said == german if german else "ist länger als hundert Jahre" in said
    assert finding_said(english, "en") == english


def test_a_finding_keeps_where_it_is() -> None:
    problem = Problem("flow", "error", "work", 7, 'After "Work" nothing follows', "Delete it")
    said = problem_said(problem, "de")
    assert (said["element"], said["line"], said["code"]) == ("work", 7, "flow")
    assert said["mend"] == "Löschen Sie ihn"


def test_the_file_that_a_finding_is_about_stays_named() -> None:
    assert finding_said('shared/approval: After "A" nothing follows', "de") == (
        "shared/approval: Nach „A“ kommt nichts mehr"
    )


def test_pages_say_findings_in_the_language_of_their_reader(web: Any) -> None:
    web.login("olga")
    files = web.get("/processes/question/draft").json["files"]
    broken = files["process.bpmn"].replace("calledDecisionId", "nothing")
    sent = {"files": {"process.bpmn": broken}}
    headers = {"X-CSRF-Token": web.csrf()}
    web.get("/processes?language=de")
    answer = web.app.post_json("/processes/question/draft/check", sent, headers=headers)
    answer.request.environ["wsgi.input"].close()  # a large body lies in a temporary file
    said = answer.json
    assert "nennt keinen Regelsatz" in " ".join(p["message"] for p in said["problems"])
