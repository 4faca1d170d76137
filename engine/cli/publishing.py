"""`vorgang publish FOLDER` and `vorgang export FOLDER`."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.context import config_option, opened, settings_of
from engine.errors import NotFound
from engine.work import Work


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--note", default="", help="why; kept with the version")
@config_option
@click.pass_context
def publish(context: click.Context, folder: Path, note: str) -> None:
    """Put the processes and rules of FOLDER in force: processes/, rules/ or a folder with both."""
    with opened(settings_of(context)) as desk:
        lines = desk.run(lambda work: publish_folder(work, folder, note))
    for line in lines:
        click.echo(line)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@config_option
@click.pass_context
def export(context: click.Context, folder: Path) -> None:
    """Write the processes and rules in force into FOLDER/processes and FOLDER/rules."""
    from engine.cli.exporting import exported

    with opened(settings_of(context)) as desk:
        files = desk.read(exported)
    for name, text in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    click.echo(f"{len(files)} files written to {folder}.")


def publish_folder(work: Work, folder: Path, note: str = "") -> list[str]:
    """Put in force whatever the folder holds, rules first; says in lines what is in force now.

    Raises `NotFound` for a folder with neither, `Invalid` with all problems, changing nothing.
    """
    from engine.commands import publish as commands

    rules = next((f for f in (folder, folder / "rules") if (f / "vocabulary.yaml").is_file()), None)
    processes = next(
        (f for f in (folder, folder / "processes") if any(f.glob("*/process.bpmn"))), None
    )
    if rules is None and processes is None:
        raise NotFound(f"{folder} holds neither processes nor rules.")
    lines = []
    if rules is not None:
        release = commands.publish_rules(work, rules, note)
        lines.append(f"rules      release {release.digest[:12]}, {len(release.documents)} rulesets")
    if processes is not None:
        for version in commands.publish_processes(work, processes, note):
            lines.append(f"process    {version.key} version {version.number}")
        offers = commands.publish_catalogue(work, processes)
        lines.append(f"catalogue  {len(offers)} offers")
    return lines
