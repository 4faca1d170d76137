"""Each trap is a finding; good diagrams have none; no input whatever makes a check raise."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import Invalid
from engine.workflow.definition import check_files, load_definition

QUIET = {"no-picture", "no-form", "no-lane"}


def findings(drawn: Any, extra: dict[str, bytes] | None = None, **kwargs: Any) -> set[str]:
    """Codes of what is found, without the three that every small sample has."""
    given = {"process.bpmn": drawn if isinstance(drawn, bytes) else drawn.xml()} | (extra or {})
    problems = check_files("sample", given, kwargs.pop("shared", {}), **kwargs)
    assert all(p.message and p.severity in ("error", "warning") for p in problems)
    return {p.code for p in problems} - QUIET


def line(p: Any, *keys: str) -> Any:
    """start → keys → done."""
    return p.start().end().flow("start", *keys, "done")


def d_reserved(p: Any) -> Any:
    return p.start("Start").user("a").end().flow("Start", "a", "done")


def d_duplicate(p: Any) -> Any:
    return line(p.user("a").user("a"), "a")


def d_no_id(p: Any) -> Any:
    p.parts.append("<bpmn:userTask/>")
    return line(p.user("a"), "a")


def d_condition(p: Any) -> Any:
    return p.start().user("a").end().flow("start", "a").flow("a", "done", when="x")


def d_unreachable(p: Any) -> Any:
    return line(p.user("a").user("b").flow("b", "done"), "a")


def d_dead_end(p: Any) -> Any:
    return p.start().user("a").end().flow("start", "a")


def d_split(p: Any) -> Any:
    return line(p.user("a", "b"), "a").flow("a", "b", "done")


def d_flow_end(p: Any) -> Any:
    return line(p.user("a"), "a").flow("a", "nowhere")


def d_two_starts(p: Any) -> Any:
    return line(p.user("a").start("other").flow("other", "a"), "a")


def d_signal_end(p: Any) -> Any:
    return p.start().end("done", "<bpmn:signalEventDefinition/>").flow("start", "done")


def d_link(p: Any) -> Any:
    p.node("intermediateThrowEvent", "a", '<bpmn:linkEventDefinition name="l"/>')
    return line(p, "a")


def d_start_event(p: Any) -> Any:
    p.node("startEvent", "start", p.message_event("m")).end()
    return p.flow("start", "done")


def d_receive(p: Any) -> Any:
    return line(p.node("receiveTask", "a"), "a")


def d_send(p: Any) -> Any:
    return line(p.node("sendTask", "a", attrs='messageRef="gone"'), "a")


def d_nameless(p: Any) -> Any:
    return line(p.catch("a", "<bpmn:messageEventDefinition/>"), "a")


def d_event_subprocess(p: Any) -> Any:
    inner = type(p)("x").node("startEvent", "xs", p.message_event("m")).end("xe").flow("xs", "xe")
    p.node("subProcess", "box", inner.body(), 'triggeredByEvent="true"')
    return line(p.user("a"), "a")


def d_complex(p: Any) -> Any:
    return line(p.node("complexGateway", "a"), "a")


def d_plain(p: Any) -> Any:
    return line(p.node("task", "a"), "a")


def d_garbled(p: Any) -> Any:
    text = "<bpmn:timerEventDefinition><bpmn:timeDuration>P5</bpmn:timeDuration>"
    return line(p.catch("a", text + "</bpmn:timerEventDefinition>"), "a")


def d_cron(p: Any) -> Any:
    p.border("b", "a", p.timer_event("0 9 * * *", "timeCycle"), False).flow("b", "done")
    return line(p.user("a"), "a")


def d_cycle(p: Any) -> Any:
    return line(p.catch("a", p.timer_event("R3/PT1H", "timeCycle")), "a")


def d_no_time(p: Any) -> Any:
    return line(p.catch("a", "<bpmn:timerEventDefinition/>"), "a")


def d_expression(p: Any) -> Any:
    p.gate("exclusive", "g", "done").user("a").flow("g", "a", "done", when="import os")
    return line(p, "g")


def d_name(p: Any) -> Any:
    p.gate("exclusive", "g", "done").user("a").flow("g", "a", "done", when="mispelt == 1")
    return line(p, "g")


def d_script(p: Any) -> Any:
    return line(p.script("a", "open('x')"), "a")


def d_empty_script(p: Any) -> Any:
    return line(p.script("a"), "a")


def d_no_condition(p: Any) -> Any:
    return line(p.gate("exclusive", "g", "done").user("a").flow("g", "a", "done"), "g")


def d_no_default(p: Any) -> Any:
    p.gate("exclusive", "g").user("a").flow("g", "a", "done", when="true").start().end()
    return p.flow("start", "g").flow("g", "done", when="false")


def d_ruleset(p: Any) -> Any:
    return line(p.rule("a", "gone"), "a")


def d_no_ruleset(p: Any) -> Any:
    return line(p.node("businessRuleTask", "a"), "a")


def d_service(p: Any) -> Any:
    return line(p.service("a", "launch", at="'noon'"), "a")


def d_no_service(p: Any) -> Any:
    return line(p.node("serviceTask", "a"), "a")


def d_parameter(p: Any) -> Any:
    return line(p.service("a", "notify", to="'customer'"), "a")


def d_call(p: Any) -> Any:
    return line(p.node("callActivity", "a", attrs='calledElement="gone"'), "a")


def d_lane(p: Any) -> Any:
    return line(p.user("a").lane("Desk", "a", assign="whoever"), "a")


def d_form(p: Any) -> Any:
    ext = "<spiffworkflow:properties><spiffworkflow:property "
    ext += 'name="formJsonSchemaFilename" value="gone.schema.json"/></spiffworkflow:properties>'
    return line(p.node("userTask", "a", ext=ext), "a")


def d_state(p: Any) -> Any:
    ext = "<spiffworkflow:ticketState>opened</spiffworkflow:ticketState>"
    return line(p.node("userTask", "a", ext=ext), "a")


def d_event_gateway(p: Any) -> Any:
    p.gate("eventBased", "g").user("a").catch("b", p.timer_event("P1D"))
    return line(p.flow("g", "a", "done").flow("g", "b"), "g", "b")


def d_border(p: Any) -> Any:
    return line(p.user("a").border("b", "gone", p.timer_event("P1D")).flow("b", "done"), "a")


def d_many(p: Any) -> Any:
    return line(p.user("a", inner="<bpmn:multiInstanceLoopCharacteristics/>"), "a")


def d_loop(p: Any) -> Any:
    return line(p.user("a", inner="<bpmn:standardLoopCharacteristics/>"), "a")


def d_data(p: Any) -> Any:
    return line(p.user("a", inner="<bpmn:dataInputAssociation/>"), "a")


def d_pre_script(p: Any) -> Any:
    ext = "<spiffworkflow:preScript>x = 1</spiffworkflow:preScript>"
    return line(p.node("userTask", "a", ext=ext), "a")


def d_not_by(p: Any) -> Any:
    ext = "<spiffworkflow:notBy>a, nobody</spiffworkflow:notBy>"
    return line(p.node("userTask", "a", ext=ext), "a")


def d_foreign(p: Any) -> Any:
    ext = '<camunda:formData xmlns:camunda="http://camunda.org/schema/1.0/bpmn"/>'
    return line(p.node("userTask", "a", ext=ext), "a")


def d_error(p: Any) -> Any:
    return p.start().end("done", "<bpmn:errorEventDefinition/>").flow("start", "done")


def d_double(p: Any) -> Any:
    p.gate("parallel", "g").flow("g", "done").flow("g", "done")
    return p.start().end().flow("start", "g")


TRAPS: list[tuple[Callable[[Any], Any], str]] = [
    (d_reserved, "reserved-id"), (d_duplicate, "duplicate-id"), (d_no_id, "no-id"),
    (d_condition, "ignored-condition"), (d_unreachable, "unreachable"), (d_dead_end, "dead-end"),
    (d_split, "implicit-split"), (d_flow_end, "flow-end"), (d_two_starts, "start-count"),
    (d_signal_end, "no-signal"), (d_link, "event-kind"), (d_start_event, "event-kind"),
    (d_receive, "no-message"), (d_send, "no-message"), (d_nameless, "no-message"),
    (d_event_subprocess, "event-subprocess"), (d_complex, "unsupported"), (d_plain, "plain-task"),
    (d_garbled, "timer"), (d_cron, "timer"), (d_cycle, "timer-cycle"),
    (d_no_time, "timer"), (d_expression, "expression"), (d_name, "unknown-name"),
    (d_script, "expression"), (d_empty_script, "no-script"), (d_no_condition, "no-condition"),
    (d_no_default, "no-default"), (d_ruleset, "no-ruleset"), (d_no_ruleset, "no-ruleset"),
    (d_service, "no-service"), (d_no_service, "no-service"), (d_parameter, "parameter"),
    (d_call, "no-process"), (d_lane, "lane-assign"), (d_form, "form-missing"),
    (d_state, "ticket-state"), (d_event_gateway, "event-gateway"), (d_border, "border"),
    (d_many, "multi-instance"), (d_loop, "loop"), (d_data, "data"), (d_pre_script, "data"),
    (d_not_by, "not-by"), (d_foreign, "foreign"), (d_error, "uncaught-error"),
    (d_double, "double-flow"),
]  # fmt: skip


@pytest.mark.parametrize(("draw", "code"), TRAPS, ids=[d.__name__[2:] for d, _ in TRAPS])
def test_a_trap_is_a_finding(pen: Any, draw: Callable[[Any], Any], code: str) -> None:
    assert code in findings(draw(pen()), rulesets={"routing"})


def test_a_good_diagram_has_none(pen: Any) -> None:
    p = pen().start().rule("route", "routing").user("a").gate("exclusive", "g", "done").end()
    p.border("b", "a", p.timer_event("P1D"), False).service("n", "note", text="queue").end("e")
    p.flow("start", "route", "a", "g").flow("g", "done").flow("b", "n", "e")
    assert findings(p.flow("g", "a", when="ticket.vip"), rulesets=["routing"]) == set()


def test_a_call_that_names_nothing_is_not_told_of_a_process_without_a_name(pen: Any) -> None:
    text = line(pen().node("callActivity", "a"), "a").xml()
    told = [p.message for p in check_files("sample", {"process.bpmn": text}, {})]
    assert '"a" does not say which shared process runs' in told


def test_all_problems_come_at_once_errors_first(pen: Any) -> None:
    p = pen().start().node("task", "a").rule("r", "gone").user("lost").end()
    problems = check_files(
        "sample", {"process.bpmn": p.flow("start", "a", "r", "done").xml()}, {}, {"x"}
    )
    assert {"plain-task", "no-ruleset", "unreachable", "dead-end"} <= {x.code for x in problems}
    severities = [x.severity for x in problems]
    assert severities == sorted(severities)
    ruleset = next(x for x in problems if x.code == "no-ruleset")
    assert ruleset.element == "r"
    assert ruleset.line is not None


def test_a_process_that_calls_itself_is_found(pen: Any) -> None:
    one = line(pen("one").node("callActivity", "c1", attrs='calledElement="two"'), "c1")
    two = pen("two").start("s2").node("callActivity", "c2", attrs='calledElement="two"').end("e2")
    shared = {"two": {"process.bpmn": two.flow("s2", "c2", "e2").xml()}}
    assert "call-circle" in findings(one, shared=shared)


def test_what_is_wrong_in_a_called_process_is_told_with_its_name(pen: Any) -> None:
    one = line(pen("one").node("callActivity", "c1", attrs='calledElement="two"'), "c1")
    two = pen("two").start("s2").rule("r2", "gone").end("e2").flow("s2", "r2", "e2")
    problems = check_files(
        "one", {"process.bpmn": one.xml()}, {"two": {"process.bpmn": two.xml()}}, {"routing"}
    )
    assert any(p.message.startswith("two: ") and p.code == "no-ruleset" for p in problems)


GOOD_SCHEMA: dict[str, Any] = {"type": "object", "properties": {"impact": {"enum": ["high"]}}}


@pytest.mark.parametrize(
    ("schema", "ui", "code"),
    [
        (b"{", b"{}", "form-json"),
        (b"[]", b"{}", "form-json"),
        (b"[" * 5000, b"{}", "form-json"),
        (b"\xff\xfe\x00", b"{}", "form-json"),
        (b'{"type": "strung"}', b"{}", "form-schema"),
        (b'{"type": "string"}', b"{}", "form-schema"),
        (b'{"type": "object", "properties": {"a": {"$ref": "http://x/"}}}', b"{}", "form-schema"),
        (b'{"type": "object", "properties": {"a": {"pattern": "("}}}', b"{}", "form-schema"),
        (b'{"type": "object", "required": ["a"]}', b"{}", "form-field"),
        (b'{"type": "object", "properties": {"a b": {}}}', b"{}", "form-field"),
        (None, b"{", "form-json"),
        (None, b'{"fields": {"impakt": {}}}', "form-field"),
        (None, b'{"order": ["impakt"]}', "form-field"),
        (None, b'{"fields": {"impact": {"widget": "slider"}}}', "form-ui"),
        (None, b'{"fields": {"impact": {"ticket": "mood"}}}', "form-ui"),
        (None, b'{"fields": {"impact": {"choices": {"low": {}}}}}', "form-ui"),
        (None, b'{"fields": {"impact": 5}}', "form-ui"),
        (None, b'{"fields": 5, "order": 5}', "form-ui"),
        (None, b'{"order": [["x"]]}', "form-ui"),
    ],
)
def test_a_broken_form_is_found(pen: Any, schema: bytes | None, ui: bytes, code: str) -> None:
    ext = "<spiffworkflow:properties><spiffworkflow:property "
    ext += 'name="formJsonSchemaFilename" value="f.schema.json"/></spiffworkflow:properties>'
    drawn = line(pen().node("userTask", "a", ext=ext), "a")
    data = schema if schema is not None else json.dumps(GOOD_SCHEMA).encode()
    assert code in findings(drawn, {"f.schema.json": data, "f.ui.json": ui})


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9))
    + b"]><x>&j;</x>"
)
HOSTILE = {
    "empty": b"",
    "words": b"not xml at all",
    "binary": bytes(range(256)) * 10,
    "html": b"<html><body>hello</body></html>",
    "bomb": BOMB,
    "external": b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>',
    "utf16": BOMB.decode().encode("utf-16"),
    "unknown encoding": b'<?xml version="1.0" encoding="martian"?><x/>',
    "include": b'<x xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="/etc/passwd"/></x>',
    "deep": b"<a>" * 100_000,
    "big": b"<x>" + b"a" * 6_000_000 + b"</x>",
    "null": b"<x>\x00</x>",
    "only definitions": b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_end_in_a_finding(name: str) -> None:
    problems = check_files("sample", {"process.bpmn": HOSTILE[name]}, {})
    assert [p.severity for p in problems] == ["error"]


def test_fifty_megabytes_are_refused() -> None:
    assert findings(b"<x>" + b" " * 50_000_000 + b"</x>") == {"xml"}


def test_a_doctype_is_refused_even_when_harmless(pen: Any) -> None:
    assert "xml" in findings(b"<!DOCTYPE bpmn>" + line(pen().user("a"), "a").xml())


@pytest.mark.parametrize("odd", [None, 5, "text", {"process.bpmn": None}, {5: b""}, {"a.bpmn": 7}])
def test_odd_arguments_end_in_a_finding(odd: Any) -> None:
    assert check_files("sample", odd, {})[0].severity == "error"


def test_a_long_diagram_is_either_refused_or_runs(pen: Any) -> None:
    for count in (200, 399, 2_000):
        keys = [f"t{number}" for number in range(count)]
        drawn = line(pen(f"long_{count}").user(*keys), *keys)
        files = {"process.bpmn": drawn.xml()}
        errors = [p for p in check_files("long", files, {}) if p.severity == "error"]
        if errors:
            with pytest.raises(Invalid):
                load_definition("long", files, {})
        else:
            assert len(load_definition("long", files, {}).steps) == count + 2


def examples() -> list[bytes]:
    """The diagrams that come with the desk."""
    root = Path(__file__).parents[4] / "processes"
    return [path.read_bytes() for path in sorted(root.rglob("*.bpmn"))]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_never_raise(data: bytes) -> None:
    assert isinstance(check_files("fuzz", {"process.bpmn": data}, {"s": {"x.bpmn": data}}), list)


@pytest.mark.parametrize("seed", range(12))
def test_damaged_diagrams_never_raise_and_never_pass_what_cannot_be_loaded(
    pen: Any, seed: int
) -> None:
    dice = random.Random(seed)
    sources = [*examples(), line(pen().user("a"), "a").xml()]
    for _ in range(6):
        data = bytearray(dice.choice(sources))
        damage = dice.choice(["cut", "bytes", "swap", "drop"])
        if damage == "cut":
            del data[dice.randrange(len(data)) :]
        elif damage == "bytes":
            for _ in range(dice.randint(1, 8)):
                data[dice.randrange(len(data))] = dice.randrange(256)
        else:
            lines = bytes(data).splitlines(keepends=True)
            one, two = dice.randrange(len(lines)), dice.randrange(len(lines))
            if damage == "swap":
                lines[one], lines[two] = lines[two], lines[one]
            else:
                del lines[one]
            data = bytearray(b"".join(lines))
        files = {"process.bpmn": bytes(data)}
        errors = [p for p in check_files("fuzz", files, {}) if p.severity == "error"]
        if not errors:
            assert load_definition("fuzz", files, {}).steps


@pytest.mark.parametrize("mark", ["false", "0"])
def test_what_is_merely_drawn_is_told_all_that_it_lacks(mark: str) -> None:
    drawn = (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">'
        f'<process id="p" isExecutable="{mark}"><startEvent id="s"/><complexGateway id="c"/>'
        '<sequenceFlow id="f" sourceRef="s" targetRef="c"/></process></definitions>'
    )
    codes = {p.code for p in check_files("p", {"process.bpmn": drawn.encode()}, {})}
    assert {"not-executable", "unsupported"} <= codes


def two_arms(p: Any, one: str, two: str) -> Any:
    p.start().gate("eventBased", "g").catch("a", one).catch("b", two).end().end("other")
    return p.flow("start", "g", "a", "done").flow("g", "b", "other")


def test_events_that_wait_for_the_same_are_told_where_only_one_can_happen(pen: Any) -> None:
    hour, day = pen.timer_event("PT1H"), pen.timer_event("P1D")
    p = pen()
    assert "same-event" in findings(two_arms(p, p.message_event("m"), p.message_event("m")))
    assert "same-event" in findings(two_arms(pen(), hour, hour))
    p = pen()
    assert "same-event" not in findings(two_arms(p, p.message_event("m"), p.signal_event("m")))
    assert "same-event" not in findings(two_arms(pen(), hour, day))


@pytest.mark.parametrize("away", [True, False])
def test_two_events_on_a_border_may_wait_for_the_same_where_both_happen(
    pen: Any, away: bool
) -> None:
    p = line(pen().user("a"), "a")
    for key in ("b", "c"):
        p.border(key, "a", p.message_event("m"), away).end(f"{key}e").flow(key, f"{key}e")
    assert ("same-event" in findings(p)) is away


def test_a_subprocess_without_an_end_is_told_in_our_own_words(pen: Any) -> None:
    inner = pen("x").start("s").user("u", "v").flow("s", "u", "v", "u")
    p = line(pen().node("subProcess", "box", inner.body()), "box")
    problems = check_files("sample", {"process.bpmn": p.xml()}, {})
    assert ("end-count", "box") in [(x.code, x.element) for x in problems]
    assert "parser" not in {x.code for x in problems}
