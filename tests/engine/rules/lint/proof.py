"""Whether the ticket of a finding shows the fault, asked of a release as everybody else asks it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from engine.errors import Problem
from engine.rules import Evaluation, Release, Ruleset, preview_release
from engine.rules.facts import NOON
from tests.engine.rules.lint.planted import VOCABULARY

Witness = Mapping[str, Any]


class Prover:
    """Evaluates witnesses by the rulesets as they are, and by single rules of them."""

    def __init__(self, rulesets: Sequence[Ruleset]) -> None:
        self.sets = {one.name: one for one in rulesets}
        self.whole = preview_release(rulesets, VOCABULARY)

    def asked(self, name: str, witness: Witness, release: Release | None = None) -> Evaluation:
        """The answer of the rules."""
        moment = witness.get("now")
        return (release or self.whole).evaluate(
            name, witness["facts"], event=witness.get("event"), changed=witness.get("changed"),
            now=datetime.fromisoformat(moment) if moment else NOON,
        )  # fmt: skip

    def alone(self, name: str, rule: str, witness: Witness) -> bool:
        """Whether the rule would fire if it were the only one."""
        one = self.sets[name]
        rules = tuple(r for r in one.rules if r.id == rule)
        only = Ruleset(one.name, one.title, one.events, (), rules, (), rule, "", rule)
        return bool(self.asked(name, witness, preview_release([only], VOCABULARY)).matched)

    def proves(self, name: str, problem: Problem) -> bool:
        """Whether the witness is one of what the finding says."""
        assert problem.witness is not None, problem
        said: bool = getattr(self, "_" + problem.code.replace("-", "_"))(name, problem)
        return said

    def _shadowed(self, name: str, problem: Problem) -> bool:
        witness, rule = problem.witness or {}, problem.element or ""
        answer = self.asked(name, witness)
        stopper = answer.trace["stopped_by"]
        return (
            self.alone(name, rule, witness)
            and rule not in answer.matched
            and stopper is not None
            and (repr(stopper) in problem.message or "…" in problem.message)
        )

    def _duplicate(self, name: str, problem: Problem) -> bool:
        witness, later = problem.witness or {}, problem.element or ""
        earlier = problem.message.split("'")[1]
        rules = {rule.id: rule for rule in self.sets[name].rules}
        return (
            self.alone(name, later, witness)
            and earlier in self.asked(name, witness).matched
            and rules[earlier].then == rules[later].then
        )

    def _conflict(self, name: str, problem: Problem) -> bool:
        answer = self.asked(name, problem.witness or {})
        named = [one for one in answer.matched if repr(one) in problem.message]
        set_to: dict[str, set[str]] = {}
        for decision in answer.decisions:
            if decision.rule in (problem.element, *named):
                tag = decision.action.endswith("_tag")
                values = {decision.value.lower(): decision.action} if tag else decision.value
                for field, value in dict(values).items():
                    set_to.setdefault(field, set()).add(repr(value))
        return problem.element in answer.matched and any(len(v) > 1 for v in set_to.values())

    def _gap(self, name: str, problem: Problem) -> bool:
        return self.asked(name, problem.witness or {}).matched == ()

    def _expired(self, name: str, problem: Problem) -> bool:
        witness, rule = dict(problem.witness or {}), problem.element or ""
        until = next(r.valid_until for r in self.sets[name].rules if r.id == rule)
        now = datetime.fromisoformat(witness["now"])
        return until is not None and until <= now and not self.alone(name, rule, witness)

    def _pattern(self, name: str, problem: Problem) -> bool:
        return self.alone(name, problem.element or "", problem.witness or {})

    _word = _pattern

    def _unawaited(self, name: str, problem: Problem) -> bool:
        answer = self.asked(name, problem.witness or {})
        sent = [d.value for d in answer.decisions if d.action == "message"]
        return any(repr(message) in problem.message for message in sent)

    def _message_loop(self, name: str, problem: Problem) -> bool:
        return self._unawaited(name, problem)

    def _loop(self, name: str, problem: Problem) -> bool:
        """Follows the changes through all rulesets that hear of them until a rule comes again."""
        witness = dict(problem.witness or {})
        way = problem.message.partition(": ")[2].split(" → ")
        facts, first = dict(witness["facts"]), self.asked(name, witness)
        seen = [f"{name}/{rule}" for rule in first.matched]
        decisions = list(first.decisions)
        for _ in range(len(way) * 3):
            changed = _apply(facts, decisions)
            if not changed:
                return False
            decisions = []
            for other in self.whole.listening("ticket.changed"):
                step = {**witness, "facts": facts, "changed": changed, "event": "ticket.changed"}
                answer = self.asked(other, step)
                seen += [f"{other}/{rule}" for rule in answer.matched]
                decisions += answer.decisions
            if seen.count(way[0]) > 1 and set(way) <= set(seen):
                return True
        return False


def _apply(facts: dict[str, Any], decisions: Sequence[Any]) -> dict[str, Any]:
    """Carry the decisions out on the facts; what they changed."""
    before = dict(facts)
    for decision in decisions:
        if decision.action == "set":
            facts.update({k if "." in k else f"ticket.{k}": v for k, v in decision.value.items()})
        elif decision.action == "add_tag":
            facts["ticket.tags"] = sorted({*facts.get("ticket.tags", []), decision.value})
        elif decision.action == "remove_tag":
            facts["ticket.tags"] = [t for t in facts.get("ticket.tags", []) if t != decision.value]
    return {n: (before.get(n), v) for n, v in facts.items() if before.get(n) != v}
