"""`vorgang rules dry-run`: what the drafts would have done with the tickets of the past."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from engine.cli import codes
from engine.cli.context import config_option, opened, print_json, settings_of

if TYPE_CHECKING:
    from engine.desk import Desk
    from engine.work import Work

MOST_PAIRS = 20  # of one field; all stand in the JSON


@click.command("dry-run", short_help="What the drafts would have done with past tickets.")
@click.argument("rulesets", nargs=-1)
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=30,
    show_default=True,
    help="the tickets of so many days",
)
@click.option("--search", "query", default="", help="instead, the tickets that a search finds")
@click.option("--json", "as_json", is_flag=True, help="one JSON document with all figures")
@config_option
@click.pass_context
def dry_run(
    context: click.Context, rulesets: tuple[str, ...], days: int, query: str, as_json: bool
) -> int:  # fmt: skip
    """Put the tickets of the past to the rules in force and to the drafts, and say what differs.

    RULESETS are those that are drafted, or the ones named. Each ticket is looked at as it was when
    rules were asked about it; nothing is changed. The run is listed in the browser for a month.
    Exit code 0 when no ticket would be otherwise, 1 when some would be.
    """
    with opened(settings_of(context)) as desk:
        found = _tried(desk, days, query, rulesets)
    if as_json:
        print_json(found)
    else:
        _print(found)
    return codes.PROBLEMS if found["different"] or found["status"] != "done" else codes.OK


def _tried(desk: Desk, days: int, query: str, rulesets: tuple[str, ...]) -> dict[str, Any]:
    """Work on it to the end, together with the worker, if there is one."""
    from engine.commands.rules_dry_run import dry_run_or_missing, start_dry_run, work_on

    def start(work: Work) -> int:
        return start_dry_run(work, days=days, query=query, rulesets=rulesets).id

    run_id = desk.run(start)
    while _going_on(desk, run_id):
        work_on(desk, run_id)
    return desk.read(lambda work: _figures(work, dry_run_or_missing(work.session, run_id)))


def _going_on(desk: Desk, run_id: int) -> bool:
    from engine.commands.rules_dry_run import dry_run_or_missing

    row = desk.read(lambda work: dry_run_or_missing(work.session, run_id))
    if row.status == "running":
        click.echo(f"{row.tally['tickets']} of {row.total}", err=True)
    return row.status == "running"


def _figures(work: Work, row: Any) -> dict[str, Any]:
    from engine.tickets.overview import numbers

    tally = row.tally
    ids = {one for f in tally["fields"].values() for cell in f["cells"] for one in cell[3]}
    known: dict[int, str] = {}
    for start in range(0, len(ids), 1000):
        known |= numbers(work.session, sorted(ids)[start : start + 1000])
    return {
        "run": row.id, "status": row.status, "rulesets": row.rulesets, "days": row.days,
        "search": row.query, "tickets": tally["tickets"], "different": tally["different"],
        "matched": {"before": tally["matched_before"], "after": tally["matched"]},
        "fields": {
            name: {
                "tickets": one["tickets"], "not_listed": one["others"],
                "changes": [
                    {"before": before, "after": after, "tickets": count,
                     "examples": [known[key] for key in some if key in known]}
                    for before, after, count, some in sorted(one["cells"], key=lambda c: -c[2])
                ],
            }
            for name, one in tally["fields"].items()
        },
        "rules": {n: {"before": b, "after": a} for n, (b, a) in sorted(tally["rules"].items())},
        "queues": tally["queues"], "organisations": tally["organisations"],
        "customers": len(tally["customers"]),
    }  # fmt: skip


def _print(found: dict[str, Any]) -> None:
    click.echo(
        f"{found['different']} of {found['tickets']} tickets would be otherwise "
        f"({', '.join(found['rulesets'])}; dry run {found['run']}, {found['status']})"
    )
    for name, one in found["fields"].items():
        click.echo(f"{name.removeprefix(':')}: {one['tickets']} tickets")
        for pair in one["changes"][:MOST_PAIRS]:
            before, after = (pair[side] or "nothing" for side in ("before", "after"))
            some = ", ".join(pair["examples"][:3])
            click.echo(f"  {before} → {after}: {pair['tickets']}, such as {some}")
    for rule, sides in found["rules"].items():
        if sides["before"] != sides["after"]:
            click.echo(f"{rule}: fired on {sides['before']}, would fire on {sides['after']}")
