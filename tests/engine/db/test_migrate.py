"""One schema on both databases, the same as the tables in the code; and a newer one is refused."""

import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Row, create_engine, insert, select, text

from engine.db.migrate import STEPS, is_current, newest, upgrade
from engine.db.session import unpooled
from engine.errors import Invalid, Unavailable
from engine.tables import metadata
from engine.work import Work

NOT_IN_THE_CODE = ("ticket_fts", "ix_ticket_text_words", "words", "catalogue_stamp")


def include_name(name: str | None, kind: str, parents: object) -> bool:
    return not (name or "").startswith(NOT_IN_THE_CODE)


@pytest.fixture
def empty_url(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    if database_kind == "sqlite":
        return f"sqlite:///{tmp_path}/100% empty.db"
    make: Callable[[], str] = request.getfixturevalue("new_postgres")
    return make()


def test_the_steps_lead_to_the_tables_in_the_code(empty_url: str) -> None:
    assert not is_current(empty_url)
    assert upgrade(empty_url)
    database = unpooled(empty_url)
    with database.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": include_name, "compare_type": True}
        )
        assert compare_metadata(context, metadata) == []
    database.dispose()


def test_numbers_that_were_typed_in_before_are_spelt_as_callers_come(empty_url: str) -> None:
    upgrade(empty_url, to="0007")
    database = create_engine(empty_url)
    typed = {"one": "0171 222 33 44", "two": "+49 (0)711 / 1234-5", "three": "4711"}
    with database.begin() as connection:
        for login, number in typed.items():
            connection.execute(
                text(
                    "insert into person (login, name, email, phone, mobile, fax, language, zone, "
                    "theme, vip, company_view, active, created_at) values (:login, :login, '', "
                    "'', :number, '', 'de', 'UTC', '', false, false, true, '2026-01-01')"
                ),
                {"login": login, "number": number},
            )
    assert upgrade(empty_url, "+41")
    with database.connect() as connection:
        found = dict(connection.execute(text("select login, mobile from person")).all())
    database.dispose()
    assert found == {"one": "+411712223344", "two": "+4971112345", "three": "4711"}


def test_what_webhooks_say_in_headers_is_sealed_under_the_secret_of_the_desk(
    empty_url: str,
) -> None:
    from engine.outbox.webhook_models import Webhook
    from engine.sealing import unseal

    upgrade(empty_url, to="0040")
    database = create_engine(empty_url)
    with database.begin() as connection:
        connection.execute(
            insert(Webhook),
            [
                {"name": "erp", "url": "https://a.example", "salt": "x",
                 "headers": [["Authorization", "Bearer hush"]]},
                {"name": "chat", "url": "https://b.example", "salt": "y", "headers": []},
            ],
        )  # fmt: skip
    with pytest.raises(RuntimeError, match="secret"):
        upgrade(empty_url)
    upgrade(empty_url, secret="of this desk")
    with database.connect() as connection:
        rows = connection.execute(select(Webhook.name, Webhook.headers)).all()
        kept = {row.name: row.headers for row in rows}
    database.dispose()
    assert kept["chat"] == []
    ((name, sealed),) = kept["erp"]
    assert name == "Authorization"
    assert "hush" not in sealed
    assert unseal("of this desk", "webhook erp authorization", sealed) == "Bearer hush"


def test_a_desk_from_before_gets_the_state_it_lacks(
    empty_url: str,
) -> None:
    upgrade(empty_url, to="0022")
    database = create_engine(empty_url)
    with database.begin() as connection:
        connection.execute(
            text("insert into state (name, type, title) values ('open', 'open', '{}')")
        )
    upgrade(empty_url)
    with database.connect() as connection:
        found = connection.execute(text("select name, type from state order by name")).all()
    database.dispose()
    assert [tuple(one) for one in found] == [
        ("open", "open"),
        ("pending auto close-", "pending auto close"),
    ]


def test_the_last_file_is_the_last_step() -> None:
    from alembic.script import ScriptDirectory

    assert newest() == ScriptDirectory(str(STEPS.parent)).get_current_head()


def test_a_second_time_nothing_is_to_be_done(empty_url: str) -> None:
    upgrade(empty_url)
    assert (upgrade(empty_url), is_current(empty_url)) == (False, True)


def test_two_at_the_same_time_do_not_disturb_each_other(empty_url: str) -> None:
    done: list[bool] = []
    both = [threading.Thread(target=lambda: done.append(upgrade(empty_url))) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(done) == [False, True]


def test_a_database_of_a_newer_version_is_left_alone(empty_url: str) -> None:
    upgrade(empty_url)
    database = create_engine(empty_url)
    with database.begin() as connection:
        connection.execute(text("update alembic_version set version_num = 'future'"))
    database.dispose()
    with pytest.raises(Invalid, match="newer version"):
        is_current(empty_url)
    with pytest.raises(Invalid, match="newer version"):
        upgrade(empty_url)


def test_a_database_that_cannot_be_reached_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        upgrade(f"sqlite:///{tmp_path}/absent/vorgang.db")
    assert "unable to open database file" in caught.value.message


def test_stays_at_steps_are_worked_out_for_the_past(town, clock) -> None:
    number = town.report()
    clock.move(hours=2)
    triage = {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"}
    town.complete("agnes", number, "triage", triage)
    told = text(
        "select step_id, task_id, seconds, outcome, left_at is null from step_visit order by "
        "step_id, id"
    )
    kept = town.desk.read(lambda work: work.session.execute(told).all())
    assert len(kept) > 4

    def again(work: Work) -> list[Row[Any]]:
        module = import_module("engine.db.migrations.versions.0026_step_visits")
        seconds = module.SECONDS[work.session.get_bind().dialect.name]
        work.session.execute(text("delete from step_visit"))
        work.session.execute(text(module.PAST.format(seconds=seconds)))
        return list(work.session.execute(told).all())

    found = town.desk.run(again)
    assert [(r[0], *r[2:]) for r in found] == [(r[0], *r[2:]) for r in kept]
    assert [r[1] for r in found if r[4]] == [r[1] for r in kept if r[4]]
