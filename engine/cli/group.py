"""All commands under one roof; each module is imported only when one of its commands is called."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import click

# command → module that holds it, and what it does
COMMANDS = {
    "init": ("starting", "make the desk's home ready; --sample adds data to try it with"),
    "serve": ("serving", "web and worker together; Ctrl-C stops both"),
    "web": ("serving", "only the web server"),
    "worker": ("serving", "only the worker (delivery, timers, mailbox)"),
    "publish": ("publishing", "put the processes and rules of a folder in force"),
    "export": ("publishing", "write what is in force into a folder"),
    "upgrade": (
        "upgrading",
        "what a new version brings for processes and rules; take or decline it",
    ),
    "process": ("checking", "check diagrams, play their examples, move running tickets"),
    "rules": ("checking", "check rules, ask them, run their examples"),
    "sla": ("working_time", "working time: when a promise falls due, how much has passed"),
    "mail": ("intake", "take in mail from standard input"),
    "sms": ("intake", "take in an SMS from standard input"),
    "fax": ("intake", "take in a fax file"),
    "inbound": ("inbound", "messages that came in, and those held back"),
    "ticket": ("tickets", "look at tickets"),
    "outbox": ("outbox", "what could not be delivered yet"),
    "user": ("people", "people, passwords and tokens"),
    "faq": ("health", "the FAQ's search index"),
    "health": ("health", "is everything all right?"),
    "audit": ("auditing", "is anything lost? Every ticket, timer, message and file looked at"),
    "doctor": ("health", "what to mend before the desk can start"),
}


class Lazy(click.Group):
    """A group that knows the names of its commands without loading them."""

    def list_commands(self, context: click.Context) -> list[str]:
        """In the order of the table."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command of this name, loaded."""
        if name not in COMMANDS:
            return None
        found: Any = getattr(import_module(f"engine.cli.{COMMANDS[name][0]}"), name)
        return found if isinstance(found, click.Command) else None

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """The list for --help, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_text) for name, (_, help_text) in COMMANDS.items()])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-c", "--config", type=click.Path(dir_okay=False, path_type=Path),
    help="settings from the [app:main] section of this ini file",
)  # fmt: skip
@click.version_option(package_name="vorgang", message="%(package)s %(version)s")
@click.pass_context
def vorgang(context: click.Context, config: Path | None) -> None:
    """A service desk whose tickets live in BPMN diagrams and are routed by rules.

    Everything lies under VORGANG_HOME (./var where it is not set).
    """
    context.obj = config
