"""What the desk refuses, it refuses in the reader's language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.errors import Conflict, Invalid, NotAllowed, Unavailable, VorgangError
from webapp.i18n import LOCALE_DIR, Reader, read_catalogues

ROOT = Path(__file__).parents[2]
# What is not found is not said either: its page is the same for all.
KINDS = {kind.__name__ for kind in (Conflict, Invalid, NotAllowed, Unavailable)}
# Rooms whose refusals reach pages. The API speaks English: its reader is a program.
ROOMS = ("commands", "tickets", "catalogue", "people", "faq", "work.py", "library.py")
# What these refuse is in files on the server, in diagrams or in requests of programs.
APART = {"candidates.py", "publish.py", "hooks.py", "carry_out.py", "api_tickets.py", "once.py"}


def files() -> Iterator[Path]:
    """The modules whose errors a page may have to say."""
    for room in ROOMS:
        place = ROOT / "engine" / room
        yield from [place] if place.suffix else sorted(place.rglob("*.py"))
    for path in sorted((ROOT / "webapp").rglob("*.py")):
        if "api" not in path.relative_to(ROOT / "webapp").parts:
            yield path


def raised(source: str) -> Iterator[tuple[int, ast.expr | None, bool]]:
    """Line, message and whether it comes with values, of each error with a sentence."""
    for node in ast.walk(ast.parse(source)):
        call = node.exc if isinstance(node, ast.Raise) else None
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in KINDS:
            message = call.args[0] if call.args else None
            yield node.lineno, message, any(word.arg == "values" for word in call.keywords)


def sentence(message: ast.expr | None) -> str | None:
    """The text as the catalogue knows it; None where it is made at run time."""
    if isinstance(message, ast.Call) and getattr(message.func, "id", "") == "N_":
        message = message.args[0]
    text = message.value if isinstance(message, ast.Constant) else None
    return text if isinstance(text, str) else None


def constants(source: str, name: str) -> Iterator[ast.expr]:
    """The texts that a name of the module stands for, one or a table of them."""
    for node in ast.walk(ast.parse(source)):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        if any(getattr(target, "id", None) == name for target in targets):
            yield from value.values if isinstance(value, ast.Dict) else [value]


def imported(source: str, name: str) -> Iterator[ast.expr]:
    """The same for a name that another module of ours has."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and any(one.name == name for one in node.names):
            place = ROOT / f"{(node.module or '').replace('.', '/')}.py"
            if place.is_file():
                yield from constants(place.read_text(encoding="utf-8"), name)


def problems(source: str, known: Any) -> list[str]:
    """What of the errors in a source a German reader could not read."""
    found = []
    for line, message, valued in raised(source):
        name = getattr(getattr(message, "value", message), "id", None)
        texts = [*constants(source, name), *imported(source, name)] if name else [message]
        for text in map(sentence, texts or [message]):
            if text is None:
                found.append(f"{line}: the sentence is made at run time; give it `values`")
            elif text not in known:
                found.append(f"{line}: {text!r} has no German")
            elif "%(" in text and not valued:
                found.append(f"{line}: {text!r} gets no values")
    return found


def test_no_refusal_that_a_page_may_show_is_untranslatable() -> None:
    known = read_catalogues(LOCALE_DIR, "de")
    wrong = [
        f"{path.relative_to(ROOT)}:{problem}"
        for path in files()
        if path.name not in APART
        for problem in problems(path.read_text(encoding="utf-8"), known)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "source",
    ['raise Invalid(f"There is no {x}.")', 'raise NotAllowed("Nobody has translated this.")',
     'WORDS = {1: "Nobody"}\nraise Invalid(WORDS[1])',
     'raise Conflict("A file may have %(size)s MB.")', 'raise Invalid("a" + b)'],
)  # fmt: skip
def test_the_guard_sees_what_cannot_be_said_in_german(source: str) -> None:
    assert problems(source, {"A file may have %(size)s MB."})


def test_an_error_says_itself_in_both_languages() -> None:
    error = Invalid("A file may have %(size)s MB.", fields={"files": "size"}, values={"size": 25})
    assert error.message == str(error) == "A file may have 25 MB."
    assert Reader("en").explain(error) == "A file may have 25 MB."
    assert Reader("de").explain(error) == "Eine Datei darf höchstens 25 MB groß sein."


def test_a_sentence_without_values_stays_as_it_is() -> None:
    assert VorgangError("100 % of %(it)s").message == "100 % of %(it)s"
    assert Reader("de").explain(VorgangError("100 % of %(it)s")) == "100 % of %(it)s"


def test_a_german_agent_reads_german(web: Any) -> None:
    number = web.town.report()
    web.login("agnes")
    web.app.set_cookie("vorgang_language", "de")
    item = web.town.see(number, _first_step)
    path = f"/steps/{item}/hand-over"
    page = web.post(path, {"person": "bruno@example.com"}, status=400).text
    assert "Bruno Keller kann diesen Schritt nicht bearbeiten." in page
    page = web.post(f"/tickets/{number}/change", {"queue": "HR"}, status=400).text
    assert "Die Warteschlange „HR“ gibt es für Sie nicht." in page


def _first_step(work: Any, ticket: Any) -> int:
    from engine.tickets.queries import open_items

    return open_items(work.session, ticket)[0].id
