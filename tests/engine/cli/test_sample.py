"""The sample looks like a desk at work: nothing sent, nothing stuck, all at its own age."""

import json
from pathlib import Path

import pytest

from engine.cli.structure import read_sample
from tests.served import call_here, database_of


@pytest.fixture(scope="module")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("sample") / "home"
    done = call_here(home, "init", "--sample")
    assert done.returncode == 0, done.stderr.decode()
    return home


def ask(home: Path, query: str) -> list[tuple[object, ...]]:
    with database_of(home) as database:
        return database.execute(query).fetchall()


def test_every_ticket_is_there_at_its_age(sample_home: Path) -> None:
    wanted = sorted(entry["title"] for entry in read_sample("tickets")["tickets"])
    assert sorted(str(row[0]) for row in ask(sample_home, "select title from ticket")) == wanted
    days = ask(sample_home, "select count(distinct substr(created_at, 1, 10)) from ticket")
    assert int(str(days[0][0])) > 5


def test_its_teams_are_led(sample_home: Path) -> None:
    query = (
        "select t.name, p.name, m.name from team_lead l join team t on t.id = l.group_id"
        " join person p on p.id = l.person_id join person m on m.id = p.manager_id order by t.name"
    )
    assert ask(sample_home, query) == [
        ("change board", "Olga Brandt", "Ada Vogt"),
        ("complaints", "Olga Brandt", "Ada Vogt"),
        ("network", "Agnes Meier", "Ada Vogt"),
        ("service desk", "Olga Brandt", "Ada Vogt"),
    ]


def test_each_got_as_far_as_it_should(sample_home: Path) -> None:
    states = dict(
        ask(sample_home, "select t.title, s.name from ticket t join state s on s.id = t.state_id")
    )
    for entry in read_sample("tickets")["tickets"]:
        goals = entry.get("advance", [])
        state = str(states[entry["title"]])
        assert ("closed" in goals) <= state.startswith("closed"), entry["title"]
        assert (goals == ["resolved"]) <= (state == "resolved" or state.startswith("closed"))


def test_nothing_of_it_is_sent(sample_home: Path) -> None:
    assert ask(sample_home, "select count(*) from outbox where status != 'done'") == [(0,)]
    assert ask(sample_home, "select count(*) from article where delivery = 'waiting'") == [(0,)]
    assert list((sample_home / "sent").iterdir()) == []


def test_the_desk_is_well(sample_home: Path, cli_in) -> None:
    report = json.loads(cli_in(sample_home, "health", "--json").stdout)
    assert (report["problems"], report["ok"]) == ([], True)


def test_again_adds_nothing(sample_home: Path, cli_in) -> None:
    tables = ("ticket", "person", "faq_item", "article")
    counts = "select " + ", ".join(f"(select count(*) from {table})" for table in tables)
    before = ask(sample_home, counts)
    done = cli_in(sample_home, "init", "--sample")
    assert done.returncode == 0
    assert ask(sample_home, counts) == before


def test_there_is_no_admin_beside_those_of_the_sample(sample_home: Path, cli_in) -> None:
    found = cli_in(sample_home, "user", "list", "--role", "admin", "--json").stdout.splitlines()
    logins = {json.loads(line)["login"] for line in found}
    assert logins == {"ada.vogt@example.com", "otto.winter@example.com"}


def test_only_the_news_of_these_days_is_unread(sample_home: Path) -> None:
    query = "select count(*) from notification where read_at is null"
    unread = int(str(ask(sample_home, query)[0][0]))
    all_of_it = int(str(ask(sample_home, "select count(*) from notification")[0][0]))
    assert 0 < unread < all_of_it / 2
