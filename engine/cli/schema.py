"""`vorgang rules schema`: the format of rule files, for editors that complete and check by it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from engine.cli.context import opened, settings_of

if TYPE_CHECKING:
    from engine.rules import Vocabulary
    from engine.settings import Settings
    from engine.work import Work


@click.command("schema", short_help="Print the format of rule files as a JSON Schema.")
@click.option("--shipped", is_flag=True, help="Of the starter set, not of this desk.")
@click.option("--examples", is_flag=True, help="Of the files of examples beside the rules.")
@click.option("--language", type=click.Choice(["de", "en"]), default="en", help="Of what is said.")
@click.pass_context
def schema(context: click.Context, shipped: bool, examples: bool, language: str) -> None:
    """Print the JSON Schema of a ruleset, with the names of this desk's own fields.

    Where there is no desk yet, it is that of the starter set.
    """
    from engine.rules.schema import examples_schema, schema_of

    vocabulary, own = spoken(settings_of(context), language, shipped)
    choices = _choices(settings_of(context)) if own else {}
    made = (examples_schema if examples else schema_of)(vocabulary, own, language, choices)
    click.echo(json.dumps(made, ensure_ascii=False, indent=2))


def spoken(
    settings: Settings, language: str, shipped: bool
) -> tuple[Vocabulary, dict[str, str] | None]:
    """The vocabulary in force and this desk's own fields by name with their label."""
    from engine.cli.deciding import founded

    if shipped or not founded(settings):
        return _of_starter(), None
    with opened(settings) as desk:
        found: tuple[Vocabulary, dict[str, str]] = desk.read(lambda work: _of_desk(work, language))
    return found


def _choices(settings: Settings) -> dict[str, list[str]]:
    """What the own fields of choices take."""
    from sqlalchemy import select

    from engine.catalogue.models import CustomField

    query = select(CustomField).where(CustomField.kind == "choice")
    with opened(settings) as desk:
        return dict(desk.read(lambda work: {
            row.name: list(map(str, row.choices)) for row in work.session.scalars(query)
        }))  # fmt: skip


def _of_starter() -> Vocabulary:
    from engine.rules import load_vocabulary
    from engine.settings import shipped

    return load_vocabulary((shipped("rules") / "vocabulary.yaml").read_text("utf-8"))


def _of_desk(work: Work, language: str) -> tuple[Vocabulary, dict[str, str]]:
    from sqlalchemy import select

    from engine.catalogue.models import CustomField
    from engine.commands.rules_drafts import standing
    from engine.rules import load_vocabulary

    text = standing(work.session).vocabulary
    rows = work.session.scalars(select(CustomField).order_by(CustomField.name))
    own = {row.name: str((row.title or {}).get(language) or row.name) for row in rows}
    return (load_vocabulary(text) if text else _of_starter()), own
