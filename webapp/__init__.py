"""The browser's and the API's door to the desk: this page is the list of what it is made of."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.router import Router

from engine.desk import Desk, open_desk, require_ready
from engine.errors import VorgangError
from engine.settings import load_settings


def main(global_config: dict[str, Any], **settings: Any) -> Router:
    """The WSGI application for `pserve`: settings from the ini file's [app:main] section.

    Ends with a sentence where there is nothing to serve yet.
    """
    try:
        found = load_settings(settings)
        require_ready(found)
        return make_app(open_desk(found))
    except VorgangError as error:
        raise SystemExit(f"vorgang: {error.message}") from None


def make_app(desk: Desk) -> Router:
    """The WSGI application on a desk that is open already."""
    config = Configurator(
        settings={
            "tm.manager_hook": "pyramid_tm.explicit_manager",
            "tm.commit_veto": "webapp.refused.nothing_stays",
            "retry.attempts": 3,
            "pyramid.default_locale_name": "en",
        }
    )
    config.registry.desk = desk
    config.include("pyramid_retry")
    config.include("pyramid_tm")
    config.include("webapp.jinja.configure_jinja")
    for part in ("security", "request", "bounds", "headers", "errors", "routes"):
        config.include(f"webapp.{part}")
    config.scan("webapp.views")
    config.include("webapp.api")
    return config.make_wsgi_app()
