"""What an address asks of the list of tickets: words and terms, an order, columns, a kept view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyramid.request import Request

from engine.people.models import Person
from engine.tickets.asking import Piece, Question, read
from engine.tickets.models import SavedView
from engine.tickets.search import SORTS, Bad
from engine.tickets.views import view_for
from webapp.i18n import N_
from webapp.presenters.columns import chosen_columns

TERMS = {
    "queue": N_("Queue"),
    "team": N_("Team"),
    "owner": N_("Owner"),
    "customer": N_("Customer"),
    "org": N_("Organisation"),
    "state": N_("State"),
    "due": N_("Due"),
    "clock": N_("Promise"),
    "created": N_("Created"),
    "changed": N_("Changed"),
    "priority": N_("Priority"),
    "type": N_("Type"),
    "service": N_("Service"),
    "sla": N_("SLA"),
    "tag": N_("Tag"),
}
WRONG = {
    "slip": N_("“%(text)s” is not understood; did you mean %(meant)s: …?"),
    "queue": N_("“%(text)s”: there is no queue of this name."),
    "team": N_("“%(text)s”: there is no team of this name."),
    "owner": N_("“%(text)s”: there is no agent of this name."),
    "state": N_("“%(text)s”: there is no such state."),
    "priority": N_("“%(text)s”: there is no such priority."),
    "clock": N_("“%(text)s”: there is no such clock. Write for example solution:overdue."),
    "type": N_("“%(text)s”: there is no such type."),
    "service": N_("“%(text)s”: there is no such service."),
    "sla": N_("“%(text)s”: there is no such SLA."),
}
NO_TIME = N_("“%(text)s”: this is no time. Write for example today, <2h, >3d or 2026-03-31.")
WORDS = {"pending reminder": "waiting", "pending auto close": "solved"}
LONGEST = 500


@dataclass(frozen=True)
class Wish:
    """What is asked for, as it stands in the address."""

    question: Question
    sort: str
    columns: list[str]
    view: SavedView | None = None

    @property
    def fields(self) -> dict[str, str]:
        """The same as the parts of an address; what is usual is left out."""
        usual = self.columns == chosen_columns(())
        return {
            name: value
            for name, value in (
                ("q", self.question.text),
                ("sort", "" if self.sort == "new" else self.sort),
                ("cols", "" if usual else ",".join(self.columns)),
            )
            if value
        }


def wish_of(request: Request) -> Wish:
    """What the address asks for; a kept view stands for what it does not say itself."""
    given, view = request.GET, None
    number = str(given.get("view") or "")
    if number.isdecimal() and len(number) < 10:
        view = view_for(request.db, request.actor, int(number))
    text = given.get("q", view.query if view else "")
    sort = str(given.get("sort") or (view.sort if view else ""))
    names = [*str(given.get("cols") or "").split(","), *given.getall("col")]
    if view and not any(names):
        names = [str(name) for name in view.columns]
    return Wish(
        question=_chosen(request, read(str(text)[:LONGEST])),
        sort=sort if sort in SORTS else "new",
        columns=chosen_columns(names[:40]),
        view=view,
    )


def _chosen(request: Request, question: Question) -> Question:
    """The question with what was chosen beside the search box; nonsense there chooses nothing."""
    given = {
        name: str(request.GET.get(name) or "").strip()[:300]
        for name in (
            "in", "rank", "type", "tag", "state", "who", "customer", "due", "team", "owner", "sla",
            "clock",
        )
    }  # fmt: skip
    who, customer = given["who"], given["customer"]
    rank = given["rank"]
    values = {
        "queue": given["in"],
        "priority": rank if rank in "12345" and len(rank) == 1 else "",
        "type": given["type"],
        "tag": given["tag"],
        "state": WORDS.get(given["state"], given["state"]),
        "owner": given["owner"]
        or (f"#{who}" if _number(who) else {"me": "me", "none": "nobody"}.get(who, "")),
        "customer": f"#{customer}" if _number(customer) else "",
        "due": given["due"],
        "team": given["team"],
        "sla": given["sla"],
        "clock": given["clock"],
    }
    for name, value in values.items():
        if value:
            question = question.having(name, value)
    return question


def said_wrong(request: Request, bad: Bad) -> str:
    """What is wrong with a term, in the reader's words."""
    text = request.translate(WRONG.get(bad.reason, NO_TIME))
    return str(text % {"text": bad.text, "meant": bad.meant})


def said(request: Request, piece: Piece) -> str:
    """A term as its chip says it."""
    label, value = request.translate(TERMS[piece.name]), piece.value
    if piece.name in ("owner", "customer") and _number(value[1:]) and value.startswith("#"):
        person: Any = request.db.get(Person, int(value[1:]))
        value = person.name if person else value
    elif piece.name == "queue":
        value = value.removeprefix("=")
    elif piece.name == "type":
        value = request.translate(value)
    text = f"{label}: {value}"
    return str(request.translate(N_("not %(what)s")) % {"what": text}) if piece.negated else text


def _number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10
