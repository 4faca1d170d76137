"""A ticket's course is told again as a scenario that goes the same way, without its texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.workflow.definition import Form
from engine.workflow.masking import ADDRESS, TEXT, masked, masked_answers
from engine.workflow.play import recorded, stage
from engine.workflow.retelling import Course, retold
from engine.workflow.scenario import run_scenario

BEGAN = datetime(2026, 3, 4, 15, 17, tzinfo=UTC)
FORM = (
    "<spiffworkflow:properties><spiffworkflow:property name='formJsonSchemaFilename'"
    " value='sort.schema.json'/></spiffworkflow:properties>"
)
FORMS: dict[str, Any] = {
    "sort.schema.json": {
        "type": "object",
        "properties": {"result": {"enum": ["again", "ask", "done"]}, "note": {"type": "string"}},
    },
    "sort.ui.json": {"fields": {}},
}


@pytest.fixture
def definition(pen: Any, define: Any) -> Any:
    """route → sort → again? back : ask? wait for reply or two working days : done."""
    drawn = pen().start().rule("route", "routing").node("userTask", "sort", ext=FORM)
    drawn.gate("exclusive", "how", "done").gate("eventBased", "wait")
    drawn.catch("quiet", pen.timer_event("P2D"))
    drawn.catch("reply", drawn.message_event("customer_replied")).end().end("given_up")
    drawn.flow("start", "route", "sort", "how", "done")
    drawn.flow("how", "sort", when="result == 'again'").flow("how", "wait", when="result == 'ask'")
    drawn.flow("wait", "quiet", "given_up").flow("wait", "reply", "sort")
    return define(drawn, FORMS)


def passed(*steps: str) -> list[tuple[str, str, datetime]]:
    return [(step, "completed", BEGAN + timedelta(hours=n)) for n, step in enumerate(steps)]


def test_a_course_with_loops_a_message_and_a_timer_is_told_and_plays_the_same(
    definition: Any,
) -> None:
    log = passed("start", "route", "sort", "how", "sort", "how", "wait", "reply", "sort", "how",
                 "wait", "quiet", "given_up")  # fmt: skip
    course = Course(
        log,
        answers={"sort": [{"result": "again"}, {"result": "ask"}, {"result": "ask", "note": TEXT}]},
        decided=[("routing", BEGAN + timedelta(hours=1), {"queue": "Network"})],
        ticket={"vip": True},
    )
    scenario, notes = retold(definition, course)
    assert notes == []
    assert scenario == {
        "ticket": {"vip": True},
        "rulesets": {"routing": {"queue": "Network"}},
        "steps": [
            {"complete": "sort", "answers": {"result": "again"}},
            {"complete": "sort", "answers": {"result": "ask"}},
            {"message": "customer_replied", "payload": {"reply": TEXT}},
            {"complete": "sort", "answers": {"result": "ask", "note": TEXT}},
            {"advance": "P2D"},
        ],
    }
    assert stage(definition, scenario).ended == ("given_up",)
    assert run_scenario(definition, recorded(definition, scenario | {"name": "x"})) == []


def test_where_answers_were_not_kept_the_last_known_ones_stand(definition: Any) -> None:
    log = passed("start", "route", "sort", "how", "done")
    course = Course(log, answers={"sort": [None]}, at_end={"result": "done", "other": 1})
    scenario, notes = retold(definition, course)
    assert scenario["steps"] == [{"complete": "sort", "answers": {"result": "done"}}]
    assert [note.values for note in notes] == [{"step": "sort"}]


def test_it_says_where_the_play_goes_another_way(definition: Any) -> None:
    log = passed("start", "route", "sort", "how", "wait", "reply", "gone")
    course = Course(log, answers={"sort": [{"result": "done"}]}, cancelled=True)
    scenario, notes = retold(definition, course)
    assert scenario["steps"] == [{"complete": "sort", "answers": {"result": "done"}}]
    assert [str(note) for note in notes] == [
        '"gone" is not in this diagram any more',
        "the ticket also passed reply, wait",
        "the ticket did not pass done",
        "the ticket was closed by hand; the process itself did not end",
    ]


def test_what_was_there_before_is_told_where_the_way_depends_on_it(pen: Any, define: Any) -> None:
    drawn = pen().start().gate("exclusive", "kind", "done").user("buy").end()
    drawn.user("later").flow("start", "kind", "done").flow("kind", "buy", when="result == 'ask'")
    drawn.flow("kind", "later", when="result == 'again'").node("userTask", "sort", ext=FORM)
    definition = define(drawn.flow("buy", "sort", "done").flow("later", "sort"), FORMS)
    given = {"result": "ask", "other": 1}
    log = passed("start", "kind", "buy", "sort", "done")
    bought, notes = retold(definition, Course(log, {"sort": [{}]}, given=given))
    assert (bought["given"], notes) == (given, [])
    plain = define(pen().start().user("buy").end().flow("start", "buy", "done"))
    told, notes = retold(plain, Course(passed("start", "buy", "done"), given=given))
    assert "given" not in told
    assert notes == []


@pytest.mark.parametrize("log", [[], passed("nothing"), passed(*["sort"] * 900)])
def test_any_log_gets_a_scenario(definition: Any, log: Any) -> None:
    scenario, _ = retold(definition, Course(log))
    assert len(scenario["steps"]) <= 300


def test_only_what_nobody_wrote_is_kept() -> None:
    schema = {
        "properties": {
            "choice": {"enum": ["a", "b"]}, "many": {"items": {"enum": ["x"]}},
            "mail": {"format": "email"}, "long": {"minLength": 40}, "short": {"maxLength": 4},
        }
    }  # fmt: skip
    form = Form("f", schema, {"fields": {"queue": {"widget": "queue"}}})
    answers = {
        "choice": "a", "many": ["x", "Clara"], "mail": "clara@example.org", "queue": "Network",
        "free": "Clara Huber, 0171 123", "said": "approved", "day": "2030-01-10", "time": "22:00",
        "count": 7, "yes": True, "none": None, "deep": {"a": {"b": ["secret"]}},
        "long": "secret", "short": "secret",
    }  # fmt: skip
    kept = masked_answers(form, answers, {"approved"})
    assert kept == {
        "choice": "a", "many": ["x", TEXT], "mail": ADDRESS, "queue": "Network", "free": TEXT,
        "said": "approved", "day": "2030-01-10", "time": "22:00", "count": 7, "yes": True,
        "none": None, "deep": {"a": {"b": [TEXT]}}, "long": TEXT.ljust(40, "."), "short": TEXT[:4],
    }  # fmt: skip


def test_a_choice_that_is_no_longer_one_is_a_text() -> None:
    assert masked("c", {"enum": ["a", "b"]}) == TEXT
    assert masked({"a": {"b": {"c": {"d": {"e": "x"}}}}}, {})["a"]["b"]["c"]["d"] is None
