"""Jinja as all pages use it: escaping on, the reader's words and formats, addresses of our files.

In every template, also in macros imported without context: ``_``, ``gettext``, ``ngettext``,
``{% trans %}``; ``reader()`` (language, zone); ``static("app.css")``; ``csrf_token()``;
``writer()``; ``toasts()``; ``theme()``; the filters ``date``, ``clock_time``, ``moment``,
``datetime``, ``ago``, ``number``, ``percent``, ``size``, ``duration``, ``left``, ``pick``, ``iso``,
``initials``, ``tint``, ``json``.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, Undefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from pyramid.csrf import get_csrf_token
from pyramid.threadlocal import get_current_request

from engine.commands.rules_examining import mark_of
from webapp.i18n import LANGUAGE_COOKIE, LANGUAGES, Reader, reader_of
from webapp.once import new_key
from webapp.presenters.problem_words import NO_TITLES, finding_said
from webapp.presenters.why import words_of
from webapp.presenters.witness import witness_words
from webapp.static_files import static

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
THEME_COOKIE = "vorgang_theme"
THEMES = ("light", "dark")
YEAR = 31_536_000
ACCEPTED = "accepted"  # the queue of flashes that scripts read


def current_reader(context: Context | None = None) -> Reader:
    """Who reads this page: the request's reader, else the one given to the template, else English.

    Asked for every word of a page, so the usual answer comes first.
    """
    request = get_current_request()
    found = getattr(request, "reader", None)
    if not isinstance(found, Reader) and context is not None:
        found = context.get("reader_given") or getattr(context.get("request"), "reader", None)
    return found if isinstance(found, Reader) else Reader()


@pass_context
def _gettext(context: Context, text: str, /, **values: Any) -> Markup:
    """``_("…")`` as Jinja's newstyle has it (values are put in, and escaped), but the hundreds of
    texts of a page are looked up once per language, not once per use."""
    said = _said(current_reader(context).language, text)
    return said % values if "%" in said else said


@lru_cache(maxsize=8192)
def _said(language: str, text: str) -> Markup:
    return Markup(Reader(language).gettext(text))


@pass_context
def _ngettext(context: Context, one: str, many: str, number: int) -> str:
    return current_reader(context).ngettext(one, many, number)


def _filter(name: str) -> Callable[..., Any]:
    @pass_context
    def apply(context: Context, value: Any, *args: Any, **options: Any) -> Any:
        if isinstance(value, Undefined):
            value = None
        return getattr(current_reader(context), name)(value, *args, **options)

    return apply


@pass_context
def finding(context: Context, text: Any, titles: Any = None) -> str:
    """What the check says, in the reader's language; `titles` is what elements are called in it."""
    return finding_said(str(text or ""), current_reader(context).language, titles or NO_TITLES)


@pass_context
def witness(context: Context, found: Any) -> list[tuple[str, str]]:
    """The ticket that shows a finding: what it says of itself, each with what that is called."""
    request = context.get("request")
    return witness_words(found, current_reader(context), words_of(request) if request else None)


@pass_context
def shown_at(context: Context, problem: Any, ruleset: str) -> str:
    """Where the ticket that shows a finding about a ruleset is kept as an example."""
    mark = mark_of(ruleset, problem)
    return str(context["request"].route_path("rules.shown", name=ruleset, mark=mark))


def iso(value: datetime | None) -> str:
    """The moment as machines read it, in UTC."""
    if not isinstance(value, datetime):
        return "" if value is None else str(value)
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def initials(name: str | None) -> str:
    """'Maria Müller' → 'MM'; nobody → '–'."""
    parts = [part for part in (name or "").replace("@", " ").split() if part[0].isalnum()]
    if not parts:
        return "–"
    return (parts[0][0] + (parts[-1][0] if len(parts) > 1 else "")).upper()


def tint(name: str | None) -> int:
    """A steady colour number 0–5 for a name."""
    return zlib.crc32((name or "").encode()) % 6


def csrf_token() -> str:
    """The token that forms and fetches send; empty where no session exists (mails, gallery)."""
    request = get_current_request()
    return str(get_csrf_token(request)) if request is not None else ""


def writer() -> str:
    """The mark of who reads, that forms carry; empty where nobody is logged in."""
    request = get_current_request()
    return str(getattr(request, "writer", "") or "")


def toasts() -> list[dict[str, str]]:
    """What the last action said: flashed texts or ``{"text", "kind", "undo"}``, taken once."""
    request = get_current_request()
    session = getattr(request, "session", None)
    said = session.pop_flash() if session is not None else []
    return [item if isinstance(item, dict) else {"text": str(item)} for item in said]


def accepted() -> str:
    """The keys of the drafts whose forms were accepted just now: the browser forgets them."""
    session = getattr(get_current_request(), "session", None)
    return " ".join(session.pop_flash(ACCEPTED)) if session is not None else ""


def theme() -> str:
    """'light', 'dark' or '' for what the system prefers."""
    request = get_current_request()
    if request is None:
        return ""
    chosen = request.GET.get("theme") or request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else ""


def remember_look(event: Any) -> None:
    """Keep a language or theme switched by a link (``?language=de``, ``?theme=dark``)."""
    request, response = event.request, event.response
    if request.method != "GET":
        return
    for name, cookie, allowed in (
        ("language", LANGUAGE_COOKIE, LANGUAGES),
        ("theme", THEME_COOKIE, (*THEMES, "auto")),
    ):
        if request.GET.get(name) in allowed:
            keep_look(request, response, cookie, request.GET[name])


def keep_look(request: Any, response: Any, cookie: str, value: str) -> None:
    """Remember a choice of looks in this browser for a year."""
    secure = request.desk.settings.secure_cookies
    response.set_cookie(cookie, value, max_age=YEAR, path="/", samesite="Lax", secure=secure)


FILTERS: dict[str, Callable[..., Any]] = {
    "date": _filter("date"),
    "clock_time": _filter("time"),
    "datetime": _filter("date_time"),
    "moment": _filter("moment"),
    "ago": _filter("relative"),
    "age": _filter("age"),
    "number": _filter("number"),
    "percent": _filter("percent"),
    "size": _filter("size"),
    "duration": _filter("duration"),
    "left": _filter("left"),
    "pick": _filter("pick"),
    "finding": finding,
    "witness": witness,
    "shown_at": shown_at,
    "iso": iso,
    "initials": initials,
    "tint": tint,
    "json": lambda value: json.dumps(value, ensure_ascii=False, default=str),
}


@pass_context
def _reader(context: Context) -> Reader:
    return current_reader(context)


GLOBALS: dict[str, Any] = {
    "static": static,
    "csrf_token": csrf_token,
    "new_key": new_key,
    "writer": writer,
    "accepted": accepted,
    "toasts": toasts,
    "theme": theme,
    "reader": _reader,
    "languages": LANGUAGES,
}


def configure_environment(environment: Environment) -> Environment:
    """Give one Jinja environment our words, filters and globals."""
    # Names are whole paths below templates/, whoever asks. pyramid_jinja2 takes them as relative to
    # the asking file first, and would compile each macro file again for every page that uses it.
    environment.join_path = lambda template, parent: template  # type: ignore[method-assign]
    environment.autoescape = True
    environment.trim_blocks = True
    environment.lstrip_blocks = True
    if "jinja2.ext.InternationalizationExtension" not in environment.extensions:
        environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update({"_": _gettext, "gettext": _gettext})
    environment.filters.update(FILTERS)
    environment.globals.update(GLOBALS)
    return environment


def make_environment() -> Environment:
    """An environment without any web around it, for mails, the gallery and tests."""
    return configure_environment(Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True))


def configure_jinja(config: Any) -> None:
    """Set up pyramid_jinja2 and ``request.reader`` and ``request.translate`` for all pages."""
    config.include("pyramid_jinja2")
    config.add_jinja2_search_path("webapp:templates", name=".jinja2")
    config.add_jinja2_extension("jinja2.ext.i18n", name=".jinja2")
    config.add_subscriber(remember_look, "pyramid.events.NewResponse")
    config.add_request_method(reader_of, "reader", reify=True)
    config.add_request_method(lambda request: request.reader.gettext, "translate", reify=True)
    config.action(
        ("vorgang", "jinja"),
        lambda: configure_environment(config.get_jinja2_environment(".jinja2")),
        order=1000,
    )
