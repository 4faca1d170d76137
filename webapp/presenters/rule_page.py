"""The page on which a rule or the head of a ruleset is written: what stands, and what was typed."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request

from engine.commands.rules_drafts import standing
from engine.commands.rules_examining import examine_rules
from engine.errors import Invalid, NotFound, Problem
from engine.rules import vocabulary_of
from engine.rules.editing import content, rules_of
from engine.rules.pieces import action_problems, condition_problems, rule_problems
from webapp.forms.rule_posted import Typed
from webapp.forms.rule_rows import Act, Row, Rows, insert, remove
from webapp.forms.rule_said import ID, rule_from, typed_from
from webapp.i18n import N_
from webapp.presenters import rule_form
from webapp.presenters.rule_choices import RuleChoices
from webapp.presenters.rule_clash import Clash, clash, mark_of
from webapp.presenters.rules_difference import told
from webapp.presenters.rules_frame import draft_bar, ruleset_tabs

MODES = {"all": N_("All of these hold"), "any": N_("Any of these holds"),
         "none": N_("None of these holds")}  # fmt: skip


class HeadPage:
    """The head of a ruleset; `NotFound` where there is no such set."""

    def __init__(self, request: Request) -> None:
        self.request, self.name = request, request.matchdict["name"]
        self.stand = standing(request.db)
        text = self.stand.documents.get(self.name)
        if text is None:
            raise NotFound("There is no such ruleset.")
        self.data, self.listed = content(text), rules_of(text)
        if not self.data and request.method == "GET":
            said = "The text of this ruleset cannot be read; mend it there."
            request.session.flash({"text": request.translate(said), "kind": "bad"})
            raise HTTPSeeOther(request.route_path("rules.text", name=self.name))
        self.vocabulary = vocabulary_of(self.stand.vocabulary)
        heard = self.data.get("events") or ()
        self.rows = Rows(RuleChoices(request, self.vocabulary, heard), request.reader.tz)
        self.problems: list[Problem] = []
        self.id, self.at, self.old = "", "", {"title": self.data.get("title"), "then": None}
        self.back = "table" if request.params.get("back") == "table" else ""
        self.sent = str(request.POST.get("seen", ""))[:40]
        self.clash: Clash | None = None

    @property
    def fresh(self) -> bool:
        """Whether it is there for the first time."""
        return False

    def again(self) -> HeadPage:
        """The same page, as it stands by now."""
        return type(self)(self.request)

    @property
    def mark(self) -> str:
        """By which the form knows what it was made of."""
        return mark_of(self.data)

    @property
    def overtaken(self) -> bool:
        """Whether somebody changed just this after the form was opened."""
        return self.sent not in ("", self.mark)

    @property
    def revision(self) -> int:
        """The draft's, whose other parts may have changed since the form was opened."""
        draft = self.stand.drafts.get(self.name)
        return draft.revision if draft else 0

    def beside(self, typed: Typed) -> None:
        """Show what stands there now beside what was typed, which goes on top of it from now on."""
        draft = self.stand.drafts.get(self.name)
        by, vocabulary = draft.changed_by if draft else "", self.rows.choices.vocabulary
        self.clash = clash(self.request, by, self._theirs(), self._mine(typed), vocabulary)
        self.sent = self.mark

    def _theirs(self) -> dict[str, Any]:
        return {key: self.data.get(key) for key in ("title", "events", "default", "note")}

    def _mine(self, typed: Typed) -> dict[str, Any]:
        return self.said(typed)

    def present(self) -> Typed:
        """The fields as they stand."""
        data = self.data
        head = {key: data.get(key) for key in ("title", "events", "note")}
        return typed_from({**head, "then": data.get("default") or []}, self.rows)

    def said(self, typed: Typed) -> dict[str, Any]:
        """The keys of the head as they were typed; None takes one away."""
        german, english = typed.texts["title_de"], typed.texts["title_en"]
        title = {"de": german or english, "en": english or german} if german or english else None
        acts = [act for act in typed.acts if act.verb or act.odd]
        default = self.rows.then(acts, self.data.get("default")) or None
        events = typed.events or (None if self.data.get("events") is None else [])
        return {"title": title, "events": events, "default": default,
                "note": typed.texts["note"] or None}  # fmt: skip

    def find_wrong(self, typed: Typed, said: dict[str, Any]) -> bool:
        """Whether something speaks against it; said at the rows where it stands."""
        self._wrong_actions(typed)
        rule = {"id": "x", "title": said["title"], "then": said["default"] or [{"note": "x"}]}
        found = rule_problems(rule, {"events": []}, self.vocabulary)
        known = {(p.code, p.message) for act in typed.acts for p in act.errors}
        self.problems = [p for p in found if (p.code, p.message) not in known]
        return bool(found)

    def build(self, typed: Typed, do: str) -> str:
        """Change the rows as a button of the form says; returns what is to have the focus."""
        what, _, number = do.partition(":")
        at = int(number) if number.isascii() and number.isdigit() and len(number) < 5 else -1
        if what in ("condition", "group"):
            row = Row("atom" if what == "condition" else "group", 1)
            place = insert(typed.rows, at, row)
            return f"w{place}-{'fact' if what == 'condition' else 'mode'}"
        if what == "remove":
            remove(typed.rows, at)
            return f"w{_group_before(typed.rows, at)}-add"
        if what == "action":
            typed.acts.append(Act())
            return f"a{len(typed.acts) - 1}-verb"
        if what == "away" and 0 <= at < len(typed.acts):
            del typed.acts[at]
            return "add-action"
        return ""

    def shown(self, typed: Typed, *, focus: str = "", error: str = "") -> dict[str, Any]:
        """What the template needs."""
        request, choices = self.request, self.rows.choices
        draft = self.stand.drafts.get(self.name)
        return {
            "name": self.name,
            "title": self.data.get("title", {}),
            "heading": self.heading(),
            "rule": self.id or request.translate(N_("Head")),
            "tabs": ruleset_tabs(request, self.name),
            "bar": draft_bar(request),
            "draft": draft,
            "revision": self.revision,
            "seen": self.sent or self.mark,
            "clash": self.clash,
            "draft_key": f"rules-{self.name}-head",
            "at": self.at,
            "back": self.way_back(f"rule-{self.id}" if self.id else ""),
            "typed": typed,
            "root": None,
            "acts": rule_form.actions(self.rows, typed.acts),
            "verbs": choices.actions(),
            "events": self._events(self.vocabulary.events),
            "problems": self.problems,
            "error": error,
            "focus": focus,
        }

    def way_back(self, anchor: str) -> str:
        """Where one came from, at the row that the form is about."""
        route = "rules.table" if self.back else "rules.one"
        more = {"_anchor": anchor} if anchor else {}
        return str(self.request.route_path(route, name=self.name, **more))

    def heading(self) -> str:
        """What stands above the form."""
        return str(self.request.translate(N_("Head of the ruleset")))

    def _wrong_actions(self, typed: Typed) -> None:
        for act in typed.acts:
            if act.verb or act.odd:
                act.errors = action_problems(self.rows.action(act), self.vocabulary)

    def _events(self, names: Any) -> list[tuple[str, str]]:
        known, language = self.vocabulary.events, self.request.reader.language
        listed = [str(name) for name in names] if isinstance(names, list | dict) else []
        return [(n, str(known[n]["label"].get(language, n)) if n in known else n) for n in listed]


class RulePage(HeadPage):
    """One rule, or a new one; `NotFound` where it is not, or cannot be told from another."""

    def __init__(self, request: Request, rule: str = "") -> None:
        super().__init__(request)
        self.id = rule
        self.at = "first" if request.params.get("at") == "first" else ""
        self.old = {}
        if rule:
            same = [one for one in self.listed if one.get("id") == rule]
            gone = not same and self.sent  # which somebody deleted while it was written
            if (len(same) != 1 and not gone) or not ID.match(rule):
                raise NotFound("There is no such rule.")
            self.old = same[0] if same else {}

    def again(self) -> RulePage:
        return RulePage(self.request, self.id)

    @property
    def mark(self) -> str:
        return mark_of(self.old)

    @property
    def fresh(self) -> bool:
        return not self.id

    @property
    def gone(self) -> bool:
        """Whether there is no such rule any more."""
        return bool(self.id) and not self.old

    def _theirs(self) -> dict[str, Any]:
        return dict(self.old)

    def _mine(self, typed: Typed) -> dict[str, Any]:
        return rule_from(typed, self.rows, self.old, self.id or "new")

    def heading(self) -> str:
        title = self.old.get("title")
        said = self.request.reader.pick(title if isinstance(title, dict) else {})
        return str(said or self.id or self.request.translate(N_("New rule")))

    def find_wrong(self, typed: Typed, said: dict[str, Any]) -> bool:
        found = rule_problems(said, self.data, self.vocabulary)
        was = self.rows.conditions(self.old.get("when"))
        for row in typed.rows:
            row.errors = [] if row in was else self.rows.missing(row)
        if not found and not any(row.errors for row in typed.rows):
            return False
        self._wrong_actions(typed)
        for row in typed.rows:
            if row.kind == "atom" and row.fact and not row.errors:
                row.errors = condition_problems(self.rows.condition(row), self.vocabulary)
        at_rows = [p for row in typed.rows for p in row.errors]
        at_rows += [p for act in typed.acts for p in act.errors]
        known = {(p.code, p.message) for p in at_rows}
        self.problems = [p for p in found if (p.code, p.message) not in known]
        return True

    def shown(self, typed: Typed, *, focus: str = "", error: str = "") -> dict[str, Any]:
        request, choices = self.request, self.rows.choices
        examined = examine_rules(request.work)
        found = examined.problems.get(self.name, ()) if self.id else ()
        changed, unchanged = rule_form.changed_facts(self.rows, typed.changed)
        translate = request.translate
        return super().shown(typed, focus=focus, error=error) | {
            "rule": self.id,
            "found": [problem for problem in found if problem.element == self.id],
            "draft_key": f"rules-{self.name}-rule-{self.id}",
            "root": rule_form.tree(self.rows, typed.rows),
            "facts": choices.facts(),
            "known": rule_form.known_facts(self.rows),
            "modes": [(mode, translate(label)) for mode, label in MODES.items()],
            "events": self._events([*dict.fromkeys([*_list(self.data, "events"), *typed.events])]),
            "changed": changed,
            "unchanged": unchanged,
            "said": self._sentence(typed),
        }

    def tried(self, typed: Typed) -> dict[str, Any]:
        """The rule as it was typed, for trying it; raises `Invalid` while a value is missing."""
        missing = [p for row in typed.rows for p in self.rows.missing(row)]
        if missing:
            raise Invalid("This rule cannot be read.", missing)
        return self._mine(typed)

    def _sentence(self, typed: Typed) -> Any:
        said = self._mine(typed)
        said.setdefault("title", {"de": "x", "en": "x"})
        return told(said, self.rows.choices.vocabulary, self.request.reader.language)


def _group_before(rows: list[Row], at: int) -> int:
    """The group nearest above a place."""
    places = [n for n, row in enumerate(rows[: max(at, 1)]) if row.kind == "group"]
    return places[-1] if places else 0


def _list(data: Any, key: str) -> list[str]:
    value = data.get(key)
    return [str(one) for one in value] if isinstance(value, list) else []
