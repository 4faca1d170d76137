"""`vorgang rules schema`: the format of rule files, for editors that complete and check by it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from engine.cli.context import opened, settings_of

if TYPE_CHECKING:
    from engine.work import Work


@click.command("schema", short_help="Print the format of rule files as a JSON Schema.")
@click.option("--shipped", is_flag=True, help="Of the starter set, not of this desk.")
@click.pass_context
def schema(context: click.Context, shipped: bool) -> None:
    """Print the JSON Schema of a ruleset, with the names of this desk's own fields.

    Where there is no desk yet, it is that of the starter set.
    """
    from engine.cli.deciding import founded
    from engine.rules.schema import schema_of

    settings = settings_of(context)
    if shipped or not founded(settings):
        made = schema_of(_of_starter())
    else:
        with opened(settings) as desk:
            made = desk.read(_of_desk)
    click.echo(json.dumps(made, ensure_ascii=False, indent=2))


def _of_starter() -> Any:
    from engine.rules import load_vocabulary
    from engine.settings import shipped

    return load_vocabulary((shipped("rules") / "vocabulary.yaml").read_text("utf-8"))


def _of_desk(work: Work) -> dict[str, Any]:
    from sqlalchemy import select

    from engine.catalogue.models import CustomField
    from engine.commands.rules_drafts import standing
    from engine.rules import load_vocabulary
    from engine.rules.schema import schema_of

    text = standing(work.session).vocabulary
    rows = work.session.scalars(select(CustomField).order_by(CustomField.name))
    own = {row.name: str((row.title or {}).get("en") or row.name) for row in rows}
    return schema_of(load_vocabulary(text) if text else _of_starter(), own)
