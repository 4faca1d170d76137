"""Everything that rules can say is said in the form: with real choices, right types, and kept."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from engine.catalogue.models import CustomField
from engine.commands.rules_drafts import standing
from engine.rules import Vocabulary, vocabulary_of
from engine.rules.operators import OPERATORS
from engine.rules.pieces import action_problems, condition_problems
from engine.rules.table import row_of
from engine.tickets.models import TicketTag
from webapp.forms.rule_rows import Act, Row, Rows
from webapp.i18n import Reader
from webapp.presenters import rule_form
from webapp.presenters.rule_choices import RuleChoices

OWN = {"site": "choice", "amount": "number", "due": "date", "remark": "text"}
WORDS = {"matches": "a.*b", "before_now": "-3d", "after_now": "+4h"}
OWN_KINDS = {"custom.amount": "number", "custom.due": "date"}
SAMPLES = {"minutes": ("30", 30), "hours": ("1,5", 1.5)}
DAY = "2026-03-01T08:00"
NEW = "/rules/routing/new-rule"


@pytest.fixture
def filled(web: Any) -> Any:
    """A desk with own fields of each kind, and a tag."""

    def command(work: Any) -> None:
        for name, kind in OWN.items():
            title = {"de": name, "en": name}
            choices = ["Ulm", "Köln"] if kind == "choice" else []
            work.session.add(CustomField(name=name, kind=kind, title=title, choices=choices))

    number = web.town.report()
    web.town.do("ada", number, lambda work, ticket: work.session.add(
        TicketTag(ticket_id=ticket.id, tag="größer; als")))  # fmt: skip
    web.town.desk.run(command, web.town.actor("ada"))
    return web.login("ada")


def words_of(web: Any) -> Vocabulary:
    return vocabulary_of(web.town.desk.run(lambda work: standing(work.session).vocabulary))


def post(web: Any, fields: dict[str, Any], status: int) -> Any:
    """Send the form of a new rule; what is large lies in a file, which is closed."""
    answer = web.post(NEW, fields, status=status)
    answer.request.environ["wsgi.input"].close()
    return answer


def form_of(page: Any) -> Any:
    return next(form for form in page.forms.values() if "note" in form.fields)


def listed(page: Any, name: str) -> list[str]:
    """What a list of the form has to choose from."""
    return [one.get("value") for one in page.html.find(id=name).find_all("option")]


def asked(web: Any, rows: list[tuple[str, str, str]], **more: Any) -> dict[str, Any]:
    """The fields of a rule with these conditions: fact, comparison, value (lines for several)."""
    sent: dict[str, Any] = {
        "seen": "gone",
        "w0-kind": "group:0",
        "a0-verb": "add_tag",
        "a0-value": "x",
    }
    for number, (fact, op, value) in enumerate(rows, 1):
        key = f"w{number}"
        space, _, name = fact.partition(".")
        open_ = space == "form"
        sent |= {f"{key}-kind": "atom:1", f"{key}-fact": "form.*" if open_ else fact,
                 f"{key}-op": op, f"{key}-value": value}  # fmt: skip
        sent |= {f"{key}-name": name} if open_ else {}
    return sent | more


def said(form: Any, key: str) -> list[str]:
    """What stands in a field for values, however it looks."""
    fields = form.fields.get(f"{key}-value", [])
    values = [field.value for field in fields if field.value]
    return [line for text in values for line in text.splitlines()]


def sample(node: Any, kind: str, op: str) -> str:
    """Something that fits: of what is offered, else of the type of the field."""
    operator = OPERATORS[op.removesuffix(":no")]
    if operator.value == "flag":
        assert node["widget"] == "none"
        return ""
    if op in WORDS:
        return WORDS[op]
    if operator.value in SAMPLES:
        return str(SAMPLES[operator.value][0])
    several = operator.value in ("many", "some")
    if node.get("options"):
        assert node["widget"] in ("select", "checks", "lines")
        return "\n".join(value for value, _ in node["options"][: 2 if several else 1])
    if node["widget"] == "moment":
        return DAY
    number = (operator.takes or kind) == "number" or operator.kinds == {"number"}
    assert several or (node["widget"] == "number") is number
    words = ["3", "4,5"] if number else ["größer; <b>", 'a "b"']
    return "\n".join(words) if several else words[0]


def test_every_fact_is_asked_in_every_way_with_the_right_type(filled: Any) -> None:
    """Typed, it is a condition without fault; opened again, it is what was typed; so in a table."""

    def command(work: Any) -> set[str]:
        reader = Reader("en")
        request: Any = SimpleNamespace(
            db=work.session, work=work, reader=reader, translate=reader.gettext,
            desk=filled.town.desk,
        )  # fmt: skip
        choices = RuleChoices(request, vocabulary_of(standing(work.session).vocabulary), None)
        rows, used = Rows(choices, reader.tz), set()
        facts = [name for _, group in choices.facts() for name, _ in group]
        assert {f for f in choices.vocabulary.facts if f != "custom.*"} <= set(facts)
        assert {f"custom.{name}" for name in OWN} <= set(facts)
        for fact in facts:
            name = "answer" if fact == "form.*" else ""
            kind = OWN_KINDS.get(fact) or choices.vocabulary.fact(rows.named(fact, name)).kind
            for op, _ in choices.operators(rows.named(fact, name)):
                row = Row("atom", 1, fact=fact, name=name, op=op)
                node = rule_form.tree(rows, [Row("group", 0), row])["members"][0]
                row.values = sample(node, kind, op).splitlines()
                said = rows.condition(row)
                assert condition_problems(said, choices.vocabulary) == [], said
                right(said, row, kind)
                again = rows.conditions({"all": [said]})[1]
                assert rows.condition(again) == said
                assert (again.fact, again.op) == (fact, op)
                assert rows.when([Row("group", 0), again], {"all": [said]}) == {"all": [said]}
                rule = {"id": "x", "title": {"de": "x"}, "when": {"all": [said]}, "then": []}
                assert row_of(rule, choices.vocabulary).odd == (), said
                used.add(op.removesuffix(":no"))
        return used

    assert filled.town.desk.run(command) == set(OPERATORS)


def right(said: dict[str, Any], row: Row, kind: str) -> None:
    """The value has the type of its fact, and is a list where it has to be."""
    operator, value = OPERATORS[said["op"]], said["value"]
    values = value if isinstance(value, list) else [value]
    if operator.value == "flag":
        assert value is (not row.op.endswith(":no"))
    elif operator.value in SAMPLES:
        assert value == SAMPLES[operator.value][1]
    elif row.values == [DAY]:
        assert value == f"{DAY}:00+01:00"
    elif (operator.takes or kind) == "number" or operator.kinds == {"number"}:
        assert {type(one) for one in values} <= {int, float}, said
    elif kind == "boolean":
        assert set(values) <= {True, False}
    else:
        assert values == row.values
    several = operator.value == "many" or (operator.value == "some" and len(row.values) > 1)
    assert isinstance(value, list) is several


MIXED = [("ticket.title", "contains", 'größer; <b>\na "b"'), ("ticket.queue", "is", "HR"),
         ("ticket.queue", "not_in", "HR\nNetwork"), ("ticket.priority", "gte", "3"),
         ("ticket.created", "before", DAY), ("ticket.created", "before_now", "-3d"),
         ("ticket.created", "older_than_working_hours", "1,5"), ("customer.vip", "is", "true"),
         ("ticket.service", "is_empty:no", ""), ("ticket.tags", "has_any", "größer; als\nnew"),
         ("form.answer", "is", "5"), ("custom.site", "is", "Ulm")]  # fmt: skip


def test_what_was_typed_stands_there_after_a_refusal(filled: Any) -> None:
    form = form_of(post(filled, asked(filled, MIXED), status=422))
    for number, (_, op, value) in enumerate(MIXED, 1):
        assert form[f"w{number}-op"].value == op
        assert sorted(said(form, f"w{number}")) == sorted(value.splitlines())


def test_every_action_is_done_with_what_the_desk_has(filled: Any) -> None:
    web = filled
    verbs = [verb for verb in listed(web.get(NEW), "a0-verb") if verb]
    actions = words_of(web).actions
    listed_here = {verb.partition(".")[0] for verb in verbs}
    assert listed_here == {name for name, verb in actions.items() if not verb.event}
    for verb in verbs:
        blank = asked(web, [], **{"a0-verb": verb}, do="show")
        blank.pop("a0-value")
        page = post(web, blank, status=200)
        form, sent = form_of(page), {}
        for name in [name for name in form.fields if name and name.startswith("a0-value")]:
            box = page.html.find(id=name)
            if box.name == "select":
                sent[name] = next(o["value"] for o in box.find_all("option") if o.get("value"))
            else:
                number = box.get("inputmode") == "decimal"
                sent[name] = "3" if number else DAY[:10] if box.get("type") == "date" else "ä <b>"
        named = {"a0-name": "found"} if "a0-name" in form.fields else {}
        filled_in = blank | sent | named | {"do": "save"}
        again = form_of(post(web, filled_in, status=422))
        assert {name: again[name].value for name in sent} == sent
        done = done_by(web, verb, named.get("a0-name", ""), sent)
        value = done[verb.partition(".")[0]]
        flat = list(value.values()) if isinstance(value, dict) else [value]
        number = verb in ("raise_priority", "set.priority", "set.custom.amount")
        flat = [one[0] if isinstance(one, list) else one for one in flat]
        assert flat == ([int(next(iter(sent.values())))] if number else list(sent.values())), verb


def done_by(web: Any, verb: str, name: str, sent: dict[str, str]) -> Any:
    """What the form makes of an action, which is one without fault."""
    values = {key.removeprefix("a0-value").removeprefix("-"): text for key, text in sent.items()}

    def command(work: Any) -> Any:
        request: Any = SimpleNamespace(db=work.session, reader=Reader("en"), translate=str)
        choices = RuleChoices(request, vocabulary_of(standing(work.session).vocabulary))
        made = Rows(choices, Reader("en").tz).action(Act(verb, name, values))
        assert action_problems(made, choices.vocabulary) == [], made
        return made

    return web.town.desk.run(command)


CLOSED = ["ticket.queue", "ticket.type", "ticket.priority", "ticket.state", "ticket.state_type",
          "ticket.service", "ticket.sla", "ticket.owner", "ticket.responsible", "ticket.channel",
          "ticket.language", "time.weekday", "customer.organisation", "article.direction",
          "article.channel", "article.writer", "clock.kind", "custom.site"]  # fmt: skip


def test_what_the_desk_has_is_chosen_and_what_is_open_is_suggested(filled: Any) -> None:
    web = filled
    page = post(web, asked(web, [(f, "is", "") for f in CLOSED], do="show"), status=200)
    for number, fact in enumerate(CLOSED, 1):
        box = page.html.find(id=f"w{number}-value")
        assert box.name == "select", fact
        assert len([o for o in box.find_all("option") if o.get("value")]) > 1, fact
    suggested = [("ticket.tags", "has", "größer; als"), ("step.id", "is", ""),
                 ("step.lane", "is", ""), ("step.for", "is", "customer")]  # fmt: skip
    page = post(web, asked(web, [(f, op, "") for f, op, _ in suggested], do="show"), status=200)
    for number, (fact, _, value) in enumerate(suggested, 1):
        box = page.html.find(id=f"w{number}-value")
        offered = [o["value"] for o in page.html.find(id=box["list"]).find_all("option")]
        assert value in offered if value else offered, fact
    rows = [("ticket.tags", "has_any", "größer; als\nother")]
    page = post(web, asked(web, rows, do="show"), status=200)
    assert said(form_of(page), "w1") == ["größer; als", "other"]
    page = post(web, asked(web, [("form.x", "is", "")], do="show"), status=200)
    names = page.html.find(id=page.html.find(id="w1-name")["list"])
    assert "impact" in [o["value"] for o in names.find_all("option")]
    page = post(web, asked(web, [], **{"a0-verb": "message"}, do="show"), status=200)
    assert page.html.find(id=page.html.find(id="a0-value")["list"]).find("option") is not None
    columns = web.get("/rules/routing/table").html.find(id="table")["data-offered"]
    assert "größer; als" in columns
