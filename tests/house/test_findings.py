"""Whatever the checks can say has its German: nobody adds a finding without."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from webapp.presenters.told_words import TOLD

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "webapp" / "locale" / "de" / "problems.po"
ROOMS = ("engine/rules/lint", "engine/workflow/lint", "engine/workflow/soundness")
MODULES = (
    *(f"engine/workflow/{name}.py" for name in (
        "assignment", "coverage", "definition", "drive", "examples", "expression_values",
        "expressions", "gateways", "player", "repeats", "retelling", "script_engine", "source",
        "state", "timers", "told", "xml",
    )),
    *(f"engine/rules/{name}.py" for name in (
        "actions", "analysis", "check", "conditions", "document", "examples", "pieces", "probe",
        "source", "vocabulary",
    )),
    "engine/patterns.py",
    *(f"engine/commands/{name}.py" for name in (
        "examining", "offers", "own_offers", "process_names", "candidates", "known_names",
        "form_names",
    )),
)  # fmt: skip
# What is no finding, though it looks like a sentence.
APART = {
    "engine/workflow/lint/words.py": {
        "closed successful", "closed unsuccessful", "waiting for customer", "waiting for approval",
        "pending reminder", "pending auto close",
    },
    "engine/workflow/soundness/facts.py": {"something else"},
    "engine/workflow/soundness/net.py": {"in %(a)s"},
    "engine/workflow/examples.py": {
        "There is no such example.", "An example needs a name.", "There are too many examples.",
        "There is an example of this name already.", "The examples cannot be read as they are.",
    },
    # what re2 says, which is only recognised
    "engine/patterns.py": {
        "invalid perl operator", "invalid escape sequence", "invalid repetition",
    },
    "engine/workflow/gateways.py": {"A join says when it is complete"},
    "engine/commands/candidates.py": {
        "The rules were not published.", "The processes were not published.",
    },
    "engine/commands/process_names.py": {"The processes were not published."},
    "engine/commands/known_names.py": {"The rules were not published."},
    "engine/commands/offers.py": {"The catalogue was not published."},
    "engine/commands/own_offers.py": {"Worum geht es?", "What is it about?"},
}  # fmt: skip
# Behind this line the catalogue has what others say that findings quote.
FROM_OTHERS = "# What others say"
SENTENCE = re.compile(
    r"[A-Za-z]{2}[^A-Za-z]* +[^A-Za-z]*[A-Za-z]|%\(a\)s.* [a-z]{2}|[a-z]{2}.* .*%\(a\)s"
)
FILLED = re.compile(r"%\(\w+\)s|\{\d*\}|%s")


def sources() -> Iterator[tuple[str, str]]:
    """Each module in which findings are worded, and its text."""
    rooms = (path for room in ROOMS for path in sorted((ROOT / room).glob("*.py")))
    for path in (*rooms, *(ROOT / name for name in MODULES)):
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def template(node: ast.expr) -> str:
    """A text with %(a)s, %(b)s … for what is filled in."""
    if isinstance(node, ast.JoinedStr):
        parts = [p.value if isinstance(p, ast.Constant) else "%s" for p in node.values]
        text = "".join(map(str, parts))
    else:
        text = str(node.value) if isinstance(node, ast.Constant) else ""
    names = iter("abcdefghij")
    return FILLED.sub(lambda _: f"%({next(names)})s", text)


def sentences(source: str) -> Iterator[tuple[int, str]]:
    """Line and template of each text that reads like a sentence, without those for whoever codes.

    All texts are looked at, not only those that are seen to become a finding: on its way there a
    text may go through variables, tables and other functions.
    """
    tree = ast.parse(source)
    silent: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            silent.add(node.value)  # docstrings
        elif isinstance(node, ast.JoinedStr):
            silent.update(p for p in node.values if isinstance(p, ast.Constant))
            specs = (getattr(part, "format_spec", None) for part in node.values)
            silent.update(inner for spec in specs if spec for inner in ast.walk(spec))
        elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re."):
            silent.update(node.args)
    for node in ast.walk(tree):
        if node in silent or not isinstance(node, ast.JoinedStr | ast.Constant):
            continue
        if SENTENCE.search(text := template(node)):
            yield node.lineno, text


def german() -> dict[str, str]:
    """What the catalogue of findings says, by the template of the code."""
    with CATALOGUE.open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale="de") if m.id}


def missing(name: str, source: str, known: set[str]) -> list[str]:
    """The sentences of a module that have no German."""
    apart = APART.get(name, set())
    return [
        f"{name}:{line}: {text!r} has no German in {CATALOGUE.name}"
        for line, text in sentences(source)
        if text not in known and text not in apart
    ]


def known() -> set[str]:
    """All templates that can be said in German; what plays say has its words with them."""
    return {template(ast.Constant(text)) for text in (*german(), *TOLD)}


def test_every_finding_has_its_german() -> None:
    wrong = [one for name, source in sources() for one in missing(name, source, known())]
    assert wrong == []


@pytest.mark.parametrize(
    "source",
    [
        'error("x", node, f\'"{name}" is not right\', "")', 'yield "Mend it somehow"',
        'told = f"{count} ways lead there"', 'SAYS = {"x": \'At "{0}" something is odd\'}',
        'raise ExpressionError(f"{place}: no such thing")', 'x = f"The {what} of {name}"',
        'note(Told("the ticket also did %(found)s", found=1))',
    ],
)  # fmt: skip
def test_the_guard_sees_a_finding_without_german(source: str) -> None:
    assert missing("some.py", source, known())


@pytest.mark.parametrize(
    "source",
    ['"""A docstring of a module."""', 're.compile("some odd  pattern")', 'x = "ticket-state"',
     'y = f"{folder}: {text}"', 'z = node.get("isExecutable")'],
)  # fmt: skip
def test_the_guard_passes_what_is_no_sentence(source: str) -> None:
    assert missing("some.py", source, set()) == []


def test_no_german_is_left_of_findings_that_are_no_more() -> None:
    said = {text for _, source in sources() for _, text in sentences(source)}
    words = " ".join(source for _, source in sources())
    text = CATALOGUE.read_text(encoding="utf-8").split(FROM_OTHERS, maxsplit=1)[1]
    stale = [
        one for one in german()
        if one not in said and one not in text.replace('\\"', '"') and f'"{one}"' not in words
    ]  # fmt: skip
    assert stale == []
