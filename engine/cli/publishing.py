"""`vorgang publish FOLDER` and `vorgang export FOLDER`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.context import config_option, opened, settings_of
from engine.commands.candidates import read_processes, read_rules
from engine.commands.known_names import publish_known_rules
from engine.commands.notice_files import exported_texts, publish_texts, read_texts
from engine.commands.offers import publish_catalogue, read_catalogue
from engine.commands.process_names import at_this_desk
from engine.commands.promise_files import FOLDER, kept_promises
from engine.commands.publish import publish_processes, ruleset_names
from engine.errors import Invalid, NotFound
from engine.work import Work

if TYPE_CHECKING:
    from engine.desk import Desk

_WHY_NOT = {
    "templates": "it holds templates, of which processes are begun in the browser",
    "shared": "it holds parts that processes call; publish the folder above it",
}


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--note", default="", help="why; kept with the version")
@click.option("--accept-warnings", "accepted", is_flag=True, help="publish in spite of warnings")
@click.option(
    "--promises",
    type=click.Choice(["folder", "desk"]),
    default=None,
    help="whose calendars and SLAs count that were changed both here and in FOLDER",
)
@config_option
@click.pass_context
def publish(
    context: click.Context, folder: Path, note: str, accepted: bool, promises: str | None
) -> None:
    """Put what is in FOLDER in force: processes/, rules/, notices/ or a folder with these.

    Errors stop it; warnings about processes have to be accepted. A calendar or an SLA that was
    changed in the browser stays, unless FOLDER has changed it, too: then say whose counts with
    --promises.
    """
    with opened(settings_of(context)) as desk:
        lines = publish_folder(desk, folder, note, accepted=accepted, promises=promises or "")
    for line in lines:
        click.echo(line)


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@config_option
@click.pass_context
def export(context: click.Context, folder: Path) -> None:
    """Write the processes and rules in force and one's own texts of notifications into FOLDER."""
    from engine.commands.exporting import exported

    with opened(settings_of(context)) as desk:
        files = desk.read(exported)
        texts = desk.read(exported_texts)
    files |= {f"notices/{name}": text for name, text in texts.items()}
    try:
        for name, text in files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Invalid(f"{folder} cannot be written: {error.strerror}.") from None
    click.echo(f"{len(files)} files written to {folder}.")


def publish_folder(
    desk: Desk, folder: Path, note: str = "", *, accepted: bool = False, promises: str = ""
) -> list[str]:
    """Put in force whatever the folder holds, all of it or nothing; says in lines what is now.

    It is read and tried before the transaction, so that nobody waits for it. Raises `NotFound` for
    a folder with neither processes nor rules, `Invalid` with all problems, also with the warnings
    where these have not been `accepted`.
    """
    rules_in = next(
        (f for f in (folder, folder / "rules") if (f / "vocabulary.yaml").is_file()), None
    )
    processes_in = next(
        (f for f in (folder, folder / "processes") if any(f.glob("*/process.bpmn"))), None
    )
    if processes_in == folder and (why := _WHY_NOT.get(folder.resolve().name)):
        raise Invalid(f"{folder} was not published: {why}.")
    inside = folder if folder.resolve().name == "notices" else folder / "notices"
    notices_in = inside if any(inside.glob("*.yaml")) else None
    if rules_in is None and processes_in is None and notices_in is None:
        raise NotFound(f"{folder} holds neither processes nor rules.")
    texts = read_texts(notices_in) if notices_in else {}
    rules = read_rules(rules_in) if rules_in else None
    known = sorted(rules.documents) if rules else desk.read(ruleset_names)
    processes = read_processes(processes_in, known) if processes_in else None
    catalogue = read_catalogue(processes_in) if processes_in else None
    found = processes
    warnings, empty = (
        desk.read(lambda work: at_this_desk(work.session, found, texts)) if found else ([], [])
    )
    if warnings and not accepted:
        raise Invalid(
            "Nothing was published: accept these warnings with --accept-warnings, or mend them.",
            warnings,
        )

    def put_in_force(work: Work) -> list[str]:
        lines = [f"text       {name}" for name in publish_texts(work, texts, note)]
        if rules is not None:
            kept = kept_promises(work, rules.calendars, rules.slas) if promises != FOLDER else []
            release = publish_known_rules(work, rules, note, promises)
            count = len(rules.documents)
            lines.append(f"rules      release {release.digest[:12]}, {count} rulesets")
            lines += [f"kept       {name}, as it was changed here" for name in kept]
        if processes is not None:
            for version in publish_processes(work, processes, note):
                lines.append(f"process    {version.key} version {version.number}")
            lines += [f"left out   {name}" for name in processes.left_out]
            lines += [f"unserved   {problem.message}" for problem in empty]
        if catalogue is not None:
            lines.append(f"catalogue  {len(publish_catalogue(work, catalogue))} offers")
        return lines

    return desk.run(put_in_force)
