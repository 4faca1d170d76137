"""`vorgang serve`, `web` and `worker`: the desk running."""

from __future__ import annotations

import importlib.metadata
import signal
import warnings
from typing import Any

import click

from engine.cli import codes
from engine.cli.context import config_option, log_to, opened, settings_of, settings_with_home
from engine.cli.family import follow_parent
from engine.cli.ports import require_port
from engine.errors import Invalid

HOST = click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0 for everybody")
PORT = click.option("--port", default=6543, show_default=True, type=int)
SUPERVISED = click.option("--supervised", is_flag=True, hidden=True)


@click.command()
@HOST
@PORT
@click.option("--sample", is_flag=True, help="add data to try it with, if there is none")
@config_option
@click.pass_context
def serve(context: click.Context, host: str, port: int, sample: bool) -> int:
    """Run web server and worker together until Ctrl-C; sets the desk up where there is none."""
    from engine.cli.starting import set_up
    from engine.cli.supervisor import supervise
    from engine.cli.welcome import greeting

    require_port(host, port)
    settings = settings_with_home(context)
    set_up(settings, sample=sample, say=click.echo)
    config = ["-c", str(context.obj)] if context.obj else []
    children = {
        "web": [*config, "web", "--host", host, "--port", str(port), "--supervised"],
        "worker": [*config, "worker", "--supervised"],
    }

    def ready() -> None:
        with opened(settings) as desk:
            click.echo(greeting(desk, host, port))

    return supervise(settings, children, host=host, port=port, ready=ready)


@click.command()
@HOST
@PORT
@SUPERVISED
@config_option
@click.pass_context
def web(context: click.Context, host: str, port: int, supervised: bool) -> int:
    """Run only the web server."""
    from waitress import create_server

    settings = settings_of(context)
    log_to(settings, name="web", console=not supervised)
    _hush()
    with opened(settings):
        pass  # says plainly what is missing before the first request does
    if not supervised:
        require_port(host, port)
    app = _web_app(context)
    server = create_server(
        app,
        host=host,
        port=port,
        threads=settings.web_threads,
        ident=None,
        clear_untrusted_proxy_headers=True,
        max_request_body_size=settings.max_upload_bytes * 4,
        **_proxy(settings.trusted_proxy),
    )
    if supervised:
        follow_parent()
    signal.signal(signal.SIGTERM, _end)
    try:
        server.run()
    finally:
        server.close()
    return codes.OK


@click.command()
@click.option("--beat/--no-beat", default=True, help="also wake for what is due (one is enough)")
@SUPERVISED
@config_option
@click.pass_context
def worker(context: click.Context, beat: bool, supervised: bool) -> int:
    """Run only the worker: delivery, timers, mailbox."""
    settings = settings_of(context)
    log_to(settings, name="worker", console=not supervised)
    _hush()
    if supervised:
        follow_parent()
    with opened(settings) as desk:
        from engine.worker import run_worker

        return run_worker(desk, beat=beat)


def _web_app(context: click.Context) -> Any:
    """The WSGI application, found as `pserve` finds it: by its entry point."""
    from engine.cli.context import read_ini

    found = importlib.metadata.entry_points(group="paste.app_factory", name="main")
    ours = [entry for entry in found if entry.value == "webapp:main"]
    if not ours:
        raise Invalid("The web application is not installed. Install Vorgang with pip.")
    return ours[0].load()({}, **(read_ini(context.obj) if context.obj else {}))


def _proxy(trusted: str) -> dict[str, Any]:
    if not trusted:
        return {}
    headers = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}
    return {"trusted_proxy": trusted, "trusted_proxy_headers": headers}


def _end(*_: object) -> None:
    raise SystemExit(codes.OK)


def _hush() -> None:
    """Warnings of libraries that an operator can do nothing about."""
    warnings.filterwarnings("ignore", message="pkg_resources is deprecated")
    warnings.filterwarnings("ignore", message="You're running the worker with superuser")
