"""A published process as it is run: steps, forms and messages of its files, parsed once."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from lxml import etree

from engine.errors import Invalid, Problem
from engine.workflow.parser import parse_process
from engine.workflow.source import OFFER, SCHEMA, UI, Bundle, forms_of, main_process, read_bundle
from engine.workflow.xml import B, S, extension, extension_properties, is_bpmn, local

FAMILY = frozenset({"create_child", "message_parent", "message_children"})
CACHED = 128  # parsed definitions kept in this process of the operating system
_NODES = {
    "task", "userTask", "manualTask", "scriptTask", "serviceTask", "businessRuleTask", "sendTask",
    "receiveTask", "callActivity", "subProcess", "transaction", "exclusiveGateway",
    "inclusiveGateway", "parallelGateway", "eventBasedGateway", "startEvent", "endEvent",
    "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent",
}  # fmt: skip


@dataclass(frozen=True)
class Form:
    """A form of a step: what may be answered (JSON Schema 2020-12) and how it looks (`ui`)."""

    name: str
    schema: dict[str, Any]
    ui: dict[str, Any]


@dataclass(frozen=True)
class Step:
    """One flow node of a diagram and what it means for the desk."""

    id: str
    kind: str
    name: str
    process: str
    title: dict[str, str] = field(default_factory=dict)
    lane: str | None = None
    assign: str | None = None
    form: str | None = None
    state: str | None = None
    label: dict[str, str] = field(default_factory=dict)
    shown: bool = False
    pause: bool = False
    ruleset: str | None = None
    not_by: tuple[str, ...] = ()  # steps whose doer may not do this one
    attached: str | None = None  # the step on whose border this event sits


@dataclass(frozen=True)
class Definition:
    """A process with everything it calls; immutable, shared by all its instances."""

    key: str
    digest: str
    process_id: str
    title: dict[str, str]
    steps: Mapping[str, Step]
    forms: Mapping[str, Form]
    bpmn: bytes
    messages: frozenset[str]
    tells: bool  # whether it makes other tickets, or tells them something
    spec: Any = field(repr=False, compare=False)
    inner: dict[str, Any] = field(repr=False, compare=False)


_cache: OrderedDict[tuple[str, str], Definition] = OrderedDict()
_playable: OrderedDict[tuple[str, str], Definition] = OrderedDict()  # not proven to be sound
_fit: OrderedDict[tuple[str, str], None] = OrderedDict()  # checked, and can be run
_CANNOT = 'The process "%(key)s" cannot be run.'
_lock = Lock()


def check_files(
    key: str,
    files: Mapping[str, bytes],
    shared: Mapping[str, Mapping[str, bytes]],
    rulesets: Collection[str] | None = None,
) -> list[Problem]:
    """Everything that is wrong with the files of a process, at once; never raises on any input.

    `files`: name → bytes of one process folder; `shared`: key → files of processes it may call;
    `rulesets`: the names that exist, None to leave that open. Errors come before warnings.
    """
    from engine.workflow.lint.run import check_all, refuses  # who only runs them never needs it

    problems = check_all(key, files, shared, rulesets)
    if not any(refuses(problem) for problem in problems):
        found = (key, digest_of(read_bundle(key, files, shared)))
        with _lock:  # whoever loads it next, to play its examples, need not check it again
            _fit[found] = None
            while len(_fit) > CACHED:
                _fit.popitem(last=False)
    return problems


def load_definition(
    key: str,
    files: Mapping[str, bytes],
    shared: Mapping[str, Mapping[str, bytes]],
    *,
    published: bool = False,
) -> Definition:
    """The definition of a process; raises Invalid with all problems when it cannot be run.

    Cached by content, so loading the same files again costs a hash. What has been `published` was
    checked then, and runs on even where a later check would find something.
    """
    bundle = read_bundle(key, files, shared)
    digest = digest_of(bundle)
    with _lock:
        found = _cache.get((key, digest))
        if found is not None:
            _cache.move_to_end((key, digest))
            return found
    problems = [] if published or (key, digest) in _fit else _refusing(key, files, shared)
    if problems:
        first = problems[0].message
        raise Invalid(
            'The process "%(key)s" has %(count)s error(s): %(first)s.', problems,
            values={"key": key, "count": len(problems), "first": first},
        )  # fmt: skip
    try:
        definition = build(bundle, digest)
    except Exception as error:  # the library refuses what our checks let pass: say so, do not crash
        problem = Problem(
            "parser",
            "error",
            None,
            None,
            f"The diagram cannot be run: {error}",
            "Draw that part another way",
        )
        raise Invalid(_CANNOT, [problem], values={"key": key}) from error
    with _lock:
        _cache[(key, digest)] = definition
        while len(_cache) > CACHED:
            _cache.popitem(last=False)
    return definition


def load_to_play(
    key: str, files: Mapping[str, bytes], shared: Mapping[str, Mapping[str, bytes]]
) -> Definition:
    """The definition of what can be run, also where it is not sound: for trying it, nothing else.

    A counter-example is played on it. Raises `Invalid` with all that keeps it from being run.
    """
    bundle = read_bundle(key, files, shared)
    digest = digest_of(bundle)
    with _lock:
        found = _cache.get((key, digest)) or _playable.get((key, digest))
    if found is not None:
        return found
    wrong = [] if (key, digest) in _fit else _refusing(key, files, shared)
    if wrong:
        raise Invalid(_CANNOT, wrong, values={"key": key})
    try:
        definition = build(bundle, digest)
    except Exception as error:
        problem = Problem("parser", "error", None, None, f"The diagram cannot be run: {error}",
                          "Draw that part another way")  # fmt: skip
        raise Invalid(_CANNOT, [problem], values={"key": key}) from error
    with _lock:
        _playable[(key, digest)] = definition
        while len(_playable) > CACHED:
            _playable.popitem(last=False)
    return definition


def _refusing(
    key: str, files: Mapping[str, bytes], shared: Mapping[str, Mapping[str, bytes]]
) -> list[Problem]:
    """The errors with which a process cannot be run at all.

    One that comes to no end, or asks for what nobody sets, cannot be published; but it can be
    played, to see where it stops.
    """
    from engine.workflow.lint.run import check_all, refuses

    return [p for p in check_all(key, files, shared, sound=False) if refuses(p)]


def digest_of(bundle: Bundle) -> str:
    """sha256 over the process' own files and those of every shared process it calls."""
    total = hashlib.sha256()
    for folder in ("", *sorted(bundle.called)):
        files = bundle.files if not folder else bundle.shared[folder]
        for name in sorted(files):
            if not name.endswith((".bpmn", SCHEMA, UI)) and name != OFFER:
                continue
            for part in (folder.encode(), name.encode(), files[name]):
                total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()


def build(bundle: Bundle, digest: str = "") -> Definition:
    """The definition of files that were checked; without a digest it is not for the cache."""
    documents = [bundle.document, *(bundle.called[k] for k in sorted(bundle.called))]
    process = bundle.process
    spec, inner = parse_process(documents, process.get("id", ""))
    steps: dict[str, Step] = {}
    forms: dict[str, Form] = {}
    for folder, document in [("", bundle.document), *sorted(bundle.called.items())]:
        files = bundle.files if not folder else bundle.shared[folder]
        for name, (schema, ui) in forms_of(files).items():
            full = f"{folder}/{name}" if folder else name
            forms[full] = Form(full, json.loads(schema), json.loads(ui) if ui else {})
        node = bundle.process if not folder else main_process(document)
        for step in _steps(node, folder, node.get("id", "")) if node is not None else ():
            steps[step.id] = step
    return Definition(
        key=bundle.key,
        digest=digest,
        process_id=process.get("id", ""),
        title=_languages(process, "title"),
        steps=steps,
        forms=forms,
        bpmn=bundle.files[bundle.name],
        messages=frozenset(_caught(documents)),
        tells=any(
            operator.get("id") in FAMILY
            for document in documents
            for operator in document.iter(f"{S}serviceTaskOperator")
        ),
        spec=spec,
        inner=inner,
    )


def _steps(process: etree._Element, folder: str, process_id: str) -> list[Step]:
    lanes: dict[str, etree._Element] = {}
    for lane in process.iter(f"{B}lane"):
        for reference in lane.iterchildren(f"{B}flowNodeRef"):
            lanes[(reference.text or "").strip()] = lane
    return [
        _step(node, _lane_of(node, lanes), folder, process_id)
        for node in process.iter()
        if is_bpmn(node) and local(node) in _NODES and node.get("id")
    ]


def _lane_of(node: etree._Element, lanes: Mapping[str, etree._Element]) -> etree._Element | None:
    here: etree._Element | None = node
    while here is not None:
        if (lane := lanes.get(here.get("id", ""))) is not None:
            return lane
        here = here.getparent()
    return None


def _step(node: etree._Element, lane: etree._Element | None, folder: str, process_id: str) -> Step:
    form = extension_properties(node).get("formJsonSchemaFilename", "").removesuffix(SCHEMA)
    decision = extension(node, "calledDecisionId")
    return Step(
        id=node.get("id", ""),
        kind=local(node),
        name=node.get("name") or node.get("id") or "",
        process=process_id,
        title=_languages(node, "title"),
        lane=(lane.get("name") or lane.get("id")) if lane is not None else None,
        assign=extension(lane, "assign") if lane is not None else None,
        form=(f"{folder}/{form}" if folder else form) if form else None,
        state=extension(node, "ticketState"),
        label=_languages(node, "customerLabel"),
        shown=(extension(node, "customerShown") or "").lower() == "true",
        pause=(extension(node, "clockPause") or "").lower() == "true",
        ruleset=decision if local(node) == "businessRuleTask" else None,
        not_by=tuple(listed(extension(node, "notBy"))),
        attached=node.get("attachedToRef"),
    )


def listed(text: str | None) -> list[str]:
    """The words of a list that is separated by commas."""
    return [word for part in (text or "").split(",") if (word := part.strip())]


def _languages(node: etree._Element, stem: str) -> dict[str, str]:
    texts = {"de": extension(node, f"{stem}De"), "en": extension(node, f"{stem}En")}
    return {language: text for language, text in texts.items() if text}


def _caught(documents: list[etree._Element]) -> set[str]:
    """Names of the messages that some event or receive task of these diagrams waits for."""
    caught = set()
    for document in documents:
        names = {m.get("id"): m.get("name") for m in document.iter(f"{B}message")}
        for node in document.iter(
            f"{B}intermediateCatchEvent", f"{B}boundaryEvent", f"{B}receiveTask", f"{B}startEvent"
        ):
            references = [d.get("messageRef") for d in node.iter(f"{B}messageEventDefinition")]
            for reference in [*references, node.get("messageRef")]:
                if reference:
                    caught.add(names.get(reference) or reference)
    return caught
