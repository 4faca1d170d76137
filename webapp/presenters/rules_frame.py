"""What every page of the rules has around it: tabs of a ruleset, the bar of what is drafted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from pyramid.interfaces import IRoutesMapper
from pyramid.request import Request

from engine.catalogue.rules_drafting import RulesProposal
from engine.catalogue.rules_trials import RulesDryRun
from engine.commands.rules_drafts import proposal, rules_drafts, standing
from engine.commands.rules_dry_run import latest_of_drafts
from engine.commands.rules_examining import RulesExamination, examine_rules
from engine.rules import vocabulary_of
from webapp.i18n import N_
from webapp.presenters.facts import own_labels

IN_LIST = ("rules.one", "rules.rule", "rules.new_rule", "rules.head")
TABS = (
    ("rules.one", N_("Rules")),
    ("rules.table", N_("Table")),
    ("rules.text", N_("Text")),
    ("rules.examples", N_("Examples")),
)


@dataclass(frozen=True)
class Bar:
    """What the bar says: changes, what speaks against them, examples, and who has to agree."""

    changes: int
    errors: int
    warnings: int
    examples: int | None  # None where they could not be tried
    red: int
    proposed: RulesProposal | None
    tried: RulesDryRun | None  # the last dry run of just these drafts


def ruleset_tabs(request: Request, name: str) -> list[dict[str, Any]]:
    """The tabs above every page of one ruleset: the same ones in the same order everywhere."""
    mapper = request.registry.getUtility(IRoutesMapper)
    here = request.matched_route.name if request.matched_route else ""
    return [
        {
            "label": request.translate(label),
            "href": request.route_path(route, name=name),
            "active": here in IN_LIST if route == "rules.one" else here.startswith(route),
        }
        for route, label in TABS
        if mapper.get_route(route) is not None
    ]


def draft_bar(request: Request, examined: RulesExamination | None = None) -> Bar | None:
    """The bar below the pages; None while nothing is drafted."""
    if not rules_drafts(request.db):
        return None
    found = examined or examine_rules(request.work)
    return Bar(
        changes=len(found.changes) + len(found.example_changes),
        errors=_count(found.problems.values(), "error"),
        warnings=len(found.warnings),
        examples=found.examples if found.preview is not None else None,
        red=sum(len({p.element for p in problems}) for problems in found.red.values()),
        proposed=proposal(request.db),
        tried=latest_of_drafts(request.db, found.stand),
    )


def fact_names(request: Request, names: Iterable[str]) -> list[str]:
    """Facts as they are called."""
    if not (asked := list(names)):
        return []
    vocabulary = vocabulary_of(standing(request.db).vocabulary)
    known = replace(vocabulary, titles=own_labels(request)).fact
    called = {name: fact.label[request.reader.language] for name in asked if (fact := known(name))}
    return [str(called.get(name, name)) for name in asked]


def _count(found: Iterable[Iterable[Any]], severity: str) -> int:
    return sum(p.severity == severity for problems in found for p in problems)
