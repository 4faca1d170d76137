"""The starter set after an upgrade: what came anew is offered, and nothing here is overwritten.

Of each unit (a process with what it calls, a ruleset, the SLAs …) the desk remembers which content
it was last given. Where only what came has changed since then it is an offer, where both have it is
a conflict; taken or declined, the content that came is the one remembered.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.audit.trail import record_desk
from engine.catalogue.models import OWN, CalendarRow, Offer, Sla
from engine.catalogue.published import ProcessInForce, RulesInForce, StarterUnit
from engine.commands.candidates import NOT_A_RULESET, read_processes, read_rules, read_text
from engine.commands.exporting import exported
from engine.commands.known_names import publish_known_rules
from engine.commands.offers import publish_catalogue, read_catalogue
from engine.commands.process_drafts import new_draft, save_draft
from engine.commands.promise_files import FOLDER
from engine.commands.publish import publish_processes, ruleset_names
from engine.commands.publishers import may_publish, publish_rules_alone
from engine.commands.shared_parts import is_shared
from engine.commands.starter_notices import PREFIX, decline_text, take_text, texts_that_came
from engine.errors import Conflict, NotFound
from engine.notify.texts import FOLDER as TEXTS
from engine.sla.check import CALENDARS, SLAS
from engine.sla.stored import entries
from engine.sla.targets import entry_of, load_slas
from engine.workflow.source import DIAGRAM, OFFER, SCHEMA, UI, read_bundle

if TYPE_CHECKING:
    from engine.catalogue.drafting import ProcessDraft
    from engine.desk import Desk
    from engine.settings import Settings
    from engine.work import Work

DELIVERED = "as delivered"  # the note of what `vorgang init` puts in force
CATALOGUE = "processes/catalogue.yaml"
WHOLE = "*"  # all files, where no difference was found among them
Unit = Mapping[str, str]  # file → text, as far as it decides anything
Units = dict[str, Unit]


@dataclass(frozen=True)
class Difference:
    """A unit that came anew: `offer` (nobody changed it here), `new`, or `conflict` (both did)."""

    name: str
    kind: str
    lines: tuple[str, ...]  # from what is in force here to what came


def differences(desk: Desk) -> list[Difference]:
    """Everything on offer and in conflict, in the order of its names."""
    return desk.read(differences_here)


def differences_here(work: Work) -> list[Difference]:
    """The same, in a transaction that a door has opened."""
    found = [Difference(name, "conflict", lines) for name, lines in texts_that_came(work)]
    return sorted([*_differences(work, shipped(work.desk.settings)), *found], key=_by_name)


def _by_name(one: Difference) -> str:
    return one.name


def news(desk: Desk) -> int:
    """How many differences there are; asked at every start, and quick where nothing came anew."""
    files = _fingerprint(desk.settings)
    row = desk.read(lambda work: work.session.get(StarterUnit, WHOLE))
    if row is not None and row.digest == files:
        return 0
    desk.run(remember_delivered)
    found = len(differences(desk))
    if not found:
        desk.run(lambda work: _note(work, WHOLE, files))
    return found


def remember(work: Work, units: Mapping[str, Unit]) -> None:
    """Note that this content has been given to the desk, whether it was taken or not."""
    for name, unit in units.items():
        _note(work, name, _digest(unit))
    work.session.flush()


def _note(work: Work, name: str, digest: str) -> None:
    row = work.session.get(StarterUnit, name)
    if row is None:
        work.session.add(StarterUnit(name=name, digest=digest, at=work.now))
    elif row.digest != digest:
        row.digest, row.at = digest, work.now


def _fingerprint(settings: Settings) -> str:
    """Of all files that came with this version."""
    total = hashlib.sha256()
    for folder in (settings.rules_dir, settings.processes_dir, TEXTS):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            total.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
            total.update(path.read_bytes())
    return total.hexdigest()


def remember_delivered(work: Work) -> None:
    """Of a desk from before: note what it was given, while the notes of its versions still say."""
    for name, mine in in_force(work).items():
        given = _given(work, name, mine)
        if given is not None and work.session.get(StarterUnit, name) is None:
            work.session.add(StarterUnit(name=name, digest=given, at=work.now))
    work.session.flush()


def decline(work: Work, settings: Settings, names: Iterable[str]) -> None:
    """Let what is in force stay; the same content is not offered again."""
    may_publish(work)
    texts, others = _parted(names)
    units = _wanted(shipped(settings), others)
    remember_delivered(work)
    remember(work, units)
    for name in texts:
        decline_text(work, name)
    record_desk(work, "starter set declined", units=sorted([*units, *texts]))


def take(desk: Desk, names: Iterable[str], note: str = "") -> None:
    """Put what came in force in place of what is, all of it or nothing; tried before as ever."""
    wanted = list(names)
    desk.run(desk.read(lambda work: prepared(work, wanted, note)))


def prepared(work: Work, names: Iterable[str], note: str = "") -> Callable[[Work], None]:
    """What came, read and tried, as the command that puts it in force; raises `Invalid`."""
    settings = work.desk.settings
    texts, others = _parted(names)
    units = _wanted(shipped(settings), others)
    note = note or "from the starter set"
    rules = [name for name in units if name.startswith("rules/")]
    keys = {name.removeprefix("processes/") for name in units if name != CATALOGUE} - {*rules}
    candidate, stood = (_rules_with(work, rules), _release(work)) if rules else (None, None)
    known = sorted(candidate.documents) if candidate else ruleset_names(work)
    folder = settings.processes_dir
    processes = read_processes(folder, known, keys) if keys else None
    catalogue = read_catalogue(folder) if CATALOGUE in units else None

    def put_in_force(work: Work) -> None:
        may_publish(work)
        remember_delivered(work)
        if candidate is not None:
            publish_rules_alone(work)
            if _release(work) != stood:
                raise Conflict("Other rules came in force meanwhile; try again.")
            publish_known_rules(work, candidate, note, FOLDER)
        if processes is not None:
            publish_processes(work, processes, note)
        publish_catalogue(work, catalogue)
        remember(work, units)
        for name in texts:
            take_text(work, name)
        record_desk(work, "starter set taken", units=sorted([*units, *texts]))

    return put_in_force


def _parted(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Texts of messages, and all else."""
    some = list(dict.fromkeys(names))
    texts = [name for name in some if name.startswith(PREFIX)]
    return texts, [name for name in some if name not in texts]


def _release(work: Work) -> int | None:
    row = work.session.get(RulesInForce, 1)
    return row.release_id if row else None


def into_draft(work: Work, name: str) -> ProcessDraft:
    """Put a process that came into the draft of it, to be looked at, changed and published there.

    The parts that it calls are not: they are in force as they are. Raises `Conflict` where somebody
    is working on a draft already, and `NotFound` for what is no process.
    """
    units = _wanted(shipped(work.desk.settings), [name])
    key = name.removeprefix("processes/")
    folder = work.desk.settings.processes_dir / key
    if name in (CATALOGUE, key) or not folder.is_dir():
        raise NotFound("There is no such process.")
    files = {path.name: read_text(path) for path in sorted(folder.iterdir()) if path.is_file()}
    if work.session.get(ProcessInForce, key) is None:
        draft = new_draft(work, key, files)
    else:
        current = work.session.get_one(ProcessInForce, key).version.files
        gone: dict[str, str | None] = dict.fromkeys(current)
        draft = save_draft(work, key, 0, gone | files)
    remember_delivered(work)
    remember(work, units)
    return draft


def shipped(settings: Settings) -> Units:
    """What came with this version of the desk."""
    units = dict(_shipped_rules(settings.rules_dir))
    folder = settings.processes_dir
    for path in sorted(folder.glob(f"*/{DIAGRAM}")):
        shared = {
            inner.parent.name: _bytes(inner.parent) for inner in folder.glob("shared/*/*.bpmn")
        }
        units[f"processes/{path.parent.name}"] = _process(
            path.parent.name, _bytes(path.parent), shared
        )
    offers = read_catalogue(folder)
    if offers:
        units[CATALOGUE] = _catalogue((dict(one.document), one.form) for one in offers)
    return units


def in_force(work: Work) -> Units:
    """The same units as they are in force here."""
    units: Units = {}
    rules = work.session.get(RulesInForce, 1)
    if rules is not None:
        units["rules/vocabulary.yaml"] = {"vocabulary.yaml": rules.release.vocabulary}
        for name, text in rules.release.documents.items():
            units[f"rules/{name}.yaml"] = {f"{name}.yaml": text}
    calendars = {row.name: row.document for row in work.session.scalars(select(CalendarRow))}
    slas = {row.name: _promise(row) for row in work.session.scalars(select(Sla))}
    units["rules/calendars.yaml"] = {"calendars": _text(calendars)}
    units["rules/slas.yaml"] = {"slas": _text(slas)}
    for row in work.session.scalars(select(ProcessInForce)):
        if is_shared(row.key):  # they go with the processes that call them
            continue
        units[f"processes/{row.key}"] = _process(row.key, *row.version.as_bytes())
    query = select(Offer).where(Offer.active).order_by(Offer.position)
    offers = [one for one in work.session.scalars(query) if not one.document.get(OWN)]
    units[CATALOGUE] = _catalogue((one.document, one.form) for one in offers)
    return units


def _differences(work: Work, came: Units) -> Iterator[Difference]:
    here = in_force(work)
    for name in sorted(came):
        theirs, mine = came[name], here.get(name)
        given = _given(work, name, mine)
        if theirs == mine or given == _digest(theirs):
            continue
        kind = "new" if mine is None and given is None else "conflict"
        if mine is not None and given == _digest(mine):
            kind = "offer"
        yield Difference(name, kind, tuple(_lines(mine or {}, theirs)))


def _given(work: Work, name: str, mine: Unit | None) -> str | None:
    """The digest of what the desk was last given; of a desk from before, by what it was put in."""
    row = work.session.get(StarterUnit, name)
    if row is not None:
        return row.digest
    if mine is None:
        return None
    if name.startswith("rules/"):
        rules = work.session.get(RulesInForce, 1)
        untouched = rules is not None and rules.release.note == DELIVERED
    else:
        process = work.session.get(ProcessInForce, name.removeprefix("processes/"))
        untouched = process is not None and process.version.note == DELIVERED
    return _digest(mine) if untouched else None


def _wanted(came: Units, names: Iterable[str]) -> Units:
    wanted = {name: came.get(name) for name in names}
    absent = sorted(name for name, unit in wanted.items() if unit is None)
    if absent:
        raise NotFound(f"The starter set has no {', '.join(absent)}.")
    return {name: unit for name, unit in wanted.items() if unit is not None}


def _rules_with(work: Work, names: Iterable[str]) -> Any:
    """The rules in force with these files of the starter set among them, built and tried."""
    settings = work.desk.settings
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "rules"
        (folder / "examples").mkdir(parents=True)
        for name, text in exported(work).items():
            if name.startswith("rules/"):
                (Path(made) / name).write_text(text, encoding="utf-8")
        for name in names:
            file = name.removeprefix("rules/")
            for path in (file, f"examples/{file}"):
                if (settings.rules_dir / path).is_file():
                    shutil.copyfile(settings.rules_dir / path, folder / path)
        found = read_rules(folder)
    # What stands here beside it is our own: no folder gave it.
    wanted = set(names)
    return replace(
        found,
        calendars=found.calendars if f"rules/{CALENDARS}" in wanted else {},
        slas=found.slas if f"rules/{SLAS}" in wanted else {},
    )


def _shipped_rules(folder: Path) -> Iterator[tuple[str, Unit]]:
    for path in sorted(folder.glob("*.yaml")):
        text = read_text(path)
        if path.stem == "calendars":
            yield f"rules/{path.name}", {"calendars": _text(entries(text))}
        elif path.stem == "slas":
            slas = {name: _promise(target) for name, target in load_slas(text).items()}
            yield f"rules/{path.name}", {"slas": _text(slas)}
        elif path.stem == "vocabulary" or path.stem not in NOT_A_RULESET:
            yield f"rules/{path.name}", {path.name: text}


def _process(key: str, files: Mapping[str, bytes], shared: Mapping[str, Any]) -> Unit:
    """What decides of a process: diagrams and forms, its own and those of what it calls."""
    called = read_bundle(key, files, shared).called
    parts = {"": files, **{f"shared/{folder}/": shared[folder] for folder in sorted(called)}}
    return {
        f"{folder}{name}": data.decode("utf-8", "replace")
        for folder, inner in parts.items()
        for name, data in sorted(inner.items())
        if name.endswith((".bpmn", SCHEMA, UI)) or name == OFFER
    }


def _catalogue(offers: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> Unit:
    return {"offers": _text([{"offer": dict(entry), "form": dict(form)} for entry, form in offers])}


def _promise(sla: Any) -> dict[str, Any]:
    lengths = {"first_response": sla.first_response, "solution": sla.solution}
    return entry_of(sla) | lengths  # as what came before was remembered


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def _text(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _digest(unit: Unit) -> str:
    return hashlib.sha256(json.dumps(sorted(unit.items())).encode()).hexdigest()


def _lines(mine: Unit, theirs: Unit) -> Iterator[str]:
    for name in sorted({*mine, *theirs}):
        before, after = mine.get(name, ""), theirs.get(name, "")
        yield from unified_diff(
            before.splitlines(), after.splitlines(), f"here/{name}", f"came/{name}", lineterm=""
        )
