"""What the moves of a net do to the facts: ask them, and set them anew."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from engine.workflow.soundness.facts import Facts
from engine.workflow.soundness.found import Marking, Masks
from engine.workflow.soundness.net import INNER, Move, Net, Way, combinations_of
from engine.workflow.soundness.shape import bits, closure
from engine.workflow.xml import local


class Effects:
    """What the moves of a net do to the facts: which they ask, which they set anew."""

    def __init__(self, net: Net, facts: Facts, sets: dict[str, dict[int, int]]) -> None:
        self.facts = facts
        self._sets = {id(move): self._set_by(net, move, sets) for move in net.moves}
        count = len(net.places)
        self.asked = [0] * count
        self.written = [0] * count
        self.live = [0] * count
        asks: dict[int, int] = {}
        for number, move in enumerate(net.moves):
            asks[number] = bits(facts.asks(w.condition for w in move.ways))
            for place in move.takes or move.gathers:
                self.asked[place] |= asks[number]
                self.written[place] |= bits(self.of(move))
        self.reach_asks = closure(net, self.asked)
        self.reach_writes = closure(net, self.written)
        self._liveness(net, asks)

    def of(self, move: Move) -> dict[int, int]:
        """Group of facts → the answers that are possible once a move was made."""
        return self._sets[id(move)]

    def _set_by(self, net: Net, move: Move, sets: dict[str, dict[int, int]]) -> dict[int, int]:
        """What a step says counts when it is left as drawn, not when something on its border
        happens; nobody knows then how far a process within has come."""
        if move.enters:
            return {}
        if not move.event:
            return sets.get(move.node, {})
        node = net.scope.nodes.get(move.node)
        within = sets.get(move.node, {}) if node is not None and local(node) in INNER else {}
        return {group: self.facts.groups[group].every for group in within} | sets.get(
            move.event, {}
        )

    def _liveness(self, net: Net, asks: dict[int, int]) -> None:
        """Per place the groups that may be asked before they are set anew."""
        changed = True
        while changed:
            changed = False
            for number in range(len(net.moves) - 1, -1, -1):
                move = net.moves[number]
                after = 0
                for place in (*move.gives, *(w.place for w in move.ways)):
                    after |= self.live[place]
                after &= ~bits(self.of(move))
                for place in move.takes or move.gathers:
                    if (more := self.live[place] | after | asks[number]) != self.live[place]:
                        self.live[place] = more
                        changed = True

    def forget(self, marking: Marking, masks: list[int]) -> Masks:
        """Answers that nobody will ask for are not told apart."""
        live = 0
        for place in marking:
            live |= self.live[place]
        for group, whole in enumerate(self.facts.groups):
            if not live >> group & 1:
                masks[group] = whole.every
        return tuple(masks)

    def decided(self, move: Move, masks: Masks) -> Iterator[tuple[tuple[Way, ...], list[int]]]:
        """The ways that may be taken at a gateway, each with the answers that are left then."""
        if not move.ways:
            yield (), list(masks)
            return
        facts = self.facts
        numbers = facts.asks(way.condition for way in move.ways)
        asked = {n: [w.condition for w in move.ways if w.condition in facts.place
                     and facts.place[w.condition][0] == n] for n in numbers}  # fmt: skip
        free = [w for w in move.ways if w.condition is not None and w.condition not in facts.place]
        options = [list(facts.split(n, masks[n], asked[n]).items()) for n in numbers]
        if not numbers:
            for ways in combinations_of(move):
                yield ways, list(masks)
            return
        for chosen in product(*options):
            known: dict[str, bool] = {}
            left = list(masks)
            for number, (answers, mask) in zip(numbers, chosen, strict=True):
                left[number] = mask
                known |= dict(zip(asked[number], answers, strict=True))
            for guess in product((True, False), repeat=len(free)):
                known |= {str(w.condition): g for w, g in zip(free, guess, strict=True)}
                yield _taken(move, known), list(left)


def _taken(move: Move, known: dict[str, bool]) -> tuple[Way, ...]:
    """The ways whose conditions hold, the first alone if exclusive; else the default; or none."""
    held = tuple(w for w in move.ways if w.condition is not None and known.get(w.condition))
    if held:
        return held if move.inclusive else held[:1]
    return tuple(w for w in move.ways if w.condition is None)
