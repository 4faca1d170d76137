"""Browsers and time zones in words that people know."""

from __future__ import annotations

from zoneinfo import available_timezones

from pyramid.request import Request

from webapp.i18n import N_

BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"),
            ("Safari", "Safari"))  # fmt: skip
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
           ("Mac OS", "Mac"), ("Linux", "Linux"))  # fmt: skip


def device_name(request: Request, agent: str) -> str:
    """'Firefox, Windows' from what the browser says of itself."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return ", ".join(part for part in (browser, system) if part) or request.translate(
        N_("A program that does not say its name")
    )


def zone_choices(current: str) -> list[tuple[str, str]]:
    """Zones named by place, and the one in use."""
    places = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Pacific/")
    names = {name for name in available_timezones() if name.startswith(places)} | {current, "UTC"}
    return [(name, name.replace("_", " ")) for name in sorted(names)]
