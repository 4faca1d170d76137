"""What exploring a scope brings to light: states, traces, faults."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.workflow.soundness.net import Exit, Move, Way

Marking = tuple[int, ...]  # the places of the tokens, sorted
Masks = tuple[int, ...]  # per group of facts the answers that are still possible
State = tuple[Marking, Masks]


@dataclass(frozen=True)
class Done:
    """One move of a trace, with the ways taken where it decided."""

    move: Move
    ways: tuple[Way, ...] = ()


@dataclass
class Fault:
    """What went wrong, where, and how it came about."""

    kind: str  # stuck, left, twice, circle, no-way
    node: str
    trace: list[Done]
    marking: Marking = ()
    passes: int = 0  # how often the step is gone through, with the tokens that wait for it


@dataclass
class Found:
    """What exploring a scope brought to light."""

    faults: list[Fault] = field(default_factory=list)
    fired: set[str] = field(default_factory=set)  # steps that can happen
    ways: set[str] = field(default_factory=set)  # flows that can be taken
    normal: list[Done] | None = None  # a way to an end
    exits: dict[Exit, list[Done]] = field(default_factory=dict)
    reached: dict[str, list[Done]] = field(default_factory=dict)  # step → a way into it
    states: int = 0
    over: bool = False  # the budget did not suffice
    bounded: bool = False  # events that happen again and again were counted only so far
