"""Two rules that set the same thing differently on one ticket: which of them wins is chance."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from engine.rules.lint.boxes import Area, Box, apart
from engine.rules.lint.examined import Examined, named
from engine.rules.lint.solver import Model
from engine.rules.ruleset import Action, Rule

MOST_TRIED = 60  # earlier rules that are tried for one rule and one field
MOST_COMPARED = 4_000_000  # pairs that are looked at at all, in one ruleset
GROUPED = 3  # from more on one finding speaks of all


@dataclass(frozen=True)
class Setting:
    """What one rule sets a field to."""

    place: int
    value: Any
    shown: str
    box: Box


def written(action: Action) -> Iterator[tuple[str, Any]]:
    """The fields that an action sets, with what to; a tag is set and taken off."""
    if action.verb in ("set", "variable") and isinstance(action.value, Mapping):
        for name, value in action.value.items():
            yield (name if action.verb == "set" else f"variable {name}"), value
    elif action.verb == "assign" and isinstance(action.value, Mapping):
        yield "owner", ":".join(["assign", *map(str, action.value.values())])
    elif action.verb == "raise_priority":
        yield "priority", f"+{action.value}"
    elif action.verb in ("add_tag", "remove_tag"):
        tag = str(action.value).strip().lower()
        yield f"tag {tag}", "on" if action.verb == "add_tag" else "off"


def conflicts(examined: Examined) -> None:
    """Add the pairs of which both fire on one ticket, and say which wins."""
    fields: dict[str, list[Setting]] = defaultdict(list)
    for place, rule in enumerate(examined.rules):
        if place in examined.dead:
            continue
        for name, value in {n: v for action in rule.then for n, v in written(action)}.items():
            fields[name].append(Setting(place, value, f"{value!r}", examined.box(place)))
    left = MOST_COMPARED
    for name, settings in fields.items():
        if len({repr(setting.value) for setting in settings}) < 2:
            continue
        search = _Search(examined, settings, left)
        _tell(examined, name, list(search.pairs()))
        left = search.left


class _Search:
    """Pairs of settings of one field that meet on a ticket: for each later rule the first found."""

    def __init__(self, examined: Examined, settings: list[Setting], left: int) -> None:
        self.examined, self.settings, self.left = examined, settings, left
        named_values: dict[Any, set[Any]] = defaultdict(set)
        for one in settings:
            for fact, area in one.box.items():
                named_values[fact] |= area.values
        # the fact that tells the most of them apart
        self.by = max(named_values, key=lambda fact: len(named_values[fact]), default=None)
        self.filed: dict[Any, list[Setting]] = defaultdict(list)
        self.others: list[Setting] = []
        lasting = [one for one in settings if not examined.rules[one.place].stop]
        self.ranges = _Ranges([one for one in lasting if not self._values(one)])

    def pairs(self) -> Iterator[tuple[Setting, Setting, Model]]:
        """(earlier, later, ticket)."""
        for later in self.settings:
            found = self._met(later)
            if found:
                yield found
            if not self.examined.rules[later.place].stop:
                self._file(later)

    def _met(self, later: Setting) -> tuple[Setting, Setting, Model] | None:
        tried = 0
        for earlier in self._before(later):
            if earlier.value == later.value or apart(earlier.box, later.box):
                continue
            tried += 1
            if tried > MOST_TRIED:
                break
            model = self._together(earlier.place, later.place)
            if model:
                return earlier, later, model
        return None

    def _before(self, later: Setting) -> Iterator[Setting]:
        values = self._values(later)
        pools: list[Iterable[Setting]] = list(self.filed.values())
        if values:
            pools = [self.filed.get(value, []) for value in values]
        for pool in (*pools, self.others, self.ranges.meeting(later)):
            for setting in pool:
                if setting.place >= later.place:
                    continue
                self.left -= 1
                if self.left < 0:
                    return
                yield setting

    def _file(self, setting: Setting) -> None:
        values = self._values(setting)
        for value in values:
            self.filed[value].append(setting)
        if not values and setting not in self.ranges:
            self.others.append(setting)

    def _values(self, setting: Setting) -> frozenset[Any]:
        area = setting.box.get(self.by) if self.by else None
        return area.values if area else frozenset()

    def _together(self, earlier: int, later: int) -> Model | None:
        wholes = self.examined.wholes
        terms = [(True, wholes[earlier]), (True, wholes[later])]
        answer, _ = self.examined.reaching(terms, later)
        if not answer.possible or answer.model is None:
            return None
        matched = self.examined.firing.matched(answer.model)
        return answer.model if {earlier, later} <= set(matched) else None


class _Ranges:
    """Settings by the range of one fact that they need, those that meet a range found quickly."""

    def __init__(self, settings: Sequence[Setting]) -> None:
        common = Counter(
            fact for one in settings for fact, area in one.box.items() if _bounded(area)
        )
        self.fact = common.most_common(1)[0][0] if common else ("", "")
        found = [one for one in settings if _bounded(one.box.get(self.fact))] if common else []
        self.sorted = sorted(found, key=lambda one: one.box[self.fact].low)
        self.lows = [one.box[self.fact].low for one in self.sorted]
        self.places = {one.place for one in found}
        self.furthest = list(accumulate((one.box[self.fact].high for one in self.sorted), max))

    def __contains__(self, setting: Setting) -> bool:
        return setting.place in self.places

    def meeting(self, later: Setting) -> Iterator[Setting]:
        """Those whose range is not all below or above that of this one."""
        area = later.box.get(self.fact)
        if not _bounded(area) or area is None:
            yield from self.sorted
            return
        for place in range(bisect_right(self.lows, area.high) - 1, -1, -1):
            if self.furthest[place] < area.low:
                return
            yield self.sorted[place]


def _bounded(area: Area | None) -> bool:
    return area is not None and area.low is not None and area.high is not None


def _tell(examined: Examined, name: str, pairs: list[tuple[Setting, Setting, Model]]) -> None:
    by_earlier: dict[int, list[tuple[Setting, Setting, Model]]] = defaultdict(list)
    for pair in pairs:
        by_earlier[pair[0].place].append(pair)
    mend = "let one of them stop, or make their conditions exclude each other"
    for place, found in by_earlier.items():
        rule: Rule = examined.rules[place]
        if len(found) > GROUPED:
            rules = [examined.rules[later.place] for _, later, _ in found]
            said = (f"{name}: {len(rules)} later rules set it otherwise on the same ticket,"
                    f" and win: {named(rules)}")  # fmt: skip
            examined.found("conflict", "warning", rule, said, mend, found[0][2])
            continue
        for earlier, later, model in found:
            said = (f"sets {name} to {later.shown}, rule {rule.id!r} to {earlier.shown}:"
                    " where both fire, the later one wins")  # fmt: skip
            examined.found("conflict", "warning", examined.rules[later.place], said, mend, model)
