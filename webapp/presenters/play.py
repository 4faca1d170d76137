"""The page of a play: what it sent, the next move, and what becomes of it.

The page itself holds the scenario; the desk keeps nothing of it until it is saved as an example.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from pyramid.request import Request

from engine.commands.courses import example_of
from engine.commands.trying import rules_in_force
from engine.errors import Invalid, NotFound
from engine.tickets.access import ticket_for
from engine.workflow.examples import read_examples
from engine.workflow.play import Open, Stage, back, begun, going_on, onward, stage
from engine.workflow.retelling import ANSWERED
from engine.workflow.sandbox import Rules
from engine.workflow.scenario import checked_scenario, read_scenario
from engine.workflow.timers import as_utc, iso_length
from engine.workflow.told import Told
from webapp.forms.answers import Answers, read_answers
from webapp.i18n import LANGUAGES, N_
from webapp.presenters.choices import step_options
from webapp.presenters.play_source import Source, source_of
from webapp.presenters.play_start import first_ticket, read_lines, read_start

MOST_AHEAD = 36_500 * 86_400  # seconds: what a diagram waits for is nearer than a hundred years
AHEAD = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}


@dataclass(frozen=True)
class Playing:
    """A play as the page carries it from one move to the next."""

    source: Source
    scenario: dict[str, Any]
    at: int = 0  # how many of its steps are played
    by_rules: bool = True  # whether rules in force are asked where the scenario states nothing
    language: str = "en"  # in which forms are shown
    named: str = ""  # the example that it began as
    problem: str = ""
    notes: tuple[Told, ...] = ()  # where a ticket could not be retold exactly
    retold: str = ""  # the number of the ticket that was
    answers: Mapping[str, Answers] = field(default_factory=dict)  # refused ones by open step

    @property
    def text(self) -> str:
        """The scenario as the page carries it."""
        return json.dumps(self.scenario, ensure_ascii=False, separators=(",", ":"))

    @property
    def count(self) -> int:
        """How many steps the scenario has."""
        return len(self.scenario.get("steps") or [])


def opened_play(request: Request, key: str) -> Playing:
    """The play that an address asks for: a new one, an example, or a scenario sent along."""
    given = request.GET
    source = source_of(request, key, str(given.get("from") or ""))
    fresh = Playing(
        source, {"ticket": first_ticket(request, key)}, language=request.reader.language
    )
    if name := str(given.get("example") or ""):
        found = next((one for one in _examples(source) if one.name == name), None)
        if found is None:
            raise NotFound("There is no such example.")
        scenario = checked_scenario(found.scenario)
        at = len(scenario.get("steps") or []) if given.get("at") == "end" else 0
        return replace(fresh, scenario=scenario, at=at, named=name, by_rules=False)
    if number := str(given.get("ticket") or ""):
        return _retold(request, fresh, number)
    if text := str(given.get("scenario") or ""):
        return replace(fresh, scenario=read_scenario(text), by_rules=False)
    return fresh


def _retold(request: Request, fresh: Playing, number: str) -> Playing:
    """The course of a finished ticket, for whom may read it."""
    ticket = ticket_for(request.work, number[:40])
    key, scenario, notes = example_of(request.work, ticket)
    if key != fresh.source.key:
        raise NotFound("There is no such ticket.")
    scenario = checked_scenario(scenario)
    return replace(
        fresh,
        scenario=scenario,
        at=len(scenario["steps"]),
        by_rules=False,
        notes=tuple(notes),
        retold=ticket.number,
    )


def sent_play(request: Request, key: str) -> Playing:
    """The play that the page sent back; raises `Invalid` for a scenario that is none."""
    sent = request.POST
    language = str(sent.get("play.language") or "")
    scenario = read_scenario(_first(request, "play.scenario") or "{}")
    return Playing(
        source_of(request, key, str(sent.get("play.from") or "")),
        scenario,
        at=_number(sent.get("play.at"), len(scenario.get("steps") or [])),
        by_rules=str(sent.get("play.rules") or "") == "on",
        language=language if language in LANGUAGES else request.reader.language,
        named=str(sent.get("play.named") or "")[:300],
    )


def stage_of(request: Request, playing: Playing) -> Stage:
    """Where a play stands."""
    if playing.source.definition is None:
        return Stage()
    scenario = begun(playing.scenario, playing.at)
    return stage(playing.source.definition, scenario, rules_of(request, playing))


def rules_of(request: Request, playing: Playing) -> Rules | None:
    """The rules in force, where the play asks them."""
    return rules_in_force(request.work) if playing.by_rules else None


def moved(request: Request, playing: Playing) -> Playing:
    """The play after what the page asks to do; what cannot be done leaves it as it is."""
    verb, _, argument = str(request.POST.get("play.do") or "").partition(":")
    turns = {
        "at": lambda: replace(playing, at=_number(argument, playing.count)),
        "back": lambda: replace(playing, at=back(playing.scenario, playing.at)),
        "onward": lambda: replace(playing, at=onward(playing.scenario, playing.at)),
        "end": lambda: replace(playing, at=playing.count),
        "restart": lambda: replace(playing, at=0),
        "look": lambda: playing,
        "begin": lambda: _begin(request, playing),
        "decide": lambda: _decide(request, playing, argument),
        "ask": lambda: _ask_again(playing, argument),
        "complete": lambda: _complete(request, playing, argument),
        "message": lambda: _act(request, playing, _message(request, argument)),
        "advance": lambda: _advance(request, playing, argument),
        "retry": lambda: _act(request, playing, {"retry": True}),
    }
    try:
        return turns.get(verb, turns["look"])()
    except Invalid as error:
        return replace(playing, problem=request.reader.explain(error))


def _act(request: Request, playing: Playing, step: Mapping[str, Any]) -> Playing:
    """One more step, behind what went well so far; what would have come later goes."""
    at, now = playing.at, stage_of(request, playing)
    if now.problems and now.moves:
        at = min(at, max(0, now.moves[-1].number - 1))
    scenario = going_on(playing.scenario, at)
    scenario["steps"] = [*scenario["steps"], dict(step)]
    return replace(playing, scenario=checked_scenario(scenario), at=len(scenario["steps"]))


def _begin(request: Request, playing: Playing) -> Playing:
    given = read_lines(str(request.POST.get("play.given") or ""))
    scenario = {**playing.scenario, "ticket": read_start(request.POST)}
    scenario.pop("given", None)
    if given:
        scenario["given"] = given
    return replace(playing, scenario=checked_scenario(scenario))


def _decide(request: Request, playing: Playing, ruleset: str) -> Playing:
    said = read_lines(str(request.POST.get("play.decides") or ""))
    rulesets = {**(playing.scenario.get("rulesets") or {}), ruleset: said}
    return replace(playing, scenario=checked_scenario({**playing.scenario, "rulesets": rulesets}))


def _ask_again(playing: Playing, ruleset: str) -> Playing:
    rulesets = {k: v for k, v in (playing.scenario.get("rulesets") or {}).items() if k != ruleset}
    scenario = {k: v for k, v in playing.scenario.items() if k != "rulesets"}
    return replace(playing, scenario={**scenario, **({"rulesets": rulesets} if rulesets else {})})


def _complete(request: Request, playing: Playing, name: str) -> Playing:
    """Do an open step with what was typed; wrong answers come back beside the questions."""
    there = next((one for one in stage_of(request, playing).open if mark_of(one) == name), None)
    if there is None:
        raise Invalid("This step is not open any more.")
    answers = Answers()
    if there.form is not None:
        known = {kind: [v for v, _ in found] for kind, found in step_options(request).items()}
        answers = read_answers(
            there.form.schema, there.form.ui, request.POST, request.reader.language, options=known
        )
    if not answers.ok:
        return replace(playing, answers={name: answers})
    step: dict[str, Any] = {"complete": there.step.id, "answers": answers.values}
    if there.task.index is not None:
        step["of"] = there.task.index
    return _act(request, playing, step)


def _message(request: Request, name: str) -> dict[str, Any]:
    payload = read_lines(str(request.POST.get("play.payload") or ""))
    if not payload and name in ANSWERED:  # on the desk it always says what the customer wrote
        payload = {"reply": request.translate(N_("An answer of the customer"))}
    return {"message": name, **({"payload": payload} if payload else {})}


def _advance(request: Request, playing: Playing, argument: str) -> Playing:
    now = stage_of(request, playing).now
    if argument == "until":
        until = _moment(request, str(request.POST.get("play.until") or ""))
        seconds = int((until - now).total_seconds())
    elif argument in AHEAD:
        seconds = int(AHEAD[argument].total_seconds())
    else:
        seconds = _number(argument, 10**10)
    if seconds > MOST_AHEAD:
        raise Invalid("Please give a day and a time.")
    if seconds <= 0:
        raise Invalid("Time only goes forward; choose a later moment.")
    return _act(request, playing, {"advance": iso_length(seconds)})


def _moment(request: Request, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text[:40])
    except ValueError:
        raise Invalid("Please give a day and a time.") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=request.reader.tz)
    try:
        return as_utc(moment)
    except OverflowError:
        raise Invalid("Please give a day and a time.") from None


def mark_of(one: Open) -> str:
    """Which of the open steps is meant: the step, and which of its repetitions."""
    index = one.task.index
    return one.step.id if index is None else f"{one.step.id}.{index}"


def _examples(source: Source) -> list[Any]:
    return read_examples(source.examples.encode())[0]


def _first(request: Request, name: str) -> str:
    """The page's own field, also where a form asks for something of the same name."""
    return str(next(iter(request.POST.getall(name)), ""))


def _number(found: Any, most: int) -> int:
    text = str(found or "")
    return min(int(text), most) if text.isascii() and text.isdecimal() and len(text) < 12 else 0
