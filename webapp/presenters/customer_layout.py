"""Where the steps of a small diagram stand: in columns along the way, with room for every arrow.

What customers see is drawn anew from a few steps, so nobody has placed them by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Edge = tuple[int, int]
Point = tuple[int, int]
WIDTH, HEIGHT, EVENT = 150, 80, 36
ACROSS, DOWN, LEFT, TOP = 230, 140, 60, 60
_LOOP = 24  # between arrows that lead back
_BESIDE = 12  # how far they keep from the arrows that lead on


@dataclass
class Layout:
    """The middle of each node, and the corners of each arrow from border to border."""

    middles: dict[int, Point] = field(default_factory=dict)
    ways: dict[Edge, list[Point]] = field(default_factory=dict)


def lay_out(sizes: Mapping[int, tuple[int, int]], edges: Sequence[Edge]) -> Layout:
    """Place nodes (number → width and height); arrows that lead back run below."""
    back = _back_edges(sorted(sizes), edges)
    forward = [edge for edge in edges if edge not in back]
    layers = _layers(sorted(sizes), forward)
    rows, through = _rows(layers, forward)
    layout = Layout()
    for node, layer in layers.items():
        layout.middles[node] = (LEFT + WIDTH // 2 + layer * ACROSS, _middle(rows[node]))
    for edge in forward:
        layout.ways[edge] = _forward(edge, sizes, layout.middles, layers, through[edge])
    low = _middle(max(rows.values(), default=0)) + HEIGHT // 2 + 40
    for number, edge in enumerate(sorted(back)):
        layout.ways[edge] = _backward(edge, sizes, layout.middles, low + number * _LOOP)
    return layout


def _middle(row: int) -> int:
    return TOP + HEIGHT // 2 + row * DOWN


def _back_edges(nodes: Sequence[int], edges: Sequence[Edge]) -> set[Edge]:
    """The arrows that close a circle, looked for from the first steps on."""
    out: dict[int, list[int]] = {node: [] for node in nodes}
    for one, two in edges:
        out[one].append(two)
    back: set[Edge] = set()
    over: set[int] = set()
    for first in nodes:
        line: list[tuple[int, int]] = [(first, 0)] if first not in over else []
        on_line = {first}
        while line:
            node, at = line.pop()
            if at == len(out[node]):
                over.add(node)
                on_line.discard(node)
                continue
            line.append((node, at + 1))
            target = out[node][at]
            if target in on_line:
                back.add((node, target))
            elif target not in over:
                line.append((target, 0))
                on_line.add(target)
    return back


def _layers(nodes: Sequence[int], forward: Sequence[Edge]) -> dict[int, int]:
    """The column of each node: behind all that lead to it."""
    layers = dict.fromkeys(nodes, 0)
    for _ in nodes:
        for one, two in forward:
            layers[two] = max(layers[two], layers[one] + 1)
    return layers


def _rows(
    layers: Mapping[int, int], forward: Sequence[Edge]
) -> tuple[dict[int, int], dict[Edge, list[int]]]:
    """The row of each node, and the rows that an arrow keeps free in columns it passes."""
    taken: dict[int, set[int]] = {}
    rows: dict[int, int] = {}
    through: dict[Edge, list[int]] = {}
    for node in sorted(layers, key=lambda n: (layers[n], n)):
        before = sorted(
            through[edge][-1] if through[edge] else rows[edge[0]]
            for edge in forward
            if edge[1] == node
        )
        rows[node] = _free(taken, layers[node], before[0] if before else 0)
        for edge in [e for e in forward if e[0] == node]:
            way, wish = [], rows[node]
            for layer in range(layers[node] + 1, layers[edge[1]]):
                wish = _free(taken, layer, max(wish, 1))
                way.append(wish)
            through[edge] = way
    return rows, through


def _free(taken: dict[int, set[int]], layer: int, wish: int) -> int:
    used = taken.setdefault(layer, set())
    while wish in used:
        wish += 1
    used.add(wish)
    return wish


def _backward(
    edge: Edge, sizes: Mapping[int, tuple[int, int]], middles: Mapping[int, Point], low: int
) -> list[Point]:
    """Out to the right, down between the columns, back below all, and in from the left."""
    (x1, y1), (x2, y2) = (middles[node] for node in edge)
    y1, y2, half = y1 + _BESIDE, y2 + _BESIDE, ACROSS // 2
    out, into = x1 + half - _BESIDE, x2 - half + _BESIDE
    end, begin = x1 + sizes[edge[0]][0] // 2, x2 - sizes[edge[1]][0] // 2
    return [(end, y1), (out, y1), (out, low), (into, low), (into, y2), (begin, y2)]


def _forward(
    edge: Edge,
    sizes: Mapping[int, tuple[int, int]],
    middles: Mapping[int, Point],
    layers: Mapping[int, int],
    through: Sequence[int],
) -> list[Point]:
    one, two = edge
    (x1, y1), (x2, y2) = middles[one], middles[two]
    points = [(x1 + sizes[one][0] // 2, y1)]
    levels = [*(_middle(row) for row in through), y2]
    for number, level in enumerate(levels):
        gap = LEFT + WIDTH // 2 + (layers[one] + number) * ACROSS + ACROSS // 2
        if points[-1][1] != level:
            points += [(gap, points[-1][1]), (gap, level)]
    return [*points, (x2 - sizes[two][0] // 2, y2)]
