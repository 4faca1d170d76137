"""`vorgang rules vocabulary`: what rules can say, as text for reading and looking through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from engine.cli.context import settings_of
from engine.cli.schema import spoken

if TYPE_CHECKING:
    from engine.rules import Vocabulary

HEADS = {
    "en": ("Facts", "Operators", "Actions", "Events"),
    "de": ("Fakten", "Operatoren", "Aktionen", "Ereignisse"),
}


@click.command("vocabulary", short_help="List what rules can say, each with an example.")
@click.argument("words", nargs=-1)
@click.option("--shipped", is_flag=True, help="Of the starter set, not of this desk.")
@click.option("--language", type=click.Choice(["de", "en"]), default="en", help="Of what is said.")
@click.pass_context
def vocabulary(context: click.Context, words: tuple[str, ...], shipped: bool, language: str) -> int:
    """List facts, operators, actions and events, each with an example; with WORDS those with them.

    The company's own fields are among the facts. Exit code 1 when nothing has the words.
    """
    known, own = spoken(settings_of(context), language, shipped)
    found = False
    for head, entries in _parts(known, own or {}, language):
        fits = [one for one in entries if all(w.casefold() in one.casefold() for w in words)]
        if fits:
            click.echo(("\n" if found else "") + head)
            click.echo("\n".join(fits))
            found = True
    return 0 if found else 1


def _parts(
    known: Vocabulary, own: dict[str, str], language: str
) -> Iterator[tuple[str, list[str]]]:
    from engine.rules.operators import OPERATORS
    from engine.rules.reference import action_for, as_text, condition_by, condition_for

    facts, operators, actions, events = HEADS[language]
    yield (
        facts,
        [
            _line(name, f"{fact.label[language]} ({fact.kind})", as_text(condition_for(fact)))
            for name, fact in known.facts.items()
        ]
        + [_line(f"custom.{name}", label, "") for name, label in own.items()],
    )
    yield operators, [
        _line(name, operator.words[language][0].format(fact="…", value="…"),
              as_text(condition_by(operator, known)))
        for name, operator in OPERATORS.items()
    ]  # fmt: skip
    yield (
        actions,
        [
            _line(name, str(verb.label[language]), as_text(action_for(verb)))
            for name, verb in known.actions.items()
        ],
    )
    yield events, [_line(n, str(e["label"][language]), "") for n, e in known.events.items()]


def _line(name: str, label: str, example: str) -> str:
    return f"  {name:<30} {label}" + "".join(f"\n      {line}" for line in example.splitlines())
