"""Moving running tickets to another version, as an owner reads it: who goes where, and who cannot.

Figures count all tickets; numbers and titles are shown only of those that the reader may read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pyramid.request import Request

from engine.catalogue.published import ProcessVersion
from engine.commands.dry_run import DryRun, Group
from engine.tickets.models import Ticket
from engine.tickets.moves import (
    Migration,
    counts_of,
    latest_migration,
    left_behind,
    migrations_of,
    moved_again,
    readable_tickets,
)
from engine.workflow import Definition
from engine.workflow.migrate import Change, Place, Reason
from engine.workflow.time_words import Time, in_words
from webapp.i18n import N_
from webapp.presenters import problem_words

SHOWN = 50  # tickets of one group
ASKED = 500  # of how many it is looked up whether the reader may read them
KEPT_DAYS = 30

# The sentences of engine/workflow/migrate.py and of what became of a ticket.
REASONS = frozenset({
    N_('"%(step)s" is not in the new diagram; say which step takes its place'),
    N_('"%(step)s" is a step of another kind in the new diagram'),
    N_('"%(step)s" cannot become "%(target)s", which is of another kind or lies elsewhere'),
    N_('"%(fork)s", from which the branch at "%(step)s" came, is gone or interrupts now'),
    N_('"%(step)s" is under way for several at once, and what it is repeated for has changed'),
    N_('the parallel part before "%(join)s" has changed while the ticket is inside it'),
    N_('at "%(join)s" the ticket would wait for ever for a branch that it never takes'),
    N_('what has happened at "%(step)s" is no longer waited for there'),
    N_('a time at "%(step)s" cannot be worked out: %(error)s'),
    N_("the process has ended"),
    N_("the ticket would not stand where it should"),
    N_("it failed: %(error)s"),
    N_("This has moved on since; it stays as it is."),
    N_("How it stood before is no longer kept."),
})  # fmt: skip
CHANGES = {
    "title": N_("Called “%(after)s”, before “%(before)s”"),
    "lane": N_("Done by: %(before)s → %(after)s"),
    "form": N_("Form: %(before)s → %(after)s"),
    "state": N_("State while it waits: %(before)s → %(after)s"),
    "label": N_("Customers read: %(before)s → %(after)s"),
    "timer": N_("Time: %(before)s → %(after)s; what runs already keeps its due time"),
    "timer_new": N_("New time “%(after)s”, counted from the move"),
    "timer_gone": N_("“%(before)s” no longer runs"),
    "message": N_("Message it waits for: %(before)s → %(after)s"),
    "event_new": N_("Also waits for “%(after)s”"),
    "event_gone": N_("No longer waits for “%(before)s”"),
    "next": N_("Next: %(before)s → %(after)s"),
}
STATUSES = {
    "running": N_("under way"),
    "paused": N_("paused"),
    "done": N_("done"),
    "undoing": N_("is being taken back"),
    "undone": N_("taken back"),
    "failed": N_("broken off"),
}
CUTS = {
    "yes": N_("“%(event)s” now ends the step when it comes"),
    "no": N_("“%(event)s” no longer ends the step when it comes"),
}
STEPS = frozenset({"timer_new", "timer_gone", "event_new", "event_gone", "next"})


@dataclass(frozen=True)
class Standing:
    """One step at which tickets of a group stand, the step it becomes, and what is different."""

    title: str
    target: str
    failed: bool
    changes: list[str]


@dataclass(frozen=True)
class Row:
    """Tickets of one version at the same place."""

    version: int
    count: int
    movable: bool
    places: list[Standing]
    reasons: list[str]
    tickets: list[Ticket]

    @property
    def hidden(self) -> int:
        """How many of them are not shown."""
        return self.count - len(self.tickets)


@dataclass(frozen=True)
class Choice:
    """A step that is gone, and the steps that may take its place."""

    step: str
    title: str
    options: list[tuple[str, str]]
    value: str
    guessed: bool


@dataclass
class Move:
    """A move that was begun, in figures."""

    row: Migration
    counts: dict[str, int] = field(default_factory=dict)
    undoable: bool = False

    @property
    def all(self) -> int:
        """How many tickets it is about."""
        return sum(self.counts.values())

    @property
    def over(self) -> int:
        """How many have been dealt with; while it is taken back, how many of those moved."""
        if self.row.status == "undoing":
            return self.all - self.counts.get("moved", 0)
        return self.all - self.counts.get("waiting", 0)

    @property
    def active(self) -> bool:
        """Whether somebody is at it now."""
        return self.row.status in ("running", "undoing")

    @property
    def tag(self) -> str:
        """Another one as soon as anything has changed."""
        return f"{self.row.id}-{self.row.status}-{self.over}-{self.all}"


def rows_of(request: Request, found: DryRun) -> list[Row]:
    """The groups of a dry run, those that cannot move first."""
    return [_row(request, found, group) for group in found.groups]


def choices_of(request: Request, found: DryRun, mapping: Mapping[str, str]) -> list[Choice]:
    """A select for every step that is gone and at which tickets stand."""
    target = found.definitions[found.version.id]
    made = []
    for step, fitting in found.unplaced.items():
        old = next((d for d in found.definitions.values() if step in d.steps), target)
        value = mapping.get(step) or found.suggested.get(step, "")
        options = [(one, _title(request, one, target)) for one in fitting]
        guessed = bool(value) and step not in mapping
        made.append(Choice(step, _title(request, step, old), options, value, guessed))
    return made


def moves_of(request: Request, key: str) -> list[Move]:
    """The latest moves of a process with what became of them, newest first."""
    found = migrations_of(request.db, key)
    counts = counts_of(request.db, [row.id for row in found])
    busy = any(row.status in ("running", "paused", "undoing") for row in found)
    made = []
    for row in found:
        recent = (request.work.now - row.started_at).days < KEPT_DAYS
        moved = counts[row.id].get("moved", 0) > 0
        undoable = moved and recent and not busy and row.status in ("done", "failed")
        made.append(Move(row, counts[row.id], undoable))
    later = moved_again(request.db, [move.row.id for move in made if move.undoable])
    return [replace(move, undoable=move.undoable and move.row.id not in later) for move in made]


def latest_of(request: Request, key: str) -> Move | None:
    """The move of which a page tells how far it is."""
    row = latest_migration(request.db, key)
    return Move(row, counts_of(request.db, [row.id])[row.id]) if row is not None else None


def left_of(request: Request, move: Move) -> list[tuple[Ticket, str]]:
    """The tickets that a move left where they were, each with its reason."""
    library, made = request.desk.library, []
    new = library.definition(move.row.version)
    for row, ticket in left_behind(request.db, request.actor, move.row.id):
        old = library.definition(request.db.get_one(ProcessVersion, row.from_id))
        reasons = [said(request, Reason(**one), old, new) for one in row.reasons or ()]
        made.append((ticket, "; ".join(reasons)))
    return made


def said(request: Request, reason: Reason, *definitions: Definition) -> str:
    """A reason in the reader's language, its steps by title."""
    sentence = request.translate(reason.text) if reason.text in REASONS else reason.text
    reason = replace(
        reason, error=problem_words.finding_said(reason.error, request.reader.language)
    )
    return reason.said(lambda step: _title(request, step, *definitions), sentence)


def _row(request: Request, found: DryRun, group: Group) -> Row:
    old, new = found.definitions[group.version.id], found.definitions[found.version.id]
    tickets = readable_tickets(request.db, request.actor, group.tickets[:ASKED], SHOWN)
    return Row(
        version=group.version.number,
        count=len(group.tickets),
        movable=group.movable,
        places=[_place(request, place, old, new) for place in group.places],
        reasons=[said(request, reason, old, new) for reason in group.reasons],
        tickets=tickets,
    )


def _place(request: Request, place: Place, old: Definition, new: Definition) -> Standing:
    title = _title(request, place.step, old)
    elsewhere = place.target is not None and place.target != place.step
    target = _title(request, place.target or "", new) if elsewhere else ""
    if target == title:
        target = f"{title} ({place.target})"
    changes = [_change(request, place, one, old, new) for one in place.changes]
    return Standing(title, target, place.failed, list(dict.fromkeys(changes)))


def _change(
    request: Request, place: Place, change: Change, old: Definition, new: Definition
) -> str:
    _ = request.translate
    before, after = change.before, change.after
    if change.what in ("title", "label"):
        before, after = _in_words(request, place, change, old, new)
    if change.what == "field":
        if before:
            return _(N_("Question taken out of the form: %(name)s; what was typed is kept")) % {
                "name": before
            }
        return (
            _(N_("New question: %(name)s")) % {"name": after}
            if after
            else _(N_("The form asks another way"))
        )
    if change.what == "pause":
        return _(N_("Clocks rest there")) if after == "yes" else _(N_("Clocks run there"))
    if change.what == "cuts":
        return _(CUTS[after]) % {"event": _title(request, before, new)}
    if change.what in STEPS:
        before, after = (
            ", ".join(_title(request, one, *order) for one in text.split(", ")) if text else ""
            for text, order in ((before, (old, new)), (after, (new, old)))
        )
    if change.what == "timer":
        before, after = _time(request, before), _time(request, after)
    if change.what == "state":
        before, after = (_(text) if text else "" for text in (before, after))
    return _(CHANGES[change.what]) % {"before": before or "–", "after": after or "–"}


def _in_words(
    request: Request, place: Place, change: Change, old: Definition, new: Definition
) -> tuple[str, str]:
    """Both texts in the reader's language, or in all where they differ in another one."""
    was, now = old.steps[place.step], new.steps[place.target or place.step]
    pick = request.reader.pick
    if change.what == "title":
        both = pick(was.title) or was.name, pick(now.title) or now.name
    else:
        both = pick(was.label) if was.shown else "", pick(now.label) if now.shown else ""
    return both if both[0] != both[1] else (change.before, change.after)


def _time(request: Request, text: str) -> str:
    """A length of a diagram in words; an expression stays what it is."""
    try:
        kind = "cycle" if text.startswith("R") else "duration"
        return in_words(Time(kind, text), request.reader.language)
    except (ValueError, TypeError, KeyError):
        return text


def _title(request: Request, step: str, *definitions: Definition) -> str:
    for definition in definitions:
        found = definition.steps.get(step)
        if found is not None:
            return request.reader.pick(found.title) or found.name or step
    return step
