"""What rules would have been asked about a ticket, moment by moment, told from its history.

History says of each field what it was before. Rolled back from today it gives the ticket as it was
born; told forward again, what each event found. What no history keeps (the customer's name, who is
a VIP, the company) is as it is today. A test plays lives of tickets and holds what is told here
against what the rules were really asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from engine.catalogue.models import ENDED_TYPES
from engine.commands.rules_birth import FIELDS, born, fact_of, put, renamed_of
from engine.commands.rules_moments import CALLED, Course, Decided, Entry, Moment, Said, article_of

KEPT = FIELDS | {"created", "tag", "article", "clock", "step", "process", "claimed", "undone"}
MOST = 200  # moments of one ticket
CUT = 200  # from this length on a trace has only the beginning of a text
BY_MAIL = ("email", "sms", "fax")  # through the filter
ARRIVED = "ticket.arrived"
OVERLAY = "pending "  # begins the names of states in which a ticket is laid aside
# In the order in which rules hear of what one act has brought about.
WAITING = ("step.entered", "process.ended", "ticket.changed", "article.added")
Pairs = dict[str, tuple[Any, Any]]


def moments(course: Course, most: int = MOST) -> list[Moment]:
    """Every moment of a ticket's life, the first one that of its birth."""
    return list(islice(_Telling(course).all(), most))


def standing(course: Course, at: datetime) -> Moment:
    """The ticket as it stood at any moment, whether or not something happened then."""
    return _Telling(course).standing(at)


class _Telling:
    """One ticket's course being told forward.

    Rules hear of a step, a change or an article when the act is over: what the process did with it
    stands in the history before that. So these wait here until the act ends, or until something
    follows that a rule has done about them.
    """

    def __init__(self, course: Course) -> None:
        self.course = course
        self.renamed = renamed_of(course)
        self.state = born(course, self.renamed)
        self.entered = list(course.steps)
        self.called = [one for one in course.decided if one.event == CALLED]
        self.waiting: dict[str, list[Any]] = {event: [] for event in WAITING}
        self.by_rule: Pairs = {}
        self.answering: list[tuple[Moment, str]] = []  # told just now, and who decided on it last
        self.at = course.created

    def all(self) -> Iterator[Moment]:
        """Birth, what the processes asked, and every event, in their order."""
        course = self.course
        yield self._moment("", course.created, course.first)
        if course.facts.get("ticket.channel") in BY_MAIL:
            yield self._moment("mail.received", course.created, course.first)
        begun = _length_of_beginning(course)
        arrived = _arrival(course.entries[:begun])
        for index in range(begun):
            if index == arrived:
                yield self._arrived()
            yield from self._told(index)
        if arrived == begun:
            yield self._arrived()
        yield from self._calls_until(course.created)
        for event in ("ticket.changed", "article.added"):  # of what it is born with nobody hears
            self.waiting[event].clear()
        yield from self._over()
        yield self._tell("ticket.created", course.first)
        for index in range(begun, len(course.entries)):
            yield from self._told(index)
        yield from self._calls_until(None)
        yield from self._over()
        self._heard()

    def _arrived(self) -> Moment:
        """Rules say what it is; whether its queue was chosen by then some decision has seen."""
        placed = any(one.facts.get("ticket.placed") is True for one in self.course.decided)
        return self._tell(ARRIVED, {**self.course.first, "ticket.placed": placed})

    def standing(self, at: datetime) -> Moment:
        """After all that had happened until then."""
        for index, entry in enumerate(self.course.entries):
            if entry.at > at:
                break
            if entry.what == "undone":
                self._put_back(index)
            self._apply(entry)
        return self._moment("", at, self.course.first)

    def _told(self, index: int) -> Iterator[Moment]:
        entry = self.course.entries[index]
        if entry.at != self.at:
            yield from self._calls_until(self.at)
            yield from self._over()
            self._heard()
            self.at = entry.at
        yield from self._calls_before(entry)
        if entry.cause == "rule":
            yield from self._over(entry.event)
            self._answered(entry)
            yield from self._by_rule(index)
            return
        self._heard()
        if entry.what == "clock":
            yield from self._clock(entry)
        elif entry.what == "step" and entry.before:
            yield from self._left(entry)
        elif entry.what == "undone":
            yield from self._over()
            self._put_back(index)
        elif entry.cause == "timer" and entry.what == "state" and not self._ends(entry.after):
            self._apply(entry)
            yield self._tell("time.passed", {})
        else:
            yield from self._wait(index)

    def _wait(self, index: int) -> Iterator[Moment]:
        """Let the entry happen; rules hear of it when the act is over."""
        entry = self.course.entries[index]
        if entry.by_person and fact_of(entry.what) and self.waiting["step.entered"]:
            yield from self._over()  # what began another process was an act by itself
        if entry.what == "article":
            number = article_of(entry)
            if number in self.course.articles:
                said = self.course.articles[number]
                self.waiting["article.added"].append({**said.facts, **self._writer(said)})
        elif entry.what == "step":
            self._entered(entry)
        elif entry.what == "process" and entry.after == "done":
            self.waiting["process.ended"].append({})
        changed = self._apply(entry)
        if changed and (entry.by_person or entry.cause != "step") and not self._silent(index):
            self.waiting["ticket.changed"].append(changed)

    def _writer(self, said: Said) -> dict[str, str]:
        """Who wrote what came in, seen from the ticket as it was."""
        if said.facts["article.direction"] != "in":
            return {}
        if said.facts["mail.automatic"]:
            return {"article.writer": "machine"}
        if said.agent:
            owner = said.login and said.login == self.state["ticket.owner"]
            return {"article.writer": "owner" if owner else "agent"}
        if said.login and said.login == self.state["customer.email"]:
            return {"article.writer": "customer"}
        return {"article.writer": "participant" if said.known else "stranger"}

    def _silent(self, index: int) -> bool:
        """Whether it is a change that goes along with something else, of which no rule is told."""
        entry, act = self.course.entries[index], self._act(index)
        if entry.what == "owner":  # of what nobody owned, by taking a step or by a reply
            before = self.course.entries[index - 1] if index else entry
            replied = any(one.what == "article" for one in act)
            return not entry.before and (before.what == "claimed" or replied)
        if entry.what != "state":
            return False
        if entry.after.startswith(OVERLAY):
            return True
        if entry.before.startswith(OVERLAY):  # taken up by an answer, or by going on with a step
            return any(one.what == "article" or (one.what, one.after) == ("step", "done")
                       for one in act)  # fmt: skip
        return self.course.state_types.get(entry.after) == "merged"

    def _act(self, index: int) -> list[Entry]:
        """All that was written at the same moment."""
        entries, at = self.course.entries, self.course.entries[index].at
        start, end = index, index
        while start and entries[start - 1].at == at:
            start -= 1
        while end < len(entries) and entries[end].at == at:
            end += 1
        return list(entries[start:end])

    def _over(self, upto: str = WAITING[-1]) -> Iterator[Moment]:
        """Rules hear of what has been waiting, up to this event in their order."""
        if upto not in WAITING:
            return
        for event in WAITING[: WAITING.index(upto) + 1]:
            found, self.waiting[event] = self.waiting[event], []
            if event == "ticket.changed" and found:
                changed = _joined(found)
                if "ticket.state" in changed:  # opened again, the process has given it another one
                    changed["ticket.state"] = changed["ticket.state"][0], self.state["ticket.state"]
                if changed:
                    yield self._tell(event, {}, changed)
            elif event != "ticket.changed":
                for facts in found:
                    yield self._tell(event, facts)

    def _answered(self, entry: Entry) -> None:
        """A rule has decided on a moment; who is asked after it finds what it changes."""
        for number in range(len(self.answering) - 1, -1, -1):
            moment, before = self.answering[number]
            name = str(entry.ref.get("ruleset", ""))
            if moment.event == entry.event and before <= name:
                if before and before != name:
                    moment.stages.append((before, self._now(moment)))
                self.answering[number] = moment, name
                self._heard(number + 1)
                return

    def _heard(self, start: int = 0) -> None:
        """All rules have been asked about what was told; what they changed stands now."""
        for moment, name in self.answering[start:]:
            if name:
                moment.stages.append((name, self._now(moment)))
        del self.answering[start:]

    def _now(self, moment: Moment) -> dict[str, Any]:
        return moment.facts | self.state

    def _by_rule(self, index: int) -> Iterator[Moment]:
        """What a rule has changed others hear of at once."""
        entries, entry = self.course.entries, self.course.entries[index]
        self.by_rule = _joined([self.by_rule, self._apply(entry)])
        after = entries[index + 1] if index + 1 < len(entries) else None
        if after is None or (after.at, after.ref, after.event) != (
            entry.at,
            entry.ref,
            entry.event,
        ):
            changed, self.by_rule = self.by_rule, {}
            if changed and entry.event != ARRIVED:  # before that there was nothing to change
                moment = self._moment("ticket.changed", entry.at, {}, changed, entry.skip)
                self.answering.append((moment, ""))
                yield moment

    def _clock(self, entry: Entry) -> Iterator[Moment]:
        if entry.after in ("warning", "breached", "escalated"):
            known: dict[str, Any] = {"clock.kind": entry.before}
            if entry.after != "warning":
                known["clock.percent"] = 100
            if entry.after != "escalated":
                known["clock.level"] = int(entry.after == "breached")
            yield self._tell(f"clock.{entry.after}", known)

    def _left(self, entry: Entry) -> Iterator[Moment]:
        """A step that somebody has finished: what its form said is heard before what follows.

        What the customer wrote into a form is no message that anybody hears of.
        """
        if entry.after == "done":
            said, self.waiting["article.added"] = self.waiting["article.added"], []
            for facts in said:
                if facts["article.direction"] != "in":
                    yield self._tell("article.added", facts)
            yield from self._over("ticket.changed")

    def _entered(self, entry: Entry) -> None:
        for index, (title, at, facts) in enumerate(self.entered):
            if at == entry.at and title == entry.after:
                del self.entered[index]
                self.waiting["step.entered"].append(facts)
                return

    def _put_back(self, index: int) -> None:
        """Something was taken back: a field is what the next entry found, or what it is today."""
        entries, facts = self.course.entries, self.course.facts
        later: dict[str, Entry] = {}
        for entry in entries[index + 1 :]:
            later.setdefault(
                entry.what if entry.what != "tag" else entry.before + entry.after, entry
            )
        for what in {entry.what for entry in entries[:index] if fact_of(entry.what)} - {"tag"}:
            if what in later:
                put(self.course, self.state, what, self._name(what, later[what].before))
            else:
                names = [fact_of(what) or ""]
                names += ["ticket.state_type"] if what == "state" else []
                names += [
                    name for name in facts if what == "customer" and name.startswith("customer.")
                ]
                self.state.update({name: facts.get(name, "") for name in names})
        tags = {entry.before + entry.after for entry in entries if entry.what == "tag"}
        there = {
            tag
            for tag in tags
            if (later[tag].before if tag in later else tag in facts["ticket.tags"])
        }
        self.state["ticket.tags"] = sorted(set(self.state["ticket.tags"]) - tags | there)

    def _calls_before(self, entry: Entry) -> Iterator[Moment]:
        """Rulesets that a process had asked when this entry was written."""
        same = [one.ruleset for one in self.called if one.at == entry.at]
        upto = 0
        if entry.event == CALLED and entry.ref.get("ruleset") in same:
            upto = same.index(entry.ref["ruleset"]) + 1
        elif entry.cause == "step" and not entry.by_person:
            upto = len(same)
        for _ in range(upto):
            yield self._call(self.called.pop(0))

    def _calls_until(self, at: datetime | None) -> Iterator[Moment]:
        while self.called and (at is None or self.called[0].at <= at):
            yield self._call(self.called.pop(0))

    def _call(self, decided: Decided) -> Moment:
        """A process asked: what its decision saw is exact, as far as it was kept."""
        exact = {name: seen for name, seen in decided.facts.items() if not _cut(seen)}
        moment = self._moment("", decided.at, {}, ruleset=decided.ruleset)
        if decided.at == self.course.created:  # answers of an offer's form were kept as own fields
            for name, value in list(moment.facts.items()):
                if name.startswith("custom."):
                    moment.facts["form." + name.removeprefix("custom.")] = value
        moment.facts.update(exact)
        return moment

    def _tell(self, event: str, more: Mapping[str, Any], changed: Pairs | None = None) -> Moment:
        """Rules are asked, one ruleset after the other."""
        self._heard()
        moment = self._moment(event, self.at, more, changed)
        self.answering.append((moment, ""))
        return moment

    def _moment(
        self,
        event: str,
        at: datetime,
        more: Mapping[str, Any],
        changed: Mapping[str, tuple[Any, Any]] | None = None,
        skip: frozenset[str] = frozenset(),
        *,
        ruleset: str = "",
    ) -> Moment:
        facts = {**self.state, **more}
        facts["ticket.tags"] = sorted(facts["ticket.tags"])
        age = (at - self.course.created).total_seconds() / 60
        facts["ticket.age_minutes"] = max(0, int(age))
        sla, queue = facts.get("ticket.sla", ""), facts.get("ticket.queue", "")
        if self.course.working is not None:
            facts |= self.course.working(sla, queue, self.course.created, at)
        for decided in self.course.decided:
            if event and decided.event == event and decided.at == at:
                for name, seen in decided.facts.items():
                    if name not in facts and not _cut(seen):
                        facts[name] = seen
        times = self.course.times(sla, queue) if self.course.times else None
        return Moment(event, ruleset, at, facts, changed or {}, skip, times=times)

    def _apply(self, entry: Entry) -> Pairs:
        """Let the entry happen; what it changed, under the names of facts."""
        fact = fact_of(entry.what)
        if fact is None:
            return {}
        before = self.state.get(fact)
        if entry.what == "tag":
            tags = set(before or ())
            self.state[fact] = sorted(tags - {entry.before} | {entry.after} - {""})
        else:
            put(self.course, self.state, entry.what, self._name(entry.what, entry.after))
        after = self.state.get(fact)
        return {fact: (before, after)} if before != after else {}

    def _ends(self, state: str) -> bool:
        return self.course.state_types.get(state, "") in ENDED_TYPES

    def _name(self, what: str, value: str) -> str:
        return self.renamed.get((what, value), value)


def _joined(changes: Sequence[Pairs]) -> Pairs:
    """What was changed at last, with what stood there at first."""
    found: Pairs = {}
    for one in changes:
        for fact, (before, after) in one.items():
            found[fact] = (found.get(fact, (before,))[0], after)
    return {fact: pair for fact, pair in found.items() if pair[0] != pair[1]}


def _arrival(entries: Sequence[Entry]) -> int:
    """How many entries were written before the rules were asked what the ticket is."""
    for index, entry in enumerate(entries):
        if entry.cause == "rule" or entry.what == "process":
            return index
    return len(entries)


def _length_of_beginning(course: Course) -> int:
    """How many entries were written before the rules heard that the ticket is there."""
    for index, entry in enumerate(course.entries):
        if entry.at != course.created or entry.event == "ticket.created":
            return index
    return len(course.entries)


def _cut(value: Any) -> bool:
    """Whether a trace has kept only a part of a value."""
    if isinstance(value, str):
        return len(value) >= CUT and value.endswith("…")
    return isinstance(value, list) and len(value) >= 20
