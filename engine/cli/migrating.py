"""`vorgang process migrate`: running tickets to another version, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from engine.cli import codes
from engine.cli.context import config_option, opened, print_json, settings_of
from engine.errors import Invalid, NotFound

if TYPE_CHECKING:
    from engine.commands.dry_run import DryRun
    from engine.desk import Desk
    from engine.workflow import Definition


@click.command("migrate", short_help="Move running tickets to another version of their process.")
@click.argument("key", required=False)
@click.option("--from", "numbers", type=int, multiple=True, help="only tickets of this version")
@click.option("--to", "target", type=int, help="the version to move to; else that in force")
@click.option("--ticket", "tickets", multiple=True, help="only this ticket; may be repeated")
@click.option("--map", "pairs", multiple=True, help="OLD=NEW: the step that takes another's place")
@click.option("--note", default="", help="why; kept with the move and in each ticket's history")
@click.option("--dry-run", is_flag=True, help="only say where each would go and what cannot move")
@click.option("--pause", "paused", type=int, help="stop the move with this number for now")
@click.option("--continue", "continued", type=int, help="go on with a paused move")
@click.option("--undo", "undone", type=int, help="take the move with this number back")
@click.option("--json", "as_json", is_flag=True, help="one JSON line for each place or result")
@config_option
@click.pass_context
def migrate(
    context: click.Context, key: str | None, numbers: Sequence[int], target: int | None,
    tickets: Sequence[str], pairs: Sequence[str], note: str, dry_run: bool, paused: int | None,
    continued: int | None, undone: int | None, as_json: bool,
) -> int:  # fmt: skip
    """Move the running tickets of the process KEY to the version in force, or say where they go.

    Due times, claims, drafts and clocks go with them. A ticket at a step that is gone stays where
    it is, unless --map names the step that takes its place. Once begun, the worker goes on with it
    also where this command is broken off. Exit code 1 when some could not be moved.
    """
    mapping = _mapping(pairs)
    one_of = [one for one in (paused, continued, undone) if one is not None]
    if len(one_of) > 1 or bool(one_of) == bool(key):
        raise Invalid("Name a process, or one of --pause, --continue and --undo with a number.")
    with opened(settings_of(context)) as desk:
        if one_of:
            return _steer(desk, paused, continued, undone, as_json)
        assert key is not None
        if dry_run:
            return _tried(desk, key, target, mapping, numbers, tickets, as_json)
        return _moved(desk, key, target, mapping, numbers, tickets, note, as_json)


def _mapping(pairs: Sequence[str]) -> dict[str, str]:
    found = dict(pair.partition("=")[::2] for pair in pairs)
    if not all(old and new for old, new in found.items()):
        raise Invalid("--map takes OLD=NEW, two ids of steps.")
    return found


def _tried(
    desk: Desk, key: str, target: int | None, mapping: dict[str, str], numbers: Sequence[int],
    tickets: Sequence[str], as_json: bool,
) -> int:  # fmt: skip
    from engine.commands.dry_run import dry_run, version_of

    found = desk.read(
        lambda work: dry_run(
            work, version_of(work, key, target), mapping, numbers=numbers, tickets=tickets
        )
    )
    for group in found.groups:
        said = _described(found, group)
        if as_json:
            print_json(said)
            continue
        click.echo(f"v{said['from']:<4} {said['count']:>6}  {', '.join(said['at'])}")
        for line in said["reasons"] or said["changes"]:
            click.echo(f"{'':13} {line}")
    if not as_json:
        click.echo(f"{found.movable} can move to v{found.version.number}, {found.stuck} cannot.")
        for step, target_step in found.suggested.items():
            click.echo(f"perhaps --map {step}={target_step}")
    return codes.PROBLEMS if found.stuck else codes.OK


def _described(found: DryRun, group: Any) -> dict[str, Any]:
    old = found.definitions[group.version.id]
    new = found.definitions[found.version.id]
    return {
        "from": group.version.number,
        "to": found.version.number,
        "count": len(group.tickets),
        "movable": group.movable,
        "at": [
            p.step if p.target in (p.step, None) else f"{p.step} → {p.target}" for p in group.places
        ],
        "changes": [
            f"{p.step}: {c.what} {c.before or '–'} → {c.after or '–'}"
            for p in group.places
            for c in p.changes
        ],
        "reasons": [reason.said(lambda step: _title(old, new, step)) for reason in group.reasons],
    }


def _title(old: Definition, new: Definition, step: str) -> str:
    found = old.steps.get(step) or new.steps.get(step)
    return (found.title.get("en") or found.name) if found else step


def _moved(
    desk: Desk, key: str, target: int | None, mapping: dict[str, str], numbers: Sequence[int],
    tickets: Sequence[str], note: str, as_json: bool,
) -> int:  # fmt: skip
    from engine.commands.dry_run import version_of
    from engine.commands.migrations import start_migration
    from engine.work import Work

    def start(work: Work) -> int:
        version = version_of(work, key, target)
        return start_migration(
            work, version, mapping, numbers=numbers, tickets=tickets, note=note
        ).id

    return _to_the_end(desk, desk.run(start), as_json)


def _steer(
    desk: Desk, paused: int | None, continued: int | None, undone: int | None, as_json: bool
) -> int:
    from engine.commands.migrations import continue_migration, pause_migration, undo_migration

    if paused is not None:
        desk.run(lambda work: pause_migration(work, paused).id)
        return _said(desk, paused, as_json)
    if continued is not None:
        return _to_the_end(
            desk, desk.run(lambda work: continue_migration(work, continued).id), as_json
        )
    assert undone is not None
    return _to_the_end(desk, desk.run(lambda work: undo_migration(work, undone).id), as_json)


def _to_the_end(desk: Desk, migration_id: int, as_json: bool) -> int:
    """Work on it together with the worker, if there is one."""
    from engine.commands.migrations import work_on

    while work_on(desk, migration_id):
        pass
    return _said(desk, migration_id, as_json)


def _said(desk: Desk, migration_id: int, as_json: bool) -> int:
    from engine.tickets.moves import Migration, counts_of
    from engine.work import Work

    def look(work: Work) -> dict[str, Any]:
        row = work.session.get(Migration, migration_id)
        if row is None:
            raise NotFound("There is no such move of tickets.")
        found = {"move": row.id, "key": row.key, "to": row.version.number, "status": row.status}
        return {**found, "tickets": counts_of(work.session, [row.id])[row.id]}

    found = desk.read(look)
    left = {status: n for status, n in found["tickets"].items() if status in ("refused", "kept")}
    if as_json:
        print_json(found)
    else:
        counts = ", ".join(f"{n} {status}" for status, n in sorted(found["tickets"].items()))
        click.echo(f"move {found['move']} to {found['key']} v{found['to']}: {found['status']}")
        click.echo(f"{counts}.")
    return codes.PROBLEMS if left else codes.OK
