"""Runs every check over a process and what it calls, and collects what they found."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from engine.errors import Invalid, Problem
from engine.workflow.lint import (
    actions,
    desk,
    flows,
    foreign,
    forms,
    ids,
    language,
    repeats,
    supported,
)
from engine.workflow.lint.diagram import Diagram, World, error, read_diagram
from engine.workflow.parser import parse_process
from engine.workflow.source import (
    NOT_EXECUTABLE,
    Bundle,
    main_process,
    read_bundle,
    running_processes,
    shared_processes,
)

MAX_NODES = 1_000  # steps of one process: reading takes four times as long for twice as many
Check = Callable[[Diagram, World], Iterable[Problem]]
CHECKS: tuple[Check, ...] = (
    ids.check_missing_ids, ids.check_duplicate_ids, ids.check_ids_across_files,
    ids.check_reserved_ids,
    flows.check_flow_ends, flows.check_starts, flows.check_ends, flows.check_reachable,
    flows.check_splits, flows.check_ignored_conditions, flows.check_gateways, flows.check_borders,
    supported.check_elements, supported.check_event_subprocesses, supported.check_events,
    supported.check_thrown, supported.check_event_gateways, supported.check_same_events,
    supported.check_plain_tasks, supported.check_data,
    foreign.check_foreign, foreign.check_dialect,
    foreign.check_marked, foreign.check_people, foreign.check_whole,
    repeats.check_multi_instance, repeats.check_loops,
    actions.check_scripts, actions.check_services, actions.check_rulesets, actions.check_calls,
    actions.check_messages, actions.check_signals,
    language.check_times, language.check_bases, language.check_expressions, language.check_names,
    forms.check_named_forms, forms.check_form_files,
    desk.check_lanes, desk.check_laned, desk.check_states, desk.check_four_eyes,
    desk.check_picture,
)  # fmt: skip


def check_all(
    key: str,
    files: Mapping[str, bytes],
    shared: Mapping[str, Mapping[str, bytes]],
    rulesets: Collection[str] | None = None,
    *,
    sound: bool = True,
) -> list[Problem]:
    """Everything wrong with a process' files, errors first, then by line; never raises.

    Whether it is `sound` is asked only of what can be run.
    """
    try:
        bundle = read_bundle(key, files, shared)
        problems = _check(bundle, rulesets)
        if not any(refuses(problem) for problem in problems):
            problems += _followed(bundle, sound)
    except Invalid as fault:
        problems = [*fault.problems, *_merely_drawn(key, files, shared, rulesets, fault)]
    except Exception as fault:  # hostile input must end in a finding, whatever it breaks
        problems = [
            Problem(
                "defect",
                "error",
                None,
                None,
                f"Cannot be checked: {fault!r}",
                "This is a defect of Vorgang: report it with the file",
            )
        ]
    return sorted(problems, key=lambda p: (p.severity != "error", p.line or 0))


def _merely_drawn(
    key: str,
    files: Mapping[str, bytes],
    shared: Mapping[str, Mapping[str, bytes]],
    rulesets: Collection[str] | None,
    fault: Invalid,
) -> list[Problem]:
    """What else stands in the way of a process that nobody has marked to run yet."""
    if [problem.code for problem in fault.problems] != [NOT_EXECUTABLE]:
        return []
    try:
        return _check(read_bundle(key, files, shared, merely_drawn=True), rulesets)
    except Exception:  # what was said before is reason enough
        return []


def _followed(bundle: Bundle, sound: bool) -> list[Problem]:
    """What only shows when the ways through the drawing are followed."""
    from engine.workflow.known import maybe_unknown
    from engine.workflow.soundness import judged

    found = maybe_unknown(bundle)
    return [*found, *judged(bundle).problems] if sound else found


def refuses(problem: Problem) -> bool:
    """Whether a process with this finding cannot be run at all, not even to be played."""
    return problem.severity == "error" and problem.code != "unknown-name"


def _check(bundle: Bundle, rulesets: Collection[str] | None) -> list[Problem]:
    problems: list[Problem] = []
    for other in running_processes(bundle.document):
        if other is not bundle.process:
            text = "A file holds one process that is run"
            problems.append(error("several-processes", other, text, "Split it"))
    world = World(diagrams_of(bundle), _callable(bundle), rulesets)
    for diagram in world.diagrams:
        if sum(1 for _ in diagram.nodes()) > MAX_NODES:
            text = f"The process has more than {MAX_NODES} steps"
            problems.append(error("too-big", diagram.process, text, "Move parts into calls"))
            continue
        for check in CHECKS:
            problems += [_placed(diagram, p) for p in _run(check, diagram, world)]
    if not any(p.severity == "error" for p in problems):
        problems += _try_parser(bundle)
    return problems


def _run(check: Check, diagram: Diagram, world: World) -> list[Problem]:
    try:
        return list(check(diagram, world))
    except Exception as fault:  # one check that stumbles must not hide what the others found
        return [
            error(
                "defect",
                diagram.process,
                f"{check.__name__} stumbled: {fault!r}",
                "This is a defect of Vorgang: report it with the file",
            )
        ]


def diagrams_of(bundle: Bundle) -> list[Diagram]:
    diagrams = [read_diagram(bundle.document, bundle.process, "", bundle.files)]
    for folder, document in sorted(bundle.called.items()):
        process = main_process(document)
        if process is not None:
            diagrams.append(read_diagram(document, process, folder, bundle.shared[folder]))
    return diagrams


def _callable(bundle: Bundle) -> set[str]:
    return set(shared_processes(bundle.shared))


def _placed(diagram: Diagram, problem: Problem) -> Problem:
    """Say in which called process a finding is."""
    if not diagram.folder:
        return problem
    text = f"{diagram.folder}: {problem.message}"
    return Problem(
        problem.code, problem.severity, problem.element, problem.line, text, problem.mend
    )


def _try_parser(bundle: Bundle) -> list[Problem]:
    """What passed all checks must also be readable by the engine itself."""
    documents = [bundle.document, *bundle.called.values()]
    try:
        parse_process(documents, bundle.process.get("id", ""))
    except Exception as fault:
        if "RecursionError" in repr(fault):
            text = "A circle in the diagram is too long to be read"
            return [error("too-big", bundle.process, text, "Move a part of it into a call")]
        return [
            Problem(
                "parser",
                "error",
                None,
                None,
                f"The engine cannot run this: {fault}",
                "Draw that part another way",
            )
        ]
    return []
