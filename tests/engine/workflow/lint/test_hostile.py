"""Whatever is written into a diagram ends in a list of reasons: it does nothing, and says so."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.workflow.definition import check_files
from engine.workflow.soundness import soundness_of

WALK = "[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == '_wrap_close'][0]"
HOSTILE = [
    "__import__('os').system('touch {mark}')", "open('{mark}', 'w')", "exec('open(1)')",
    WALK + ".__init__.__globals__['popen']('touch {mark}').read()", "ticket.__class__",
    "(lambda: open('{mark}', 'w'))()", "[open('{mark}', 'w') for x in [1]]", "9**9**9",
    "'a' * 10**9", "ticket.pop('vip')", "f\"{open('{mark}')}\"", "(x := open('{mark}', 'w'))",
    "ticket['__class__'].mro()", "getattr(ticket, 'vip')", "eval('1')", "print('x')", "await x",
    "yield 1", "not " * 3_000 + "true", "(" * 300 + "1" + ")" * 300, "1 if", "\x00", "\u202e1",
    "${execution.kill()}", "#{bean.run()}", "java:import.System.exit(1)", "{{ config }}",
    "(" + "\n" * 300_000 + "x", "1 ;" + " ;" * 300_000 + "x", "R/" + "P0" * 200_000 + "x",
]  # fmt: skip


def drawn(pen: Any, where: str, text: str) -> Any:
    """The text in one of the places where a diagram holds an expression."""
    said = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    p = pen().start().end()
    if where == "condition":
        p.gate("exclusive", "a", "done").user("b").flow("a", "b", "done", when=text)
    elif where == "script":
        p.script("a", f"y = {text}")
    elif where == "timer":
        inner = f"<bpmn:timeDuration>{said}</bpmn:timeDuration>"
        p.catch("a", f"<bpmn:timerEventDefinition>{inner}</bpmn:timerEventDefinition>")
    elif where == "parameter":
        p.service("a", "note", text=said)
    else:
        inner = f"<bpmn:loopCardinality>{said}</bpmn:loopCardinality>"
        many = "multiInstanceLoopCharacteristics"
        p.user("a", inner=f"<bpmn:{many}>{inner}</bpmn:{many}>")
    return p.flow("start", "a", "done")


@pytest.mark.parametrize("where", ["condition", "script", "timer", "parameter", "number"])
def test_a_hostile_expression_does_nothing_and_is_told(
    pen: Any, where: str, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    for text in HOSTILE:
        files = {"process.bpmn": drawn(pen, where, text.replace("{mark}", str(mark))).xml()}
        problems = check_files("sample", files, {})
        assert any(p.severity == "error" for p in problems), text
        assert not any(p.code in ("defect", "parser") for p in problems), (text, problems)
        assert soundness_of("sample", files, {}).verdict == "undecided"
    assert not mark.exists()


def sources() -> list[str]:
    """The diagrams that come with the desk."""
    root = Path(__file__).parents[4] / "processes"
    return [path.read_text() for path in sorted(root.rglob("*.bpmn"))]


SOURCES = sources()
KINDS = (
    "task", "userTask", "scriptTask", "exclusiveGateway", "parallelGateway", "inclusiveGateway",
    "eventBasedGateway", "complexGateway", "subProcess", "transaction", "adHocSubProcess",
    "callActivity", "startEvent", "endEvent", "boundaryEvent", "intermediateCatchEvent",
    "dataObject", "choreographyTask", "process", "participant",
)  # fmt: skip


def mutated(text: str, dice: random.Random) -> str:
    """The same diagram with something in it that does not belong there."""
    ids = re.findall(r'id="(\w+)"', text) or ["x"]
    kind = dice.randrange(8)
    if kind == 0:
        return text[: dice.randrange(len(text))]
    if kind == 1:  # other ids are meant
        return text.replace(f'"{dice.choice(ids)}"', f'"{dice.choice(ids)}"', dice.randint(1, 3))
    if kind == 2:  # another kind of element
        old = dice.choice(re.findall(r"<bpmn:(\w+)", text) or ["task"])
        return text.replace(f"bpmn:{old}", f"bpmn:{dice.choice(KINDS)}")
    if kind == 3:  # without some attribute
        return text.replace(dice.choice(re.findall(r' \w+="[^"]*"', text) or [" "]), " ", 2)
    if kind == 4:  # another prefix, another namespace
        return text.replace("bpmn:", dice.choice(["semantic:", "", "bpmn2:"]), dice.randint(1, 900))
    if kind == 5:  # nested in itself
        at, deep = text.find("<bpmn:startEvent"), dice.randint(2, 60)
        return (
            text[:at] + '<bpmn:subProcess id="n">' * deep + "</bpmn:subProcess>" * deep + text[at:]
        )
    if kind == 6:
        return text.replace("isExecutable", "executable").replace("true", dice.choice(["", "x"]), 3)
    at = dice.randrange(len(text))
    return (
        text[:at] + dice.choice(["&x;", "<", "\x07", "]]>", "<!--", "\ufffe", "&#0;"]) + text[at:]
    )


@settings(
    max_examples=60, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
@given(st.integers(0, 10**9), st.sampled_from(["utf-8", "utf-16", "latin-1", "utf-8-sig"]))
def test_whatever_is_done_to_a_diagram_it_gets_reasons(seed: int, encoding: str) -> None:
    dice = random.Random(seed)
    text = dice.choice(SOURCES)
    for _ in range(dice.randint(1, 3)):
        text = mutated(text, dice)
    files = {"process.bpmn": text.encode(encoding, "replace")}
    problems = check_files("fuzz", files, {})
    assert not [p for p in problems if p.code == "defect" or "defect" in p.mend]
    assert all(p.message and p.code for p in problems)
