"""Plays the token game of one scope: every state that matters, each once.

A state is where the tokens are and, if facts are followed, which answers are still possible. Where
tokens move independently their order does not matter, so only one order is tried: a token that
alone decides what happens to it goes first, those before a meeting point of paths last, so that two
that may meet there are seen to. A step that others can disturb (an end that ends all, an inclusive
join, a question whose answer another token may change) is tried in every order; so is all else in
states from which no end was come to, lest a token that goes round for ever hides the others.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.workflow.soundness.effects import Effects
from engine.workflow.soundness.facts import Group
from engine.workflow.soundness.found import Done, Fault, Found, Marking, State
from engine.workflow.soundness.net import Move, Net
from engine.workflow.soundness.shape import Shape

MOST_TOKENS = 3  # at one place; more come from events that may happen again and again
QUIETER = 20  # ways to an end looked at for one that throws nothing on its way
MOST_BESIDE = 2  # tokens on a side path at which its event is not looked at once more


class Explorer:
    """Depth first through the states of one net.

    `eager` takes no heed of questions whose answer another token may change meanwhile.
    """

    def __init__(self, net: Net, effects: Effects, budget: int, eager: bool = False) -> None:
        self.net, self.effects, self.budget, self.eager = net, effects, budget, eager
        self.found = Found()
        self.parents: dict[State, tuple[State, Done] | None] = {}
        self.forward: dict[State, list[State]] = {}
        self.final: set[State] = set()
        self.dead: set[State] = set()
        self.blamed: set[tuple[str, str]] = set()
        self.full: set[State] = set()  # states of which every follower was looked at
        self.cut = False
        self.loud = 0  # how often still a way to an end is looked for that throws nothing
        self.shape = Shape(net)

    def run(self) -> Found:
        """Explore; whatever can go wrong is in what is found."""
        if self.net.start < 0:
            return self.found
        marking = (self.net.start,)
        start = (marking, self.effects.forget(marking, [g.every for g in self.groups]))
        self.parents[start] = None
        self._walk(start, False)
        bad = self._endless()
        while bad and not self.found.over and (unseen := [s for s in bad if s not in self.full]):
            for state in unseen[: max(1, len(self.full))]:
                self._walk(state, True)
            bad = self._endless()
        self.found.states = len(self.parents)
        doomed = {f.marking for f in self.found.faults if f.kind != "twice"}
        if bad and not doomed and not self.found.over:
            state = bad[0]  # the first that was come upon
            self._blame("circle", self.net.holder[state[0][0]], self.trace(state), state[0])
        return self.found

    @property
    def groups(self) -> list[Group]:
        """The groups of facts that are followed."""
        return self.effects.facts.groups

    def _walk(self, start: State, every: bool) -> None:
        stack: list[Iterator[State]] = [iter(self._expand(start, every))]
        while stack:
            follower = next(stack[-1], None)
            if follower is None:
                stack.pop()
            elif follower not in self.forward:
                if len(self.parents) > self.budget:
                    self.found.over = True
                    return
                stack.append(iter(self._expand(follower, False)))

    def _expand(self, state: State, every: bool) -> list[State]:
        """The states after this one; fewer where the order does not matter."""
        marking = state[0]
        if self._crowded(state):
            self.final.add(state)  # told already; what more goes wrong then is no news
            return self.forward.setdefault(state, [])
        self.cut = False
        if every:
            self.full.add(state)
        moves = None if every else self._first(marking)
        if moves is None:
            moves = self._enabled(marking)
        followers: list[State] = self.forward.setdefault(state, [])
        for move in moves:
            for done, follower in self._after(state, move):
                self._note(state, done)
                if move.ways and not done.ways:
                    continue
                if follower not in self.parents:
                    self.parents[follower] = (state, done)
                followers.append(follower)
        if self.cut and not every:  # what heaps up may hide what others could do meanwhile
            self.forward.pop(state)
            return self._expand(state, True)
        if not marking:
            self.final.add(state)
        elif not followers:
            if self.cut:
                self.final.add(state)  # where it was not looked further
            elif any(m.ways for m in moves):
                self.dead.add(state)  # no condition holds, which is told already
            elif not every:
                self.forward.pop(state)
                return self._expand(state, True)
            else:
                self._dead_end(state)
        return followers

    def _first(self, marking: Marking) -> list[Move] | None:
        """The moves of one token that no other token can disturb."""
        best, rank, shape = None, (2, True, 0), self.shape
        for place in dict.fromkeys(marking):
            if not self.shape.lone[place] or not self._undisturbed(place, marking):
                continue
            mine = (shape.late(place, marking), shape.again[place], shape.order[place])
            if best is None or mine < rank:
                best, rank = self.net.by_place[place], mine
        for move in self.shape.joins(marking):
            mine = (0, False, self.shape.order[(move.takes or move.gathers)[0]])
            if best is None or mine < rank:
                best, rank = [move], mine
        return best

    def _undisturbed(self, place: int, marking: Marking) -> bool:
        effects = self.effects
        asked, written = effects.asked[place], effects.written[place]
        if self.eager or (not asked and not written):
            return True
        return not any(
            asked & effects.reach_writes[other]
            or written & (effects.reach_asks[other] | effects.reach_writes[other])
            for other in marking
            if other != place
        )

    def _enabled(self, marking: Marking) -> list[Move]:
        there = set(marking)
        found: dict[int, Move] = {}
        for place in there:
            for move in self.net.by_place[place]:
                if move.gathers or all(p in there for p in move.takes):
                    found[id(move)] = move
        return list(found.values())

    def _after(self, state: State, move: Move) -> list[tuple[Done, State]]:
        marking, masks = state
        takes = move.takes
        if move.spawns and sum(p in self.shape.beside[id(move)] for p in marking) >= MOST_BESIDE:
            return []
        if move.gathers:
            arrived = tuple(p for p in move.gathers if p in marking)
            if not arrived or self.shape.awaited(move, set(arrived), marking):
                return []
            takes = arrived
        found = []
        for ways, new_masks in self.effects.decided(move, masks):
            left = list(marking)
            for place in takes:
                left.remove(place)
            if move.kills:
                left = []
            left += move.gives
            left += [way.place for way in ways]
            if any(left.count(p) > MOST_TOKENS for p in move.gives):
                self.found.bounded = self.cut = True
                continue
            for group, mask in self.effects.of(move).items():
                new_masks[group] = mask
            after = tuple(sorted(left))
            found.append((Done(move, ways), (after, self.effects.forget(after, new_masks))))
        return found

    def _note(self, state: State, done: Done) -> None:
        found, move = self.found, done.move
        if move.ways and not done.ways:
            self._blame("no-way", move.node, [*self.trace(state), done], state[0])
            return
        found.fired.add(move.event or move.node)
        found.fired.add(move.node)
        found.ways.update(way.flow for way in done.ways)
        if move.exit is not None and move.exit not in found.exits:
            found.exits[move.exit] = [*self.trace(state), done]
        if move.exit is None or not move.kills:
            left = len(state[0]) - len(move.takes) + len(move.gives) + len(done.ways)
            if (found.normal is None or self.loud > 0) and (move.kills or left == 0):
                trace = [*self.trace(state), done]
                self.loud -= 1
                loud = any(one.move.exit is not None for one in trace)
                if found.normal is None or not loud:
                    found.normal, self.loud = trace, QUIETER if loud else 0
        for place in (*move.gives, *(way.place for way in done.ways)):
            holder = self.net.holder[place]
            if holder not in found.reached:
                found.reached[holder] = [*self.trace(state), done]

    def trace(self, state: State) -> list[Done]:
        """How a state came about."""
        moves: list[Done] = []
        step = self.parents[state]
        while step is not None:
            state, done = step
            moves.append(done)
            step = self.parents[state]
        return moves[::-1]

    def _crowded(self, state: State) -> bool:
        """Two tokens where one is meant to be: what follows would be done twice."""
        crowds: dict[int, int] = {}
        for place in state[0]:
            crowd = self.net.crowds.get(place)
            if crowd is None or place in self.shape.side:
                continue
            crowds[crowd] = crowds.get(crowd, 0) + 1
            if crowds[crowd] == 2:
                self._blame("twice", self.net.holder[place], self.trace(state), state[0])
                return True
        return False

    def _dead_end(self, state: State) -> None:
        self.dead.add(state)
        waits = self.net.holder[state[0][0]]
        self._blame("stuck", waits, self.trace(state), state[0])

    def _endless(self) -> list[State]:
        """States from which neither an end nor a standstill was come to: it goes on for ever."""
        before: dict[State, list[State]] = {}
        for state, followers in self.forward.items():
            for follower in followers:
                before.setdefault(follower, []).append(state)
        good = self.final | self.dead
        todo = list(good)
        while todo:
            for state in before.get(todo.pop(), []):
                if state not in good:
                    good.add(state)
                    todo.append(state)
        return [s for s in self.forward if s not in good]

    def _blame(self, kind: str, node: str, trace: list[Done], marking: Marking) -> None:
        if (kind, node) not in self.blamed:
            self.blamed.add((kind, node))
            gone = [
                done.move.takes[0] for done in trace if done.move.node == node and done.move.takes
            ]
            there = [p for p in marking if self.net.holder[p] == node]
            passes = sum(not self.net.places[p].startswith("in ") for p in [*gone, *there])
            self.found.faults.append(Fault(kind, node, trace, marking, passes))
