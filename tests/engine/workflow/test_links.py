"""Link events are flows that nobody wanted to draw: they are gone, checked and proved as such."""

from __future__ import annotations

from typing import Any

from engine.workflow.definition import check_files

A, B = '<bpmn:linkEventDefinition name="later"/>', '<bpmn:linkEventDefinition name="again"/>'


def test_a_token_goes_on_where_the_link_leads(begin: Any, pen: Any) -> None:
    p = pen().start().user("one", "two").end().node("intermediateThrowEvent", "away", A)
    p.node("intermediateCatchEvent", "here", A)
    run = begin(p.flow("start", "one", "away").flow("here", "two", "done"))
    progress = run.do("one")
    assert run.open == ["two"]
    assert [m.step_id for m in progress.passed if m.outcome == "completed"] == [
        "one", "away", "here",
    ]  # fmt: skip
    assert run.do("two").done


def test_several_links_lead_to_one_place_and_back_in_a_subprocess_too(begin: Any, pen: Any) -> None:
    inner = pen().start("s2").user("ask").gate("exclusive", "how", "e2").end("e2")
    inner.node("intermediateThrowEvent", "back", B).node("intermediateThrowEvent", "off", B)
    inner.node("intermediateCatchEvent", "top", B)
    inner.flow("s2", "off").flow("top", "ask", "how", "e2").flow("how", "back", when="more")
    p = pen().start().node("subProcess", "part", inner.body()).end()
    run = begin(p.flow("start", "part", "done"))
    for more in (True, True, False):
        run.do("ask", more=more)
    assert run.instance.done


def found(pen: Any, *throws: str, catches: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    p = pen().start().gate("parallel", "fork").end()
    p.flow("start", "fork", "done")
    for number, inner in enumerate(throws):
        p.node("intermediateThrowEvent", f"t{number}", inner).flow("fork", f"t{number}")
    for number, inner in enumerate(catches):
        p.node("intermediateCatchEvent", f"c{number}", inner).end(f"e{number}")
        p.flow(f"c{number}", f"e{number}")
    files = {"process.bpmn": p.xml()}
    problems = check_files("sample", files, {})
    return sorted((x.code, x.element or "") for x in problems if x.severity == "error")


def test_a_link_without_its_counterpart_is_an_error(pen: Any) -> None:
    assert found(pen, A, catches=(A,)) == []
    assert ("event-kind", "t0") in found(pen, A)
    assert ("event-kind", "t0") in found(pen, A, catches=(B,))
    assert ("event-kind", "c0") in found(pen, A, catches=(B,))
    assert ("event-kind", "t0") in found(pen, A, catches=(A, A))
    unnamed = "<bpmn:linkEventDefinition/>"
    assert ("event-kind", "t0") in found(pen, unnamed, catches=(unnamed,))
