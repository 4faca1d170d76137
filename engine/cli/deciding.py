"""`vorgang rules decide` and `vorgang rules test`: what rules answer, asked on the command line."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli import codes
from engine.cli.context import config_option, opened, print_json, settings_of
from engine.clock import now
from engine.errors import Invalid, NotFound, Problem

if TYPE_CHECKING:
    from engine.commands.working_facts import TicketTimes
    from engine.rules import Evaluation, Release
    from engine.work import Work

LARGEST = 4 * 2**20  # bytes of a file of facts
DEEPEST = 8
ASKED = ("facts", "event", "changed", "now")


@dataclass(frozen=True)
class Source:
    """Rules to ask, with the examples beside them."""

    release: Release
    examples: Mapping[str, str] = field(default_factory=dict)  # ruleset → text
    times: TicketTimes | None = None  # the calendars of the desk


def source_options(function: Any) -> Any:
    """Which rules are asked: in force, as drafted, an earlier release, or those of a folder."""
    for option in (
        click.option("--rules", "folder", type=click.Path(path_type=Path),
                     help="the rules of this folder instead of the desk's"),
        click.option("--release", "number", type=click.IntRange(1, 10**9),
                     help="an earlier release of the desk, by its number"),
        click.option("--draft", "drafted", is_flag=True, help="the rules with all drafts on top"),
    ):  # fmt: skip
        function = option(function)
    return config_option(function)


@click.command("decide", short_help="What a ruleset decides about given facts, and why.")
@click.argument("ruleset")
@click.option("--facts", "facts", required=True, help="JSON or YAML with facts; - reads them here")
@click.option("--event", default=None, help="what happened, such as ticket.created")
@click.option("--json", "as_json", is_flag=True, help="one JSON document with the whole trace")
@source_options
@click.pass_context
def decide(
    context: click.Context, ruleset: str, facts: str, event: str | None, as_json: bool,
    folder: Path | None, number: int | None, drafted: bool,
) -> int:  # fmt: skip
    """Ask RULESET about facts, and tell what it decides, by which rules, and why.

    The file holds facts by name (`ticket.title: …`, or nested), or a mapping of `facts`, `event`,
    `changed` (fact: [before, after]) and `now`, as an example has them. Nothing is carried out.
    Without a desk the rules that came with it are asked. Exit code 0 when it was decided, 1 for an
    unknown ruleset or event, 2 for a file that cannot be read.
    """
    try:
        asked = read_question(_text(facts))
    except (OSError, ValueError) as error:
        click.echo(f"{facts} cannot be read: {error}", err=True)
        return codes.UNREADABLE
    known = asked["facts"] if isinstance(asked["facts"], dict) else {}
    source = _source(context, folder, number, drafted, known)
    release = source.release
    evaluation = _asked(source, ruleset, asked | {"event": event or asked["event"]})
    unknown = sorted(name for name in known if release.vocabulary.told(name) is None)
    if as_json:
        print_json({
            "release": release.digest,
            "ruleset": ruleset,
            "decisions": evaluation.trace["decisions"],
            "matched": list(evaluation.matched),
            "stopped_by": evaluation.trace["stopped_by"],
            "unknown_facts": unknown,
            "trace": evaluation.trace,
        })  # fmt: skip
        return codes.OK
    _print(release, evaluation)
    for name in unknown:
        click.echo(f"No rule can ask for {name!r}: the vocabulary does not know it.", err=True)
    return codes.OK


@click.command("test", short_help="Run the examples of rules.")
@click.argument("rulesets", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="one JSON line per example")
@source_options
@click.pass_context
def test(
    context: click.Context, rulesets: tuple[str, ...], as_json: bool,
    folder: Path | None, number: int | None, drafted: bool,
) -> int:  # fmt: skip
    """Run the examples of RULESETS, or of all: what is decided, and where that is not expected.

    Exit code 0 when all come out right, 1 when one does not.
    """
    source = _source(context, folder, number, drafted)
    names = rulesets or source.release.names
    results = [result for name in names for result in _tested(source, name)]
    for result in results:
        if as_json:
            print_json(result)
            continue
        click.echo(f"{'ok ' if result['ok'] else 'BAD'} {result['ruleset']}: {result['example']}")
        for problem in result["problems"]:
            click.echo(f"    {problem['message']}")
    if not as_json:
        good = sum(bool(result["ok"]) for result in results)
        click.echo(f"{good} of {len(results)} examples come out as expected.")
    return codes.OK if all(result["ok"] for result in results) else codes.PROBLEMS


def read_question(text: str) -> dict[str, Any]:
    """Facts, event, changes and moment from JSON or YAML; raises `ValueError`."""
    from engine.rules.editing import plain
    from engine.rules.source import read_yaml

    data, problems = read_yaml(text)
    if problems:
        raise ValueError("; ".join(problem.message for problem in problems[:5]))
    if not isinstance(data, dict):
        raise ValueError("it is no mapping of facts")
    said = plain(data)
    whole = isinstance(said.get("facts"), dict) and not set(said) - set(ASKED)
    facts = dict(_flat(said["facts"] if whole else said))
    asked = said if whole else {}
    changed = asked.get("changed") or {}
    if not isinstance(changed, dict):
        raise ValueError("changed is no mapping of facts")
    return {"facts": facts, "event": asked.get("event"), "changed": changed,
            "now": _moment(asked.get("now"))}  # fmt: skip


def _flat(data: Mapping[str, Any], before: str = "", depth: int = 0) -> Iterable[tuple[str, Any]]:
    """Facts by their dotted names, also where they were nested."""
    if depth > DEEPEST:
        raise ValueError(f"facts are nested deeper than {DEEPEST} levels")
    for name, value in data.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.", depth + 1)
        else:
            yield f"{before}{name}", value


def _moment(said: Any) -> datetime | None:
    if said is None:
        return None
    moment = datetime.fromisoformat(str(said))
    return moment if moment.utcoffset() is not None else moment.replace(tzinfo=UTC)


def _text(name: str) -> str:
    if name == "-":
        return sys.stdin.read(LARGEST)
    path = Path(name)
    if path.stat().st_size > LARGEST:
        raise ValueError(f"it is larger than {LARGEST // 2**20} MB")
    return path.read_text(encoding="utf-8")


def _source(
    context: click.Context,
    folder: Path | None,
    number: int | None,
    drafted: bool,
    facts: Mapping[str, Any] | None = None,
) -> Source:
    if sum((folder is not None, number is not None, drafted)) > 1:
        raise Invalid("Choose one of --rules, --release and --draft.")
    if folder is not None:
        return _of_folder(folder)
    settings = settings_of(context)
    from engine.settings import shipped

    if not (number or drafted) and not founded(settings):
        return _of_folder(shipped("rules"))
    with opened(settings) as desk:
        return desk.read(lambda work: _with_times(work, _of_desk(work, number, drafted), facts))


def founded(settings: Any) -> bool:
    """Whether there is a desk at all; its database may lie elsewhere than its home."""
    url = str(settings.database_url)
    name = url.partition("sqlite:///")[2].partition("?")[0]
    return not name or Path(name).exists()


def _of_folder(folder: Path) -> Source:
    from engine.commands.candidates import read_rules
    from engine.rules import compile_release, load_vocabulary

    found = read_rules(folder)
    release = compile_release(found.rulesets, load_vocabulary(found.vocabulary))
    return Source(release, found.examples)


def _of_desk(work: Work, number: int | None, drafted: bool) -> Source:
    from engine.catalogue.published import RulesInForce
    from engine.commands.rules_examining import examine_rules
    from engine.commands.rules_publishing import release_or_missing

    if drafted:
        examined = examine_rules(work)
        if examined.preview is None:
            raise Invalid("The drafts cannot be read.", examined.errors)
        return Source(examined.preview, examined.stand.examples)
    if number is not None:
        row = release_or_missing(work.session, number)
    else:
        current = work.session.get(RulesInForce, 1)
        if current is None:
            raise NotFound("No rules have been published.")
        row = current.release
    return Source(work.desk.library.release_of(row), dict(row.examples))


def _with_times(work: Work, source: Source, facts: Mapping[str, Any] | None) -> Source:
    """With the calendars of the desk, by which a ticket with these facts counts."""
    from engine.commands.working_facts import WorkingFacts

    names = (str((facts or {}).get(name) or "") for name in ("ticket.sla", "ticket.queue"))
    return replace(source, times=WorkingFacts(work.session).times(*names))


def _asked(source: Source, ruleset: str, asked: Mapping[str, Any]) -> Evaluation:
    release = source.release
    if ruleset not in release.rulesets:
        raise NotFound(f"There is no ruleset {ruleset!r}; there are {', '.join(release.names)}.")
    event = asked["event"]
    if event is not None and event not in release.vocabulary.events:
        raise NotFound(f"There is no event {event!r}.")
    return release.evaluate(
        ruleset, asked["facts"], event=event, changed=asked["changed"],
        now=asked["now"] or now(), times=source.times,
    )  # fmt: skip


def _print(release: Release, evaluation: Evaluation) -> None:
    from engine.rules import explain

    click.echo(f"release {release.digest[:12]}")
    for one in evaluation.trace["decisions"]:
        click.echo(f"{one['rule']}: {one['action']} {one['value']}")
    if not evaluation.decisions:
        click.echo("nothing is decided")
    click.echo(explain(evaluation.trace, None, "en", release.vocabulary))


def _tested(source: Source, name: str) -> Iterable[dict[str, Any]]:
    from engine.rules.examples import malformed, read_examples, run_example

    if name not in source.release.rulesets:
        raise NotFound(f"There is no ruleset {name!r}.")
    text = source.examples.get(name, "")
    beside, broken = read_examples(text) if text.strip() else ([], [])
    if broken:
        yield _result(name, "(its file)", broken)
    for example in [*source.release.rulesets[name].tests, *beside]:
        wrong = malformed(example) or run_example(source.release, name, example)
        yield _result(name, str(example.get("name", "")), wrong)


def _result(ruleset: str, example: str, problems: Iterable[Problem]) -> dict[str, Any]:
    found = [problem.as_dict() for problem in problems]
    return {"ruleset": ruleset, "example": example, "ok": not found, "problems": found}
