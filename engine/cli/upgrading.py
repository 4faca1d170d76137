"""`vorgang upgrade`: what the starter set of a new version brings, to look at, take or decline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from engine.cli import codes
from engine.cli.context import config_option, opened, print_json, settings_of
from engine.commands.starter import Difference, decline, differences, take
from engine.errors import Invalid

if TYPE_CHECKING:
    from engine.desk import Desk

SAID = {
    "offer": "nobody changed it here",
    "new": "not here yet",
    "conflict": "changed here and in what came; taking it puts yours away",
}


@click.command()
@click.argument("names", nargs=-1)
@click.option("--take", "taken", is_flag=True, help="put them in force; without a name all offers")
@click.option("--decline", "declined", is_flag=True, help="keep what is in force")
@click.option("--diff", "shown", is_flag=True, help="show what is different")
@click.option("--note", default="", help="why; kept with the version")
@click.option("--json", "as_json", is_flag=True, help="one JSON line for each")
@config_option
@click.pass_context
def upgrade(
    context: click.Context,
    names: Sequence[str],
    taken: bool,
    declined: bool,
    shown: bool,
    note: str,
    as_json: bool,
) -> int:
    """List what came anew with this version, take or decline NAMES of it.

    That are processes, rules, promises, the catalogue, and texts of messages that were changed here
    and come in other words now.

    What nobody changed here is an offer; what was changed on both sides is a conflict and is taken
    only by its name. Nothing is put in force by itself.
    """
    if taken and declined:
        raise Invalid("Take it or decline it, not both.")
    if declined and not names:
        raise Invalid("Name what to decline.")
    with opened(settings_of(context)) as desk:
        found = _named(differences(desk), names)
        if taken or declined:
            _decide(
                desk, found if names else [f for f in found if f.kind != "conflict"], taken, note
            )
            return codes.OK
    for one in found:
        if as_json:
            print_json({"name": one.name, "kind": one.kind, "difference": list(one.lines)})
        else:
            click.echo(f"{one.kind:9} {one.name:34} {SAID[one.kind]}")
            for line in one.lines if shown else ():
                click.echo(f"    {line}")
    if not found and not as_json:
        click.echo("Nothing came anew; what is in force is yours.")
    return codes.OK


def _named(found: list[Difference], names: Sequence[str]) -> list[Difference]:
    absent = sorted(set(names) - {one.name for one in found})
    if absent:
        raise Invalid(f"Nothing came anew for {', '.join(absent)}.")
    return [one for one in found if not names or one.name in names]


def _decide(desk: Desk, wanted: list[Difference], taken: bool, note: str) -> None:
    names = [one.name for one in wanted]
    if taken:
        take(desk, names, note)
    else:
        desk.run(lambda work: decline(work, desk.settings, names))
    for name in names:
        click.echo(f"{'taken' if taken else 'declined':9} {name}")
