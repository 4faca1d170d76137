"""Names that a shared process is given by its callers are known to it, and asked of them."""

from __future__ import annotations

from typing import Any

from engine.workflow.definition import check_files

GIVEN = "<spiffworkflow:given>whom, why</spiffworkflow:given>"


def shared(pen: Any) -> bytes:
    p = pen("tell").start("s2").service("n", "note", text="whom + why").end("e2")
    drawn: bytes = p.flow("s2", "n", "e2").xml()
    head = b'id="tell" isExecutable="true">'
    more = f"<bpmn:extensionElements>{GIVEN}</bpmn:extensionElements>".encode()
    return drawn.replace(head, head + more)


def unknown(files: dict[str, bytes], others: dict[str, dict[str, bytes]]) -> list[str]:
    return [x.message for x in check_files("sample", files, others) if x.code == "unknown-name"]


def test_what_a_shared_process_is_given_is_no_unknown_name_in_it(pen: Any) -> None:
    assert unknown({"process.bpmn": shared(pen)}, {}) == []


def test_a_caller_that_does_not_set_it_is_told(pen: Any) -> None:
    others = {"tell": {"process.bpmn": shared(pen)}}
    call = pen("one").start().script("set", 'whom = "owner"')
    call.node("callActivity", "c", attrs='calledElement="tell"').end()
    found = unknown({"process.bpmn": call.flow("start", "set", "c", "done").xml()}, others)
    assert len(found) == 1
    assert '"why"' in found[0]


def test_a_way_without_a_name_is_called_by_its_ends(pen: Any) -> None:
    p = pen("one").start().user("look").end("yes").end("no").flow("start", "look", "x")
    p = p.node("exclusiveGateway", "x", attrs='name="Good?"').flow("x", "yes", when="1 +")
    drawn = p.flow("x", "no", when="size > 3").xml()
    found = [problem.message for problem in check_files("sample", {"process.bpmn": drawn}, {})]
    assert any(text.startswith('The condition of "Good? → yes": Line 1') for text in found)
    assert any('The condition of "Good? → no" names "size"' in text for text in found)
