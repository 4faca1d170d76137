"""What the page of a play shows: who can do what now, what came of it, and which way it went."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyramid.request import Request

from engine.rules import explain
from engine.workflow.play import DOES, Open, Stage
from engine.workflow.player import Move
from engine.workflow.sandbox import Asked
from webapp.forms.fields import Field, build_fields
from webapp.i18n import N_, Reader
from webapp.presenters.choices import step_options
from webapp.presenters.play import Playing, mark_of, stage_of
from webapp.presenters.play_start import as_lines, start_fields
from webapp.presenters.play_words import Words
from webapp.presenters.why import vocabulary_of

MOVES = {
    "start": N_("The ticket begins"),
    "complete": N_("%(what)s is done"),
    "message": "%(what)s",
    "advance": N_("Time passes: %(what)s"),
    "retry": N_("What failed is tried again"),
}
SHOWN = 60  # variables


@dataclass(frozen=True)
class Task:
    """An open step as the person sees it who would do it."""

    mark: str
    title: str
    whom: str
    label: str
    due: str
    not_by: str
    fields: list[Field] = field(default_factory=list)
    submit: str = ""


@dataclass(frozen=True)
class Event:
    """One move of the log, with what it led to."""

    number: int
    title: str
    at: str
    lines: list[tuple[str, str]] = field(default_factory=list)  # (kind, text)
    problems: list[str] = field(default_factory=list)


@dataclass
class Page:
    """Everything that is shown."""

    playing: Playing
    stage: Stage
    clock: str
    until: str
    tasks: list[Task]
    messages: list[tuple[str, str]]
    timers: list[dict[str, Any]]
    rulesets: list[dict[str, Any]]
    log: list[Event]
    problems: list[str]
    notes: list[str]
    failures: list[tuple[str, str]]
    ends: str
    joins: str
    begins: str
    start: list[Field]
    given: str
    ticket: list[tuple[str, str]]
    variables: list[tuple[str, str]]
    live: list[str]
    failed: list[str]


def page_of(request: Request, playing: Playing) -> Page:
    """The page for a play as it is now."""
    now, words = stage_of(request, playing), Words(request, playing.source.definition)
    ends = _ends(playing, now)
    first = playing.scenario.get("ticket") or {}
    return Page(
        playing=playing,
        stage=now,
        clock=request.reader.date_time(now.now),
        until=f"{request.reader.local(now.now):%Y-%m-%dT%H:%M}",
        tasks=[_task(request, playing, words, one) for one in now.open],
        messages=[(name, words.message(name)) for name in now.messages],
        timers=_timers(request, now, words),
        rulesets=_rulesets(request, playing, now),
        log=_log(request, now, words),
        problems=[words.told(text) for text in now.problems],
        notes=[words.told(text) for text in playing.notes],
        failures=[(words.step(one.step_id), words.said(one.message)) for one in now.failures],
        ends=words.steps(ends) if ends else "",
        joins=words.steps(now.joins) if now.joins else "",
        begins=str(first.get("title") or "")[:200],
        start=start_fields(request, first),
        given=as_lines(playing.scenario.get("given") or {}),
        ticket=_ticket(request, now),
        variables=[
            (name, words.values({name: value}).partition(" = ")[2])
            for name, value in sorted(now.variables.items())[:SHOWN]
            if name != "ticket"
        ],
        live=[
            one
            for one in (*now.live, *now.joins, *ends)
            if one not in {failure.step_id for failure in now.failures}
        ],
        failed=[one.step_id for one in now.failures],
    )


def _ends(playing: Playing, now: Stage) -> list[str]:
    """Where it has ended: the ends that say what becomes of the ticket, else the last one."""
    definition = playing.source.definition
    if not now.over or definition is None:
        return []
    named = [one for one in dict.fromkeys(now.ended) if definition.steps[one].state]
    return named or list(now.ended[-1:])


def _task(request: Request, playing: Playing, words: Words, one: Open) -> Task:
    step, reader = one.step, Reader(playing.language, request.reader.zone)
    answers = playing.answers.get(mark_of(one))
    return Task(
        mark=mark_of(one),
        title=reader.pick(step.title) or step.name,
        whom=words.for_whom(one.task),
        label=reader.pick(step.label) if step.shown else "",
        due=request.reader.date_time(one.task.due_at) if one.task.due_at else "",
        not_by=words.steps(step.not_by) if step.not_by else "",
        fields=_fields(request, playing, one, answers),
        submit=(reader.pick(one.form.ui.get("submit")) if one.form else "")
        or reader.gettext(N_("Complete")),
    )


def _fields(request: Request, playing: Playing, one: Open, answers: Any) -> list[Field]:
    if one.form is None:
        return []
    return build_fields(
        one.form.schema,
        one.form.ui,
        playing.language,
        answers.typed if answers else one.values,
        answers.errors if answers else {},
        options=step_options(request),
        prefix=f"{mark_of(one)}-",
    )


def _timers(request: Request, now: Stage, words: Words) -> list[dict[str, Any]]:
    return [
        {
            "title": words.step(one.step_id),
            "at": request.reader.date_time(one.due_at),
            "in": request.reader.relative(one.due_at, now.now),
            "seconds": max(1, math.ceil((one.due_at - now.now).total_seconds())),
        }
        for one in now.timers
    ]


def _rulesets(request: Request, playing: Playing, now: Stage) -> list[dict[str, Any]]:
    """Each ruleset that the diagram asks, with what it said last and what is stated."""
    definition = playing.source.definition
    steps = definition.steps.values() if definition else ()
    names = dict.fromkeys(step.ruleset for step in steps if step.ruleset)
    stated = playing.scenario.get("rulesets") or {}
    found = []
    for name in names:
        last = next((one for one in reversed(now.asked) if one.ruleset == name), None)
        said = stated.get(name)
        first = said[0] if isinstance(said, list) and said else said
        found.append({
            "name": name,
            "stated": name in stated,
            "lines": as_lines(first or (dict(last.decided.variables) if last else {})),
            "said": _said(request, last) if last else "",
        })  # fmt: skip
    return found


def _said(request: Request, one: Asked) -> str:
    """Why a ruleset decided as it did; a stated decision as it stands."""
    if one.decided.trace:
        return explain(one.decided.trace, None, request.reader.language, vocabulary_of(request))
    decided = Words(request, None).values(one.decided.variables)
    return decided if one.decided.variables else request.translate(N_("nothing"))


def _told(request: Request, one: Asked) -> str:
    """The same in the log, where it must be said which ruleset it was."""
    said = _said(request, one)
    return said if one.decided.trace else f"{one.ruleset}: {said}"  # a reason names it already


def _log(request: Request, now: Stage, words: Words) -> list[Event]:
    """The moves, the last one first."""
    events, effects, asked = [], 0, 0
    for move in now.moves:
        lines = [("rules", _told(request, one))
                 for one in now.asked[asked : move.asked]]  # fmt: skip
        lines += [("effect", f"{words.step(one.step_id)}: {words.effect(one)}")
                  for one in now.effects[effects : move.effects]]  # fmt: skip
        effects, asked = max(effects, move.effects), max(asked, move.asked)
        problems = [words.told(text) for text in move.problems]
        if move.action in (*DOES, "start") or problems:
            events.append(
                Event(
                    move.number,
                    _title(request, words, move),
                    request.reader.date_time(move.at),
                    [*_way(request, words, move), *lines],
                    problems,
                )
            )
    return events[::-1]


def _title(request: Request, words: Words, move: Move) -> str:
    what = {
        "complete": lambda: words.steps([str(move.subject)]),
        "message": lambda: words.message(str(move.subject)),
        "advance": lambda: words.length(move.subject),
    }.get(move.action, str)()
    return str(request.translate(MOVES.get(move.action, N_("What was expected")))) % {"what": what}


def _way(request: Request, words: Words, move: Move) -> list[tuple[str, str]]:
    """Which steps were passed in a move, in one line; and where it stands then."""
    acted = str(move.subject) if move.action == "complete" else ""
    passed = [one.step_id for one in move.passed if one.outcome == "completed"]
    way = [one for one in dict.fromkeys(passed) if one != acted]
    found = [("way", " → ".join(words.step(one) for one in way))] if way else []
    ended = {one.step_id for one in move.passed if one.outcome == "cancelled"}
    if ended:
        gone = request.translate(N_("no longer: %(steps)s")) % {"steps": words.steps(ended)}
        found.append(("gone", gone))
    return found


def _ticket(request: Request, now: Stage) -> list[tuple[str, str]]:
    """The ticket as it would be."""
    labels: Mapping[str, str] = {
        "state": N_("State"), "queue": N_("Queue"), "priority": N_("Priority"),
        "type": N_("Type"), "service": N_("Service"), "owner": N_("Owner"), "tags": N_("Tags"),
    }  # fmt: skip
    found = []
    for name, label in labels.items():
        value = now.ticket.get(name)
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
        if text:
            named = name in ("state", "type")
            found.append((request.translate(label), request.translate(text) if named else text))
    return found
