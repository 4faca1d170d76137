"""The few words between and around notifications, beside the texts that can be changed."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, tuple[str, str]] = {
    "for": ("for {name}", "für {name}"),
    "substitute": (
        "You are told because {name} is away and you stand in.",
        "Sie erhalten das, weil {name} abwesend ist und Sie die Vertretung haben.",
    ),
    "team": (
        "You are told because {name} is away and nobody stands in.",
        "Sie erhalten das, weil {name} abwesend ist und niemand die Vertretung hat.",
    ),
    "late": (
        "This message comes late; it was meant for {date} at {time}.",
        "Diese Nachricht kommt verspätet; sie war für den {date} um {time} Uhr vorgesehen.",
    ),
    "first_response": ("First response", "Erste Antwort"),
    "update": ("Next answer", "Nächste Antwort"),
    "solution": ("Solution", "Lösung"),
    "due": ("{promise}, due {when}", "{promise}, fällig {when}"),
    "unsubscribe": (
        "No more e-mails about this kind of thing (no login needed):",
        "Keine E-Mails dieser Art mehr (ohne Anmeldung):",
    ),
    "more": ("and {n} more", "und {n} weitere"),
    "more_tickets": ("{n} more tickets:", "{n} weitere Tickets:"),
}


def word(language: str, words: str, **values: str) -> str:
    """A few words in a language."""
    return WORDS[words][language == "de"].format(**values)
