"""Templates know their reader, and every part can be drawn in every state."""

import re
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

import pytest
from pyramid.request import Request
from pyramid.response import Response
from pyramid_jinja2 import IJinja2Environment

from webapp.forms.fields import build_fields
from webapp.i18n import LANGUAGES, Reader, reader_of
from webapp.jinja import TEMPLATES, initials, iso, make_environment, remember_look
from webapp.jinja import tint as tint_of
from webapp.static_files import STATIC

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SCHEMA = {"required": ["a"], "properties": {"a": {"enum": ["x", "y"]}, "b": {"type": "number"}}}


def gallery(language: str) -> str:
    fields = build_fields(SCHEMA, {}, language)
    wrong = build_fields(SCHEMA, {}, language, {"b": "many"}, {"b": "No number."}, prefix="w-")
    request = SimpleNamespace(
        nav=[{"section": "", "label": f"N{n}", "href": "#", "icon": "today"} for n in range(6)],
        frame={"search_href": "/s", "new_href": "/n", "logout_href": "/out"},
        person=SimpleNamespace(name="Ada <b>", email="ada@example.com"),
    )
    page = make_environment().get_template("gallery.jinja2")
    return page.render(
        request=request,
        now=NOW,
        hours=lambda number: NOW + timedelta(hours=number),
        fields=fields,
        wrong=wrong,
        reader_given=Reader(language),
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_gallery_shows_every_part_and_runs_no_script_of_its_own(language: str) -> None:
    html = gallery(language)
    assert f'<html lang="{language}"' in html
    for part in ("task", "bubble internal", "clock overdue", "strip", "diagram", "empty", "toast"):
        assert f'class="{part}' in html
    assert "Ada &lt;b&gt;" in html
    assert not re.search(r"<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=", html)


def test_every_icon_that_is_used_is_drawn() -> None:
    html = gallery("en")
    drawn = set(re.findall(r'<symbol id="i-([\w-]+)"', html))
    used = set(re.findall(r'href="#i-([\w-]+)"', html))
    for script in STATIC.rglob("js/*.js"):
        used |= set(re.findall(r'\bicon\("([\w-]+)"\)', script.read_text()))
    for template in TEMPLATES.rglob("*.jinja2"):
        used |= set(re.findall(r'\bicon\("([\w-]+)"[,)]', template.read_text()))
    assert used - drawn == set()


def test_a_part_is_compiled_once_whichever_page_asks_for_it(web) -> None:
    registry = web.app.app.registry
    environment = registry.queryUtility(IJinja2Environment, name=".jinja2")
    asked = [
        environment.get_template("parts/icons.jinja2", parent=f"{page}.jinja2")
        for page in ("layout", "agent/today")
    ]
    assert asked[0] is asked[1]


def test_every_error_page_can_be_drawn() -> None:
    environment = make_environment()
    pages = sorted((TEMPLATES / "errors").glob("*.jinja2"))
    for page in pages:
        html = environment.get_template(f"errors/{page.name}").render(
            request=SimpleNamespace(), message="<b>why</b>", reader_given=Reader("en")
        )
        assert "&lt;b&gt;why" in html
    assert pages


@pytest.mark.parametrize(
    ("query", "cookies"),
    [
        ("language=de", ["vorgang_language=de"]),
        ("theme=dark", ["vorgang_theme=dark"]),
        ("language=xx&theme=%0d%0aSet-Cookie:a", []),
        ("", []),
    ],
)
@pytest.mark.parametrize("secure", [True, False])
def test_a_switch_by_link_is_remembered(query: str, cookies: list[str], secure: bool) -> None:
    request, response = Request.blank(f"/?{query}"), Response()
    request.desk = SimpleNamespace(settings=SimpleNamespace(secure_cookies=secure))
    remember_look(SimpleNamespace(request=request, response=response))
    kept = response.headers.getall("Set-Cookie")
    assert [header.split(";")[0] for header in kept] == cookies
    assert all(("; secure" in header) is secure for header in kept)


def test_the_reader_is_found_by_link_cookie_person_and_browser() -> None:
    request = Request.blank("/", headers={"Accept-Language": "de"})
    assert reader_of(request).language == "de"
    request.person = SimpleNamespace(language="en", zone="UTC")
    assert reader_of(request) == Reader("en", "UTC")
    request.headers["Cookie"] = "vorgang_language=de"
    assert reader_of(request).language == "de"
    linked = Request.blank("/?language=en", headers={"Cookie": "vorgang_language=de"})
    assert reader_of(linked).language == "en"


def test_small_helpers() -> None:
    assert [initials(n) for n in ("Maria Müller", "ada@x", "", None, "!!")] == [
        "MM",
        "AX",
        "–",
        "–",
        "–",
    ]
    assert iso(NOW.astimezone(timezone(timedelta(hours=1)))) == "2026-11-23T09:00:00Z"
    assert [iso(None), iso(NOW.replace(tzinfo=None))] == ["", "2026-11-23T09:00:00Z"]
    assert tint_of("Ada") == tint_of("Ada")
    assert tint_of(None) in range(6)
