"""Each benchmark runs with tiny counts and prints its table; how fast is nobody's business here."""

import re
from pathlib import Path

import pytest

from bench import (
    audit,
    checking,
    forecast,
    heat,
    outage,
    rule_engines,
    rules,
    rules_checking,
    rules_eval,
    rules_spreading,
    timers,
    versions,
    workflow_step,
    working_time,
)


def test_a_step_is_measured_beside_the_bare_library():
    told = workflow_step.main(["--small"])
    assert [line.split()[0] for line in told.splitlines()[3:] if line] == ["1", "3"]


def test_the_loop_goes_round_in_both_machines():
    ours, bare = workflow_step.Ours(), workflow_step.Bare()
    size = len(bare.state)
    workflow_step.after(ours, 2, 1)
    workflow_step.after(bare, 2, 1)
    assert '"again": true' in ours.state
    assert len(bare.state) > size


def test_a_step_is_measured_with_many_versions_in_the_database():
    told = versions.main(["--small"])
    assert [line.split()[0] for line in told.splitlines()[3:] if line] == ["1", "3"]


def test_checking_is_measured_beside_the_bare_reading():
    told = checking.main(["--small"])
    assert [line.split()[0] for line in told.splitlines()[3:] if line] == ["20"]


def test_rulesets_are_measured_beside_the_bare_engine():
    told = rules_eval.main(["--small"])
    names = [line.split()[0] for line in told.splitlines()[3:] if line]
    assert {"routing", "priority", "many"} <= set(names)


def test_rulesets_are_read_compiled_and_checked():
    lines = [line.split() for line in rules_checking.main(["--small"]).splitlines()]
    assert [line[0] for line in lines if line and line[0].isdigit()] == ["10", "30"]


def test_timers_are_measured_with_nothing_due_and_with_all(tmp_path, monkeypatch):
    monkeypatch.setattr(timers, "PATTERNS", 4)
    few = ["--tickets", "60", "--few", "50", "--due", "30", "--database", "sqlite"]
    told = timers.main([*few, "--home", str(tmp_path)])
    assert "ix_timer_due_at" in told
    rows = [line.split() for line in told.splitlines() if line.startswith("sqlite ")]
    assert [row[1] for row in rows] == ["50", "60"]
    assert all(int(row[4]) >= 12 for row in rows)  # whatever was promised, and two reminders


def test_a_real_worker_is_measured_after_an_outage(tmp_path, monkeypatch):
    monkeypatch.setattr(timers, "PATTERNS", 4)
    few = ["--tickets", "30", "--due", "30", "--database", "sqlite", "--home", str(tmp_path)]
    row = outage.main(few).splitlines()[3].split()
    assert (row[:2], row[-1]) == (["sqlite", "1"], "0")
    assert int(row[2]) >= 12


def test_a_look_is_measured_over_tickets_of_which_nothing_is_lost():
    told = audit.main(["--small", "--no-postgres"])
    assert re.search(r"^all questions +48 ", told, re.MULTILINE)
    assert "found 0, memory grown" in told


def test_of_many_rules_one_matches():
    release = rules_eval.many(10)
    found = release.evaluate("many", rules_eval.FACTS, now=rules_eval.NOW)
    assert found.matched == ("rule-5",)


def test_each_engine_gives_the_right_answers_and_what_is_missing_is_said(monkeypatch):
    monkeypatch.setitem(rule_engines.LIBRARIES, "zen-engine", None)
    told = rules.main(["--small", "--no-publishing"])
    lines = [line.split() for line in told.splitlines()[3:] if line[:1].isdigit()]
    assert [line[1] for line in lines if line[1] in ("desk", "closures")] == [
        "desk",
        "closures",
    ] * 2
    assert {line[2] for line in lines} == {"5/5"}
    assert "zen-engine is not installed and was left out." in told


def test_the_rules_made_for_engines_do_match():
    made = rule_engines.Made(100)
    assert sum(len(made.truth(ticket)) for ticket in made.tickets) > 5


@pytest.mark.long
def test_published_rules_reach_every_process(tmp_path: Path):
    told = rules_spreading.spreading(tmp_path, 2, 1)
    assert [line for line in told.splitlines() if line.startswith("in force in each process")]


def test_what_will_be_late_is_measured_with_what_the_page_asks():
    told = forecast.main(["--small", "--no-postgres"])
    assert [line for line in told.splitlines() if line.startswith("what will be late")]


def test_the_heat_map_is_measured_beside_a_bare_count():
    told = heat.main(["--small", "--no-postgres"])
    lines = [line for line in told.splitlines()[3:] if line]
    assert lines[0].split()[-1] == "1.00"
    assert [line for line in lines if line.startswith("figures of 30 days")]


@pytest.mark.postgres
@pytest.mark.long
def test_the_desk_is_measured_by_web_and_by_mail(bench_home: Path):
    from bench import desk

    told = desk.main(["--small", "--tickets", "60", "--home", str(bench_home)])
    lines = [line for line in told.splitlines() if line[:1].isalpha()]
    wanted = ("create by web form", "reply", "complete a step", "ticket page", "queue page",
              "ticket search", "mail, resident", "vorgang mail deliver")  # fmt: skip
    assert [w for w in wanted if not any(line.startswith(w) for line in lines)] == []
    # The table of runs ends in how many failed; that of ratios has one number behind each name.
    counted = [found[2] for line in lines if (found := re.search(r"( +[\d.]+){4} +(\d+)$", line))]
    assert len(counted) >= 15
    assert set(counted) == {"0"}


@pytest.mark.postgres
@pytest.mark.long
def test_a_move_of_tickets_is_measured_in_steps_of_a_person(bench_home: Path):
    from bench import migrating

    told = migrating.main(["--small", "--home", str(bench_home)])
    lines = [line for line in told.splitlines() if line.startswith(("dry run", "move", "way back"))]
    assert [line.rsplit(maxsplit=4)[1] for line in lines] == ["40"] * 3


def test_working_time_is_measured_beside_a_walk_that_agrees():
    told = working_time.main(["--small"])
    assert "1 month" in told.splitlines()[-2] + told.splitlines()[-1]
