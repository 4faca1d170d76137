"""From the command line's options to settings and an open desk."""

from __future__ import annotations

import configparser
import json
import logging
import logging.handlers
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from engine.errors import Invalid
from engine.settings import PREFIX, Settings, load_settings, make_home

if TYPE_CHECKING:
    from engine.desk import Desk

F = TypeVar("F", bound=Callable[..., Any])
CHATTY = ("spiff", "alembic", "celery", "kombu", "amqp", "imapclient")
LOG_BYTES, LOGS_KEPT = 5 * 2**20, 5


def config_option(function: F) -> F:
    """`-c FILE` on a command itself, as in `vorgang worker -c development.ini`."""

    def remember(context: click.Context, _: click.Parameter, value: Path | None) -> Path | None:
        if value is not None:
            context.obj = value
        return value

    return click.option(
        "-c", "--config", type=click.Path(dir_okay=False, path_type=Path), expose_value=False,
        callback=remember, help="settings from this ini file",
    )(function)  # fmt: skip


def settings_of(context: click.Context) -> Settings:
    """The settings for this call: ini file over environment over defaults; logging is set up."""
    settings = _given(context)
    log_to(settings)
    return settings


def settings_with_home(context: click.Context) -> Settings:
    """The settings of a desk that may be new: its home is there, and its secret in it."""
    make_home(_given(context).home)
    return settings_of(context)


def _given(context: click.Context) -> Settings:
    return load_settings(read_ini(context.obj) if context.obj else {})


def read_ini(path: Path) -> dict[str, str]:
    """The `vorgang.…` settings in [app:main]; raises `Invalid` for a file that cannot be read."""
    parser = configparser.ConfigParser(defaults={"here": str(path.absolute().parent)})
    try:
        with path.open(encoding="utf-8") as file:
            parser.read_file(file)
        section = parser["app:main"]
        return {key: section[key] for key in section if key.startswith(PREFIX)}
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"The settings file {path} cannot be read: {error}.") from error
    except (configparser.Error, KeyError) as error:
        raise Invalid(f"The settings file {path} has no usable [app:main] section.") from error


def log_to(settings: Settings, *, name: str = "vorgang", console: bool = False) -> None:
    """Log to `home/log/NAME.log` where there is a home, else (or if asked) to the console."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        if getattr(handler, "vorgang", False):
            root.removeHandler(handler)
            handler.close()
    handlers: list[logging.Handler] = []
    try:
        folder = settings.home / "log"
        folder.mkdir(exist_ok=True)
        path = folder / f"{name}.log"
        handlers.append(
            logging.handlers.RotatingFileHandler(
                path, maxBytes=LOG_BYTES, backupCount=LOGS_KEPT, delay=True, encoding="utf-8"
            )
        )
    except OSError:
        console = True
    if console:
        handlers.append(logging.StreamHandler())
    for handler in handlers:
        handler.vorgang = True  # type: ignore[attr-defined]
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        root.addHandler(handler)
    root.setLevel(logging.INFO)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)


@contextmanager
def opened(settings: Settings) -> Iterator[Desk]:
    """An open desk whose database is ready; raises `Unavailable` for one that is not set up."""
    from engine.desk import open_desk, require_ready

    require_ready(settings)
    desk = open_desk(settings)
    try:
        yield desk
    finally:
        desk.close()


def print_json(document: Any) -> None:
    """One line of JSON."""
    click.echo(json.dumps(document, ensure_ascii=False, default=str))
