"""`vorgang rules figures`: which rules fire, and which people keep correcting."""

from __future__ import annotations

from datetime import timedelta

import click

from engine.cli import codes
from engine.cli.context import config_option, opened, print_json, settings_of


@click.command("figures", short_help="How often rules fire, and are corrected by hand.")
@click.option("--days", type=click.IntRange(1, 36500), default=90, show_default=True)
@click.option("--rebuild", is_flag=True, help="count everything anew first")
@click.option("--json", "as_json", is_flag=True, help="one JSON line per rule")
@config_option
@click.pass_context
def figures(context: click.Context, days: int, rebuild: bool, as_json: bool) -> int:
    """How often each rule fired and was corrected by hand, the most corrected first."""
    from engine.audit.figures import figures_of
    from engine.commands.rule_figures import count_all

    with opened(settings_of(context)) as desk:
        count_all(desk, anew=rebuild)
        since = desk.clock().date() - timedelta(days=days)
        found = desk.read(lambda work: figures_of(work.session, since=since))
    rows = [(*key, one) for key, one in found.items() if key[1]]
    for ruleset, rule, one in sorted(rows, key=lambda row: (-row[2].overridden, -row[2].fired)):
        if as_json:
            print_json({"ruleset": ruleset, "rule": rule, "fired": one.fired,
                        "overridden": one.overridden, "micros": one.micros,
                        "spent_micros": one.spent, "timed": one.timed})  # fmt: skip
        else:
            took = "-" if one.milliseconds is None else f"{one.milliseconds:.1f}"
            counts = f"{one.overridden:7} corrected {one.fired:9} fired {took:>8} ms each"
            click.echo(f"{counts}  {ruleset}/{rule}")
    return codes.OK
