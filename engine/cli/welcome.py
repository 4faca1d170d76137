"""What `vorgang serve` says once the desk answers: where to click and as whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.cli.structure import read_sample
from engine.errors import Invalid
from engine.people.passwords import password_fits
from engine.people.queries import person_by_login
from engine.work import Work

if TYPE_CHECKING:
    from engine.desk import Desk

SHOWN = ("customer", "agent", "owner", "admin")


def greeting(desk: Desk, host: str, port: int) -> str:
    """A short block of text for the terminal."""
    name = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::", "::1", "") else host
    lines = ["", f"  Vorgang is running:  http://{name}:{port}", ""]
    people = desk.read(sample_logins)
    if people:
        lines += [f"    {role:10} {login}" for role, login, _ in people]
        lines += [f"    password   {people[0][2]}", ""]
    if not desk.settings.smtp_url:
        lines.append(
            f"  No mail server is set (smtp_url): mail is written to {desk.settings.home}/sent"
        )
    lines += [f"  Everything lies in {desk.settings.home}. Ctrl-C stops.", ""]
    return "\n".join(lines)


def sample_logins(work: Work) -> list[tuple[str, str, str]]:
    """Role, login and password of one sample person per role, while the password is still it."""
    try:
        document = read_sample("people")
    except Invalid:
        return []
    found: dict[str, tuple[str, str, str]] = {}
    password = str(document.get("password", ""))
    for entry in document.get("people", []):
        role = max(entry["roles"], key=SHOWN.index)
        person = person_by_login(work.session, entry["email"])
        if role in found or person is None or not person.active:
            continue
        if password_fits(person.password_hash, password):
            found[role] = (role, person.login, password)
    return [found[role] for role in SHOWN if role in found]
