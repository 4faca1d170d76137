"""The lie of the land in a net: what leads where, where paths meet, who can disturb whom."""

from __future__ import annotations

from collections.abc import Iterable

from engine.workflow.soundness.found import Marking
from engine.workflow.soundness.net import Move, Net


def after(move: Move) -> tuple[int, ...]:
    """All places that a move may give tokens to."""
    return (*move.gives, *(way.place for way in move.ways)) if move.ways else move.gives


def bits(numbers: Iterable[int]) -> int:
    """Numbers as the bits of one number."""
    total = 0
    for number in numbers:
        total |= 1 << number
    return total


def closure(net: Net, own: list[int]) -> list[int]:
    """Per place what is found there and at all places that can be reached from it."""
    total, changed = list(own), True
    while changed:
        changed = False
        for move in reversed(net.moves):
            found = 0
            for place in after(move):
                found |= total[place]
            for place in move.takes or move.gathers:
                if found & ~total[place]:
                    total[place] |= found
                    changed = True
    return total


class Shape:
    """What can be said of a net before anything moves in it."""

    def __init__(self, net: Net) -> None:
        self.net = net
        count = range(len(net.places))
        self.giving: list[list[Move]] = [[] for _ in count]
        for move in net.moves:
            for place in after(move):
                self.giving[place].append(move)
        self.side = self._side()  # where several tokens are no fault
        self.lone = [self._alone(place) for place in count]  # one token decides by itself there
        self.crowd_at = [self._crowd(place) for place in count]
        self.meets = [mask.bit_count() > 1 for mask in self.crowd_at]  # before a meeting point
        self.leads = closure(net, [1 << place for place in count])  # what can be reached, as bits
        self.order = _paths(net)
        self.beside = {id(m): self._beside(m) for m in net.moves if m.spawns}
        self.again = [self._again(place) for place in count]  # on a circle
        self._upstream: dict[int, set[int]] = {}

    def late(self, place: int, marking: Marking) -> int:
        """1 while another token may still come to the meeting point that a place is."""
        if not self.meets[place]:
            return 0
        crowd = self.crowd_at[place]
        return int(any(self.leads[other] & crowd for other in marking if other != place))

    def joins(self, marking: Marking) -> list[Move]:
        """The joins that fire now: nobody else takes the tokens that they take."""
        there, found = set(marking), []
        for place in there:
            for move in self.net.by_place[place]:
                if len(move.takes) > 1 and place == move.takes[0]:
                    if all(p in there for p in move.takes):
                        found.append(move)
                elif move.gathers:
                    arrived = {p for p in move.gathers if p in there}
                    if place == min(arrived) and not self.awaited(move, arrived, marking):
                        found.append(move)
        return found

    def awaited(self, move: Move, arrived: set[int], marking: Marking) -> bool:
        """Whether an inclusive join waits: a token may come to an empty flow, and to no other."""
        empty = [p for p in move.gathers if p not in arrived]
        to_empty = set().union(*(self._up(p, move) for p in empty)) if empty else set()
        to_arrived = set().union(*(self._up(p, move) for p in arrived))
        return any(p in to_empty and p not in to_arrived for p in marking if p not in move.gathers)

    def _up(self, place: int, join: Move) -> set[int]:
        """The places from which a token can come to a place without passing the join."""
        if place not in self._upstream:
            seen, todo = set[int](), [place]
            while todo:
                here = todo.pop()
                for move in self.giving[here]:
                    if move.node != join.node:
                        for before in move.takes or move.gathers:
                            if before not in seen:
                                seen.add(before)
                                todo.append(before)
            self._upstream[place] = seen
        return self._upstream[place]

    def _side(self) -> set[int]:
        """Places reached from events that do not interrupt: several tokens are no fault there."""
        first = [p for m in self.net.moves if m.spawns for p in m.gives if p not in m.takes]
        return self._reached(first, None)

    def _beside(self, spawn: Move) -> set[int]:
        """The places that only this event leads to."""
        own = self._reached([p for p in spawn.gives if p not in spawn.takes], None)
        return own - self._reached([self.net.start], spawn)

    def _reached(self, todo: list[int], without: Move | None) -> set[int]:
        seen = set(todo)
        while todo:
            for move in self.net.by_place[todo.pop()]:
                for place in after(move):
                    if place not in seen and move is not without:
                        seen.add(place)
                        todo.append(place)
        return seen

    def _again(self, place: int) -> bool:
        """Whether a token may come back: it goes last, lest it leaves heaps of others behind."""
        further = {one for move in self.net.by_place[place] for one in after(move)}
        return any(self.leads[one] >> place & 1 for one in further)

    def _alone(self, place: int) -> bool:
        moves = self.net.by_place[place]
        return bool(moves) and all(m.takes == (place,) and not m.kills for m in moves)

    def _crowd(self, place: int) -> int:
        """The places that lead into the same step, as bits."""
        crowd = self.net.crowds.get(place)
        return 0 if crowd is None else bits(p for p, c in self.net.crowds.items() if c == crowd)


def _paths(net: Net) -> list[int]:
    """One path after the other: whoever goes by these numbers ends a branch before the next.

    So ways that part within a branch have met again before another branch begins, and are not
    combined with all that can happen there.
    """
    order = [1 << 30] * len(net.places)
    todo = [net.start] if net.start >= 0 else []
    count = 0
    while todo:
        place = todo.pop()
        if order[place] != 1 << 30:
            continue
        order[place] = count = count + 1
        further = [after_it for move in net.by_place[place] for after_it in after(move)]
        todo += [one for one in reversed(further) if order[one] == 1 << 30]
    return order
